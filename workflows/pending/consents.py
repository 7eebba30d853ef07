"""Consents that wait for a decision."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from workflows.consents.approvers import to_decide
from workflows.consents.registry import kind_of
from workflows.pending.registry import PendingEntry, PendingSource, register
from workflows.store.models import Consent

IN_LISTS_OF_THEIR_OWN = frozenset({"extension"})  # shown with their items


def consents_to_decide(actor: Actor, limit: int) -> tuple[int, Sequence[PendingEntry]]:
    waiting = [one for one in to_decide(actor) if one[0].kind not in IN_LISTS_OF_THEIR_OWN]
    return len(waiting), [_entry(consent, for_name) for consent, for_name in waiting[:limit]]


def _entry(consent: Consent, for_name: str) -> PendingEntry:
    detail = f"{consent.by_unit} {consent.by_name} · {kind_of(consent.kind).title()}"
    return PendingEntry(
        subject=consent.pk,
        title=_("（代{name}）{title}").format(name=for_name, title=consent.title)
        if for_name
        else consent.title,
        detail=detail,
        due_on=clock.local(consent.lapses_at).date() if consent.lapses_at else None,
        code="none",
        link=consent.link or "/home",
    )


def connect() -> None:
    """Called once at start."""
    register(PendingSource("decide_consent", lambda: _("待审批"), consents_to_decide))
