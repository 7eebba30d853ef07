"""Items that wait for a signature, a report, a decision."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from directory.services.rights import Scope, may
from workflows.items.card import item_link, state_words
from workflows.pending.registry import PendingEntry, PendingSource, register
from workflows.rules.colours import DEFAULT_RULE
from workflows.services.calendar import work_calendar
from workflows.services.views import colour_code
from workflows.store import pending as store
from workflows.store.models import Item


def _answers_for_unit(actor: Actor, verb: str) -> UUID | None:
    """The actor's unit if its post may do this to the unit's items."""
    unit = actor.unit_id
    return unit if unit and may(actor, verb, Scope(unit_id=unit, lead_unit_ids=(unit,))) else None


def _runs_office(actor: Actor, verb: str) -> UUID | None:
    unit = actor.unit_id
    return unit if unit and may(actor, verb, Scope(taskforce_unit_id=unit)) else None


def _assigns(actor: Actor, verb: str) -> UUID | None:
    """The actor's unit if its post may do this to what the unit handed out."""
    unit = actor.unit_id
    return unit if unit and may(actor, verb, Scope(assigner_unit_ids=(unit,))) else None


def _told(found: QuerySet[Item], limit: int) -> tuple[int, list[PendingEntry]]:
    return found.count(), [_entry(item) for item in found[:limit]]


def _entry(item: Item) -> PendingEntry:
    return PendingEntry(
        subject=item.pk,
        title=f"{item.number} {item.title}",
        detail=f"{item.home_name} · {item.lead_unit.display_name} · {state_words(item)}",
        due_on=item.due_on,
        code=colour_code(item),
        link=item_link(item),
    )


def _mine(actor: Actor) -> int | None:
    """A handler sees what is theirs or nobody's; head and liaison see the whole unit."""
    return actor.staff_id if actor.post_role == "handler" else None


def to_sign_for(actor: Actor, limit: int) -> tuple[int, Sequence[PendingEntry]]:
    unit = _answers_for_unit(actor, "item.sign_for")
    return _told(store.to_sign_for(unit), limit) if unit else (0, [])


def reports_due(actor: Actor, limit: int) -> tuple[int, Sequence[PendingEntry]]:
    """Running items that fall due within the near window, or have been silent for a reporting period."""
    unit = _answers_for_unit(actor, "item.report")
    if unit is None:
        return 0, []
    now, day = clock.now(), clock.today()
    for _step in range(DEFAULT_RULE.near_due_working_days):
        day = work_calendar().next_working_day(day)
    silent_since = now - timedelta(days=DEFAULT_RULE.report_period_days)
    found = store.reports_due(unit, handler=_mine(actor), due_until=day, silent_since=silent_since)
    return _told(found, limit)


def extensions_to_decide(actor: Actor, limit: int) -> tuple[int, Sequence[PendingEntry]]:
    office, mine = _runs_office(actor, "item.decide_extension"), _assigns(actor, "item.decide_extension")
    return _told(store.extensions_to_decide(actor.post_id, office, mine), limit)


def reports_to_check(actor: Actor, limit: int) -> tuple[int, Sequence[PendingEntry]]:
    office, mine = _runs_office(actor, "item.close"), _assigns(actor, "item.close")
    return _told(store.in_state("reported", actor.post_id, office, mine), limit)


def returned_items(actor: Actor, limit: int) -> tuple[int, Sequence[PendingEntry]]:
    office, mine = _runs_office(actor, "item.dispatch"), _assigns(actor, "item.dispatch")
    return _told(store.in_state("returned", actor.post_id, office, mine), limit)


def connect() -> None:
    """Called once at start."""
    register(PendingSource("sign_for", lambda: _("待签收"), to_sign_for))
    register(PendingSource("report", lambda: _("待反馈"), reports_due))
    register(PendingSource("decide_extension", lambda: _("待审批延期"), extensions_to_decide))
    register(PendingSource("check_report", lambda: _("待核查办结"), reports_to_check))
    register(PendingSource("returned", lambda: _("被退回待重新交办"), returned_items))
