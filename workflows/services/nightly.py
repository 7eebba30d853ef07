"""Every night: colours by the new day, then one snapshot per item."""

from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from common import clock, timers
from common.events import publish
from workflows.events import ItemChanged
from workflows.rules.working_days import SHANGHAI
from workflows.services import colours
from workflows.services.calendar import next_moment
from workflows.store import deeds as deed_store
from workflows.store import items as item_store
from workflows.store import ledgers as ledger_store
from workflows.store import snapshots
from workflows.store import taskforces as force_store
from workflows.store.models import ColourSnapshot

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
        take_snapshot(home_id, now)
    return changed


def take_snapshot(home_id: UUID, now: datetime) -> None:
    day = now.astimezone(SHANGHAI).date()
    snapshots.add(
        ColourSnapshot(
            taskforce_id=item.taskforce_id,
            ledger_id=item.ledger_id,
            item=item,
            day=day,
            colour=item.colour,
            state=item.state,
            percent=item.percent,
        )
        for item in item_store.plain(home_id)
    )
