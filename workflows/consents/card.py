"""The approval card of a consent. In a group it shows state only; its buttons are the approver's."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.cards import Action, Card, CardResult, CardState, Field, Input, State, register
from common import clock
from common.errors import NotFoundError
from directory.actors import Actor
from workflows.consents import services
from workflows.consents.approvers import standing
from workflows.consents.registry import kind_of
from workflows.consents.views import approver_words
from workflows.rules.consents import CONSENT_WORDS, ConsentState
from workflows.store import consents as store
from workflows.store.models import Consent

KIND = "approval"
OPINION = Input(key="reason", label="意见", type="text", required=False)
AGREE = Action(name="agree", label="同意", style="primary", input=[OPINION])
REFUSE = Action(name="refuse", label="不同意", input=[Input(key="reason", label="意见", type="text")])
WITHDRAW = Action(name="withdraw", label="撤回")
CODES = {"asked": "yellow", "agreed": "done", "refused": "grey", "withdrawn": "grey", "lapsed": "grey"}


def consent_card(consent: Consent) -> Card:
    """Of a consent read by the store."""
    fields = [
        Field(key="by", label="提出", value=f"{consent.by_unit} {consent.by_name} {consent.by_post}".strip()),
        Field(key="approver", label="审批", value=approver_words(consent)),
    ]
    if consent.reason:
        fields.append(Field(key="reason", label="理由", value=consent.reason))
    if consent.lapses_at and consent.state == ConsentState.ASKED:
        fields.append(Field(key="lapses_at", label="时限", value=services.moment(consent.lapses_at)))
    if consent.decided_at:
        who = consent.decided_by_name
        if consent.decided_for:
            who += f"（代{consent.decided_for}）"
        fields.append(
            Field(key="decided", label="结果", value=f"{who} {services.moment(consent.decided_at)}")
        )
    if consent.decision_reason:
        fields.append(Field(key="opinion", label="意见", value=consent.decision_reason))
    title = f"{kind_of(consent.kind).title()}：{consent.title}"[:200]
    word = CONSENT_WORDS[consent.state]
    lines = [f"【审批】{title}", word, *(f"{field.label}：{field.value}" for field in fields)]
    return Card(
        kind=KIND,
        subject=str(consent.pk),
        version=consent.version,
        title=title,
        as_of=clock.now(),
        state=State(code=CODES[consent.state], word=word),
        fields=fields,
        actions=[AGREE, REFUSE] if consent.state == ConsentState.ASKED else [],
        menu=[WITHDRAW] if consent.state == ConsentState.ASKED else [],
        link=consent.link or "/home",
        fallback="\n".join(lines),
    )


def handle(
    *, actor: Actor, subject: str, action: str, params: Mapping[str, Any], key: str | None
) -> CardResult:
    try:
        consent_id = UUID(subject)
    except ValueError as error:
        raise NotFoundError from error
    reason = str(params.get("reason") or "")
    if action in {"agree", "refuse"}:
        answer = services.check_decide(
            actor=actor, consent_id=consent_id, agree=action == "agree", reason=reason, key=key
        )
    elif action == "withdraw":
        answer = services.check_withdraw(actor=actor, consent_id=consent_id, key=key)
    else:
        raise NotFoundError
    return CardResult(message=answer.message, facts={"consent": answer.consent.model_dump(mode="json")})


def abilities(actor: Actor, subjects: Sequence[str]) -> Mapping[str, CardState]:
    ids = []
    for subject in subjects:
        try:
            ids.append(UUID(subject))
        except ValueError:
            continue
    return {str(one.pk): _state(actor, one) for one in store.many(ids) if services.may_see(actor, one)}


def _state(actor: Actor, consent: Consent) -> CardState:
    if consent.state == ConsentState.ASKED:
        mine = consent.by_id == actor.staff_id
        can = ["withdraw"] if mine else ["agree", "refuse"] if standing(actor, consent).may else []
        return CardState(version=consent.version, abilities=can)
    if consent.decided_by_id != actor.staff_id or not consent.decided_at:
        return CardState(version=consent.version)
    words = _("您{did} {at}").format(did=CONSENT_WORDS[consent.state], at=services.moment(consent.decided_at))
    return CardState(version=consent.version, done={"agree": words})


def connect() -> None:
    """Called once at start."""
    register(KIND, handle, abilities)
