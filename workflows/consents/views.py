"""A consent as lists and cards show it."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from directory.actors import Actor
from directory.services.verbs import VERBS
from workflows.consents.approvers import standing
from workflows.consents.registry import kind_of
from workflows.rules.consents import CONSENT_WORDS, ConsentState
from workflows.store.models import Consent


class ConsentOut(BaseModel):
    """`as_who`: the absent person whom this viewer would stand in for (代), "" for nobody."""

    id: UUID
    kind: str
    kind_words: str
    subject_kind: str
    subject_id: UUID
    title: str
    reason: str
    link: str
    state: str
    state_words: str
    asked_at: datetime
    by_name: str
    by_post: str
    by_unit: str
    approver: str
    lapses_at: datetime | None
    decided_at: datetime | None
    decided_by_name: str
    decided_by_post: str
    decided_by_unit: str
    decided_for: str
    decision_reason: str
    as_who: str
    version: int
    abilities: dict[str, bool]


class ConsentAnswer(BaseModel):
    message: str
    consent: ConsentOut


def approver_words(consent: Consent) -> str:
    """Such as 咸宁市人民政府 副市长, or what the entitled posts are entitled to."""
    post = consent.approver_post
    if post is not None:
        return f"{post.unit.name} {post.title}"
    return _("有权“{verb}”的岗位").format(verb=VERBS.get(consent.verb, consent.verb))


def out(
    actor: Actor, consent: Consent, *, as_who: str | None = None, may_decide: bool | None = None
) -> ConsentOut:
    """`as_who` and `may_decide` are asked where a list has not found them already."""
    is_open = consent.state == ConsentState.ASKED
    if may_decide is None:
        found = standing(actor, consent) if is_open else None
        may_decide, as_who = (found.may, found.for_name) if found else (False, "")
    mine = is_open and bool(actor.staff_id) and consent.by_id == actor.staff_id
    plain = (
        "id kind subject_kind subject_id title reason link state by_name by_post by_unit lapses_at decided_at "
        "decided_by_name decided_by_post decided_by_unit decided_for decision_reason version"
    )
    return ConsentOut(
        **{name: getattr(consent, name) for name in plain.split()},
        kind_words=str(kind_of(consent.kind).title()),
        state_words=CONSENT_WORDS[consent.state],
        asked_at=consent.at,
        approver=approver_words(consent),
        as_who=as_who or "",
        abilities={"decide": is_open and may_decide, "withdraw": mine},
    )
