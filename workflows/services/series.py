"""周期事项: the next item of a series is made by a timer when the last falls due, exactly once."""

from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction

from common import clock, timers
from directory.actors import system_actor
from workflows.errors import NotAllowedNowError
from workflows.rules.moves import ItemState
from workflows.rules.recurrence import Recurrence, next_due
from workflows.rules.working_days import SHANGHAI
from workflows.services.calendar import work_calendar
from workflows.services.items import NewItem, add_items, do_dispatch, lock_home, require_open
from workflows.services.knocks import pending_changed
from workflows.store import items as store
from workflows.store.models import Item, Ledger, TaskForce

TASK = "workflows.make_next_of_series"
MORNING = time(0, 30)
SYSTEM = "周期事项"


def set_timer(item: Item) -> None:
    """The next one is made in the morning after this one's first due day: extending this one moves no series."""
    if item.recurrence:
        at = datetime.combine(_after(item.first_due_on), MORNING, SHANGHAI)
        timers.set_timer(f"series:{item.pk}", at, TASK, item_id=str(item.pk))


def _after(day: date) -> date:
    return work_calendar().next_working_day(day)


def cancel_timer(item: Item) -> None:
    timers.cancel_timer(f"series:{item.pk}")


def make_next(item_id: UUID) -> UUID | None:
    """The item after this one, dispatched when this one was; None when it is there already or the series has ended.

    A cancelled item ends its series, and so does a home that takes nothing new any more.
    """
    with transaction.atomic():
        found = Item.objects.filter(pk=item_id).first()
        if found is None or not found.recurrence:
            return None
        home = lock_home(found.taskforce_id, found.ledger_id)
        last = store.lock(item_id)  # under the home's lock: a second timer waits and finds the next one there
        if last.state == ItemState.CANCELLED or store.next_of(item_id) is not None or not _is_open(home):
            return None
        rule = Recurrence.of(last.recurrence or {})
        due = next_due(rule, last.first_due_on, work_calendar()).day
        today = clock.today()
        while due < today:  # after a long stop only the present period is made
            due = next_due(rule, due, work_calendar()).day
        new = NewItem(
            title=last.title,
            lead_unit_id=last.lead_unit_id,
            starts_on=min(today, due),
            due_on=due,
            category=last.category,
            budget_wan=last.budget_wan,
            supporting_unit_ids=tuple(unit.pk for unit in last.supporting_units.all()),
            source="series",
            kind=last.kind,
            details=last.details,
            evidence_required=last.evidence_required,
            recurrence=last.recurrence,
            report_every_days=last.report_every_days,
            supervisor_unit_id=last.supervisor_unit_id,
            weight=last.weight,
            more={
                "previous_id": last.pk,
                "supervisor_id": last.supervisor_id,
                "handler_id": last.handler_id,
                "origin_room_id": last.origin_room_id,
            },
        )
        actor = system_actor(SYSTEM)
        (made,) = add_items(actor, home, [new])
        item = store.lock(made.pk)
        if last.dispatched_at is not None:
            do_dispatch(actor, item)
        set_timer(item)
        pending_changed([item])
        return item.pk


def _is_open(home: TaskForce | Ledger) -> bool:
    try:
        require_open(home)
    except NotAllowedNowError:
        return False
    return True
