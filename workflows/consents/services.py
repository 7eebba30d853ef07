"""Ask, decide, withdraw, lapse. One deed each; who comes second is told who was first and when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from chatops.services.tell import tell_people
from common import audit, clock, timers
from common.errors import BadInputError, ForbiddenError, NotFoundError
from common.events import publish
from directory.actors import Actor, system_actor
from workflows.consents import chasing, views
from workflows.consents.approvers import ApproverRule, approvers_of, require_standing, standing, to_decide
from workflows.consents.registry import kind_of
from workflows.consents.views import ConsentAnswer, ConsentOut
from workflows.errors import ConsentEndedError, NotAllowedNowError
from workflows.events import ConsentAsked, ConsentEndedEvent
from workflows.rules.consents import (
    CONSENT_WORDS,
    ConsentAct,
    ConsentEnded,
    ConsentState,
    next_consent_state,
)
from workflows.services.deeds import once
from workflows.services.stamps import stamp
from workflows.store import consents as store
from workflows.store.models import Consent

MAX_REASON = 500
__all__ = [
    "ApproverRule",
    "ask",
    "check_decide",
    "check_withdraw",
    "describe",
    "end_open",
    "lapse",
    "list_mine",
    "settle",
]


def ask(
    *,
    actor: Actor,
    kind: str,
    subject_kind: str,
    subject_id: UUID,
    title: str,
    approver: ApproverRule,
    reason: str = "",
    link: str = "",
    params: dict[str, Any] | None = None,
    lapses_at: datetime | None = None,
) -> Consent:
    """Put the question, in the caller's transaction. The caller has checked rights and texts.

    Args:
        title: what is asked, in plain Chinese; history keeps it.
        lapses_at: an aware moment from which nobody can answer any more.
    Raises:
        NotAllowedNowError: the same question is open already; it says since when and whose.
    """
    kind_of(kind)
    now = clock.now()
    try:
        with transaction.atomic():
            consent = Consent.objects.create(
                kind=kind,
                subject_kind=subject_kind,
                subject_id=subject_id,
                title=title[:300],
                reason=reason[:MAX_REASON],
                link=link,
                params=params or {},
                lapses_at=lapses_at,
                **approver.columns(),
                **stamp(actor, now),
            )
    except IntegrityError as error:
        known = store.open_of(kind, subject_kind, subject_id)
        if known is None:
            raise
        raise NotAllowedNowError(
            message=_("{name}已于{at}提出“{title}”，正待审批，请等待结果。").format(
                name=known.by_name, at=moment(known.at), title=known.title
            )
        ) from error
    if lapses_at is not None:
        timers.set_timer(_timer(consent.pk), lapses_at, "workflows.lapse_consent", consent_id=str(consent.pk))
    audit.record(
        actor=actor,
        verb=f"consent.ask_{kind}",
        subject=subject_kind,
        subject_id=subject_id,
        new={"consent": str(consent.pk), "title": title, "reason": reason},
    )
    chasing.plan([consent], now)
    tell_people(approvers_of(consent), "pending")
    publish(ConsentAsked(consent.pk, kind))
    return consent


def moment(at: datetime) -> str:
    return f"{clock.local(at):%m月%d日 %H:%M}"


def _timer(consent_id: UUID) -> str:
    return f"consent:{consent_id}"


def check_decide(
    *, actor: Actor, consent_id: UUID, agree: bool, reason: str = "", key: str | None = None
) -> ConsentAnswer:
    """Say yes or no.

    Raises:
        NotFoundError: unknown, or not the actor's to see.
        ForbiddenError: one's own request, or not one's post's to decide.
        ConsentEndedError: somebody was faster (who and when), or it was withdrawn or has lapsed.
        BadInputError: a no without a reason. SecrecyRefusedError. What the kind's `on_agree` raises.
    """
    reason = reason.strip()
    if len(reason) > MAX_REASON or "\x00" in reason:
        raise BadInputError(field="reason", message=_("意见不超过500个字，请压缩后重新提交。"))
    admission.check(reason, actor=actor, where="reason")
    act = ConsentAct.AGREE if agree else ConsentAct.REFUSE
    found = access(actor, consent_id)

    def deed() -> ConsentAnswer:
        kind = kind_of(found.kind)
        kind.lock(found)
        consent = store.lock(consent_id)
        if consent is None:
            raise NotFoundError
        _decide(actor, consent, agree=agree, reason=reason)
        said = (kind.on_agree if agree else kind.on_refuse)(actor, consent)
        _finish(actor, consent, act)
        done = _("已同意：{title}") if agree else _("未同意：{title}")
        return ConsentAnswer(
            message=said or done.format(title=consent.title), consent=views.out(actor, consent)
        )

    return once(
        actor=actor, key=key, verb=f"consent.{act}", subject_id=consent_id, answer=ConsentAnswer, deed=deed
    )


def _decide(actor: Actor, consent: Consent, *, agree: bool, reason: str) -> None:
    """Write the answer on the locked consent. Raises as `check_decide`."""
    if consent.by_id and consent.by_id == actor.staff_id:
        raise ForbiddenError(
            message=_("这是您本人提出的申请，须由他人审批；如不再需要，请撤回。"), reason="own_request"
        )
    as_who = require_standing(actor, consent)
    if not as_who.may:
        raise ForbiddenError(
            message=_("此事由{post}审批，当前岗位不能办理；请切换岗位或联系对方。").format(
                post=views.approver_words(consent)
            ),
            reason="named_post",
        )
    if consent.state == ConsentState.ASKED and consent.lapses_at and clock.now() >= consent.lapses_at:
        raise ConsentEndedError(
            state="lapsed", by="", at=moment(consent.lapses_at), words=CONSENT_WORDS["lapsed"]
        )
    _move(consent, ConsentAct.AGREE if agree else ConsentAct.REFUSE)
    if (not agree or kind_of(consent.kind).needs_reason) and not reason:
        raise BadInputError(field="reason", message=_("请写明意见，不超过500个字。"))
    consent.decided_for, consent.decision_reason = as_who.for_name, reason
    _sign(consent, actor)
    consent.save()


def settle(
    *, actor: Actor, kind: str, subject_kind: str, subject_id: UUID, agree: bool, reason: str
) -> Consent | None:
    """Answer the open question of a subject from the subject's own deed, which does by itself what follows.

    The subject is locked, the reason checked. None: nothing is open. Raises as `check_decide`.
    """
    known = store.open_of(kind, subject_kind, subject_id)
    consent = store.lock(known.pk) if known else None
    if consent is None or consent.state != ConsentState.ASKED:
        return None
    _decide(actor, consent, agree=agree, reason=reason)
    _finish(actor, consent, ConsentAct.AGREE if agree else ConsentAct.REFUSE)
    return consent


def check_withdraw(*, actor: Actor, consent_id: UUID, key: str | None = None) -> ConsentAnswer:
    """撤回 by who asked. Raises NotFoundError, ForbiddenError, ConsentEndedError."""
    found = access(actor, consent_id)

    def deed() -> ConsentAnswer:
        kind_of(found.kind).lock(found)
        consent = store.lock(consent_id)
        if consent is None:
            raise NotFoundError
        if consent.by_id != actor.staff_id:
            raise ForbiddenError(
                message=_("只有提出人{name}可以撤回，请联系对方。").format(name=consent.by_name),
                reason="not_asker",
            )
        _end(actor, consent, ConsentAct.WITHDRAW)
        message = _("已撤回：{title}").format(title=consent.title)
        return ConsentAnswer(message=message, consent=views.out(actor, consent))

    return once(
        actor=actor, key=key, verb="consent.withdraw", subject_id=consent_id, answer=ConsentAnswer, deed=deed
    )


def lapse(consent_id: UUID) -> bool:
    """The timer's deed; whether the consent lapsed now."""
    with transaction.atomic():
        found = store.find(consent_id)
        if found is None:
            return False
        kind_of(found.kind).lock(found)
        consent = store.lock(consent_id)
        if consent is None or consent.state != ConsentState.ASKED:
            return False
        if consent.lapses_at is None or clock.now() < consent.lapses_at:
            return False
        _end(system_actor("时限"), consent, ConsentAct.LAPSE)
        return True


