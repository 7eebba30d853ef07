"""Queries of the pending list: by unit for those who do, by lead post or office for those who decide."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from workflows.store.models import Item, Ledger, TaskForce

Keys = list[UUID]
_read: ContextVar[dict[tuple[str, UUID | None, UUID | None], Keys] | None] = ContextVar(
    "forces and ledgers read for one list", default=None
)


@contextmanager
def one_list() -> Iterator[None]:
    """Inside, the forces and ledgers of who decides are read once for all sources that ask for them."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def _named() -> QuerySet[Item]:
    return Item.objects.select_related("taskforce", "ledger", "lead_unit")


def to_sign_for(unit_id: UUID) -> QuerySet[Item]:
    return _named().filter(lead_unit_id=unit_id, state="dispatched")


def reports_due(
    unit_id: UUID, *, handler: int | None, due_until: date, now: datetime, period_days: int
) -> QuerySet[Item]:
    """`period_days`: how long an item may be silent that has no period of its own."""
    found = _named().filter(lead_unit_id=unit_id, state__in=("signed_for", "in_progress"))
    if handler is not None:
        found = found.filter(Q(handler_id=handler) | Q(handler__isnull=True))
    period = Coalesce("report_every_days", Value(period_days)) * Value(timedelta(days=1))
    last = Coalesce("last_report_at", "signed_at")
    found = found.alias(
        again_at=ExpressionWrapper(
            last + ExpressionWrapper(period, DurationField()), output_field=DateTimeField()
        )
    )
    return found.filter(Q(due_on__lte=due_until) | Q(again_at__lt=now))


def decided_by(post_id: UUID | None, office_unit_id: UUID | None, assigner_unit_id: UUID | None) -> Q:
    """Of forces that the post leads or the office runs, or handed out by the unit; None matches nothing.

    Forces and ledgers are read first: by their keys the items are found in their indexes, by a join they are not.
    """
    led = Q(pk__in=[])
    if post_id or office_unit_id:
        led |= Q(taskforce_id__in=_forces(post_id, office_unit_id))
    if assigner_unit_id:
        led |= Q(ledger_id__in=_ledgers(assigner_unit_id))
        led |= Q(supervisor_unit_id=assigner_unit_id)
    return led


def _forces(post_id: UUID | None, office_unit_id: UUID | None) -> Keys:
    mine = Q(lead_post_id=post_id) if post_id else Q(pk__in=[])
    if office_unit_id:
        mine |= Q(office_unit_id=office_unit_id)
    found = TaskForce.objects.filter(mine).order_by().values_list("pk", flat=True)
    return _once(("force", post_id, office_unit_id), lambda: list(found))


def _ledgers(unit_id: UUID) -> Keys:
    found = Ledger.objects.filter(unit_id=unit_id).order_by().values_list("pk", flat=True)
    return _once(("ledger", unit_id, None), lambda: list(found))


def _once(what: tuple[str, UUID | None, UUID | None], read: Callable[[], Keys]) -> Keys:
    kept = _read.get()
    if kept is None:
        return read()
    if what not in kept:
        kept[what] = read()
    return kept[what]


def extensions_to_decide(decided: Q) -> QuerySet[Item]:
    return _named().filter(decided, extensions__state="asked")


def in_state(state: str | tuple[str, ...], decided: Q) -> QuerySet[Item]:
    wanted = {"state__in": state} if isinstance(state, tuple) else {"state": state}
    return _named().filter(decided, **wanted)


def of_lead(unit_id: UUID, state: str) -> QuerySet[Item]:
    return _named().filter(lead_unit_id=unit_id, state=state)
