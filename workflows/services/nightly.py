"""Every night: colours by the new day, then one snapshot per item."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import clock, timers
from common.events import publish_many
from workflows.burden import counts as burden
from workflows.events import ItemChanged
from workflows.rules.colours import Colour
from workflows.rules.working_days import SHANGHAI
from workflows.services import colours
from workflows.services.calendar import next_moment
from workflows.store import deeds as deed_store
from workflows.store import items as item_store
from workflows.store import ledgers as ledger_store
from workflows.store import overrides, snapshots
from workflows.store import taskforces as force_store
from workflows.store.colour_rules import RuleBook
from workflows.store.models import ColourOverride, Item, Milestone

NIGHT = time(0, 5)
KEEP_DEEDS = timedelta(days=90)


def set_timer(now: datetime) -> None:
    """One timer for all; setting it again changes nothing."""
    timers.set_timer("nightly", next_moment(NIGHT, now), "workflows.recolour_all")
    burden.set_timer(now)


def recolour_all() -> int:
    """Recolour every unfinished item and take the day's snapshot, force by force; returns how many colours
    changed.

    Safe to repeat: a verdict that is the same changes nothing, and a day's snapshot is written once.
    """
    set_timer(clock.now())  # first: a night that fails must not be the last one
    changed = sum(recolour_home(home_id) for home_id in (*force_store.running_ids(), *ledger_store.all_ids()))
    deed_store.forget_before(clock.now() - KEEP_DEEDS)
    return changed


def recolour_by_choice(home_id: UUID | None) -> int:
    """Somebody has chosen another table for this home, or for all: judge anew at once."""
    homes = [home_id] if home_id else [*force_store.running_ids(), *ledger_store.all_ids()]
    return sum(recolour_home(one, by_clock=False) for one in homes)


def recolour_home(home_id: UUID, *, by_clock: bool = True) -> int:
    """All unfinished items of a task force or a ledger. `by_clock` is False when somebody has chosen another rule."""
    changed = 0
    with transaction.atomic():
        now = clock.now()
        items = item_store.lock_many(item_store.unfinished_ids(home_id))
        # After the lock: a report may just have moved them.
        nodes = item_store.milestones_of_home(home_id)
        book, by_hand = RuleBook.read(), overrides.active_of_many([item.pk for item in items])
        told = []
        for item in items:
            recoloured = colours.set_colour(item, nodes[item.pk], now, book=book, overrides=by_hand)
            if not recoloured.reworded:
                continue
            item.version += recoloured.shown
            changed += recoloured.changed
            told.append((item, recoloured))
        # The card shows colour and chip; the planned percentage alone edits no card.
        publish_many(_changed(item) for item, recoloured in told if recoloured.shown)
        item_store.save_colours([item for item, _ in told], [*colours.COLOUR_FIELDS, "version"])
        colours.tell_many(told, now, by_clock=by_clock)
        take_snapshot(home_id, now, nodes, book=book, by_hand=by_hand)
    return changed


def _changed(item: Item) -> ItemChanged:
    return ItemChanged(
        item.pk, item.taskforce_id, item.home_room_id, item.version, "recolour", item.origin_room_id
    )


def take_snapshot(
    home_id: UUID,
    now: datetime,
    nodes: Mapping[UUID, list[Milestone]] | None = None,
    *,
    book: RuleBook | None = None,
    by_hand: dict[object, ColourOverride] | None = None,
) -> None:
    """`nodes`, `book`, `by_hand`: where they have been read; without milestones nothing is judged ahead."""
    day = now.astimezone(SHANGHAI).date()
    items = item_store.plain(home_id)
    regions = snapshots.regions_of(item.lead_unit_id for item in items)
    snapshots.add(
        snapshots.row_of(
            item, day, region=regions[item.lead_unit_id], ahead=_ahead(item, nodes, now, book, by_hand)
        )
        for item in items
    )


def _ahead(
    item: Item,
    nodes: Mapping[UUID, list[Milestone]] | None,
    now: datetime,
    book: RuleBook | None,
    by_hand: dict[object, ColourOverride] | None,
) -> str:
    """The colour of a green item some days on, if nobody does anything until then."""
    if nodes is None or item.colour != Colour.GREEN:
        return ""
    later = copy(item)
    moment = now + timedelta(days=settings.SUPERVISION_AHEAD_DAYS)
    colours.set_colour(later, nodes.get(item.pk, []), moment, book=book, overrides=by_hand)
    return str(later.colour)