def end_open(*, actor: Actor, subject_kind: str, subject_id: UUID, kind: str = "", reason: str = "") -> int:
    """Withdraw what is open about a subject that needs no answer any more; returns how many. The subject is locked."""
    ended = 0
    for known in store.of_subject(subject_kind, subject_id):
        if known.state != ConsentState.ASKED or (kind and known.kind != kind):
            continue
        consent = store.lock(known.pk)
        if consent is not None and consent.state == ConsentState.ASKED:
            consent.decision_reason = reason[:MAX_REASON]
            _end(actor, consent, ConsentAct.WITHDRAW)
            ended += 1
    return ended


def access(actor: Actor, consent_id: UUID) -> Consent:
    """Those who asked, decided or may decide see it. Raises NotFoundError for all others."""
    consent = store.find(consent_id)
    if consent is None or not may_see(actor, consent):
        raise NotFoundError
    return consent


def may_see(actor: Actor, consent: Consent) -> bool:
    if actor.kind == "system" or actor.staff_id in {consent.by_id, consent.decided_by_id}:
        return True
    return standing(actor, consent).may


def describe(actor: Actor, consent_id: UUID) -> ConsentOut:
    return views.out(actor, access(actor, consent_id))


def list_mine(actor: Actor, *, box: str, offset: int, limit: int) -> tuple[list[ConsentOut], int | None]:
    """One page and the next offset. `box` is `to_decide`, `asked` (mine) or `decided` (by me).

    Raises: BadInputError for another box.
    """
    if box == "to_decide":
        waiting = to_decide(actor)
        page = [views.out(actor, one, as_who=name, may_decide=True) for one, name in waiting[offset:][:limit]]
        return page, offset + limit if len(waiting) > offset + limit else None
    if box == "asked":
        found = store.asked_by(actor.staff_id)
    elif box == "decided":
        found = store.decided_by(actor.staff_id)
    else:
        raise BadInputError(field="box", message=_("请选择 to_decide、asked 或 decided。"))
    rows = list(found[offset : offset + limit + 1])
    page = [views.out(actor, one, may_decide=False) for one in rows[:limit]]
    return page, offset + limit if len(rows) > limit else None


