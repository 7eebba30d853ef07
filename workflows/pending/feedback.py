"""投诉建议 that wait for a public answer of the actor's unit."""

from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from directory.services.rights import Scope, may
from workflows.burden.feedback import VERB
from workflows.pending.registry import PendingEntry, PendingSource, Rows, register
from workflows.store.models import Feedback
from workflows.store.models.feedback import FeedbackState


def find(actor: Actor) -> Rows | None:
    unit = actor.unit_id
    if unit is None or not may(actor, VERB, Scope(unit_id=unit)):
        return None
    waiting = Feedback.objects.filter(owner_unit_id=unit, state=FeedbackState.RECEIVED)
    return Rows(waiting, _entry, search=("text",), due="due_at", dated=False)


def _entry(row: Feedback) -> PendingEntry:
    return PendingEntry(
        subject=row.pk,
        title=f"{row.get_kind_display()}：{row.text[:60]}",
        detail=f"{row.by_unit} {row.by_name}",
        due_on=clock.local(row.due_at).date(),
        due_at=row.due_at,
        code="none",
        link="/feedback?of=owned",
    )


def connect() -> None:
    register(PendingSource("answer_feedback", lambda: _("待答复的投诉建议"), find=find))
