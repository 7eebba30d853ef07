"""Queries of the pending list: by unit for those who do, by lead post or office for those who decide."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from workflows.store.models import Item


def _named() -> QuerySet[Item]:
    return Item.objects.select_related("taskforce", "ledger", "lead_unit").order_by("due_on", "number")


def to_sign_for(unit_id: UUID) -> QuerySet[Item]:
    return _named().filter(lead_unit_id=unit_id, state="dispatched")


def reports_due(
    unit_id: UUID, *, handler: int | None, due_until: date, silent_since: datetime
) -> QuerySet[Item]:
    found = _named().filter(lead_unit_id=unit_id, state__in=("signed_for", "in_progress"))
    if handler is not None:
        found = found.filter(Q(handler_id=handler) | Q(handler__isnull=True))
    found = found.alias(last_fact=Coalesce("last_report_at", "signed_at"))
    return found.filter(Q(due_on__lte=due_until) | Q(last_fact__lt=silent_since))


def _led(post_id: UUID | None, office_unit_id: UUID | None, assigner_unit_id: UUID | None = None) -> Q:
    """Of forces that the post leads or the office runs, or handed out by the unit. None matches nothing."""
    led = Q(pk__in=[])
    if post_id:
        led |= Q(taskforce__lead_post_id=post_id)
    if office_unit_id:
        led |= Q(taskforce__office_unit_id=office_unit_id)
    if assigner_unit_id:
        led |= Q(ledger__unit_id=assigner_unit_id) | Q(supervisor_unit_id=assigner_unit_id)
    return led


def extensions_to_decide(
    post_id: UUID | None, office_unit_id: UUID | None, assigner_unit_id: UUID | None = None
) -> QuerySet[Item]:
    return _named().filter(_led(post_id, office_unit_id, assigner_unit_id), extensions__state="asked")


def in_state(
    state: str, post_id: UUID | None, office_unit_id: UUID | None, assigner_unit_id: UUID | None = None
) -> QuerySet[Item]:
    return _named().filter(_led(post_id, office_unit_id, assigner_unit_id), state=state)