def _move(consent: Consent, act: ConsentAct) -> None:
    try:
        consent.state = next_consent_state(ConsentState(consent.state), act)
    except ConsentEnded as ended:
        raise ConsentEndedError(
            state=str(ended.state),
            by=consent.decided_by_name,
            at=moment(consent.decided_at) if consent.decided_at else "",
            words=CONSENT_WORDS[ended.state],
        ) from ended


def _sign(consent: Consent, actor: Actor) -> None:
    consent.decided_at, consent.decided_by_id = clock.now(), actor.staff_id or None
    consent.decided_by_name, consent.decided_by_post = actor.name, actor.post_title
    consent.decided_by_unit, consent.version = actor.unit_name, consent.version + 1


def _end(actor: Actor, consent: Consent, act: ConsentAct) -> None:
    _move(consent, act)
    _sign(consent, actor)
    consent.save()
    kind_of(consent.kind).on_end(actor, consent)
    _finish(actor, consent, act)


def _finish(actor: Actor, consent: Consent, act: ConsentAct) -> None:
    timers.cancel_timer(_timer(consent.pk))
    chasing.stop(consent.pk)
    audit.record(
        actor=actor,
        verb=f"consent.{act}_{consent.kind}",
        subject=consent.subject_kind,
        subject_id=consent.subject_id,
        old={"state": "asked"},
        new={"consent": str(consent.pk), "state": consent.state, "reason": consent.decision_reason},
    )
    tell_people([*approvers_of(consent), *([consent.by_id] if consent.by_id else [])], "pending")
    publish(ConsentEndedEvent(consent.pk, consent.kind, consent.state))
