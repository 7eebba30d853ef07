"""Every night: colours by the new day, then one snapshot per item."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import clock, timers
from common.events import publish
from workflows.events import ItemChanged
from workflows.rules.colours import Colour
from workflows.rules.working_days import SHANGHAI
from workflows.services import colours
from workflows.services.calendar import next_moment
from workflows.store import deeds as deed_store
from workflows.store import items as item_store
from workflows.store import ledgers as ledger_store
from workflows.store import snapshots
from workflows.store import taskforces as force_store
from workflows.store.models import Item, Milestone

NIGHT = time(0, 5)
KEEP_DEEDS = timedelta(days=90)


def set_timer(now: datetime) -> None:
    """One timer for all; setting it again changes nothing."""
    timers.set_timer("nightly", next_moment(NIGHT, now), "workflows.recolour_all")


def recolour_all() -> int:
    """Recolour every unfinished item and take the day's snapshot, force by force; returns how many colours
    changed.

    Safe to repeat: a verdict that is the same changes nothing, and a day's snapshot is written once.
    """
    set_timer(clock.now())  # first: a night that fails must not be the last one
    changed = sum(
        recolour_home(home_id) for home_id in (*force_store.running_ids(), *ledger_store.open_ids())
    )
    deed_store.forget_before(clock.now() - KEEP_DEEDS)
    return changed


def recolour_home(home_id: UUID) -> int:
    """All unfinished items of a task force or a ledger."""
    changed = 0
    with transaction.atomic():
        now = clock.now()
        items = item_store.lock_many(item_store.unfinished_ids(home_id))
        # After the lock: a report may just have moved them.
        nodes = item_store.milestones_of_home(home_id)
        for item in items:
            recoloured = colours.set_colour(item, nodes[item.pk], now)
            if not recoloured.reworded:
                continue
            item.version += recoloured.shown
            item.save(update_fields=[*colours.COLOUR_FIELDS, "version"])
            changed += recoloured.changed
            if recoloured.shown:  # the card shows colour and chip; the planned percentage alone edits no card
                publish(
                    ItemChanged(
                        item.pk,
                        item.taskforce_id,
                        item.home_room_id,
                        item.version,
                        "recolour",
                        item.origin_room_id,
                    )
                )
            colours.tell(item, recoloured, now)
        take_snapshot(home_id, now, nodes)
    return changed


def take_snapshot(home_id: UUID, now: datetime, nodes: Mapping[UUID, list[Milestone]] | None = None) -> None:
    """`nodes`: milestones by item, where they have been read; without them nothing is judged ahead."""
    day = now.astimezone(SHANGHAI).date()
    items = item_store.plain(home_id)
    regions = snapshots.regions_of(item.lead_unit_id for item in items)
    snapshots.add(
        snapshots.row_of(item, day, region=regions[item.lead_unit_id], ahead=_ahead(item, nodes, now))
        for item in items
    )


def _ahead(item: Item, nodes: Mapping[UUID, list[Milestone]] | None, now: datetime) -> str:
    """The colour of a green item some days on, if nobody does anything until then."""
    if nodes is None or item.colour != Colour.GREEN:
        return ""
    later = copy(item)
    colours.set_colour(later, nodes.get(item.pk, []), now + timedelta(days=settings.SUPERVISION_AHEAD_DAYS))
    return str(later.colour)
