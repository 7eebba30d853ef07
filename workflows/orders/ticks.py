"""Once a second: what changed on open boards, as differences, and the cards whose bars have moved."""

from django.db import transaction

from chatops.services.tell import tell_people
from common import clock
from common.events import publish
from workflows import events
from workflows.orders.board import unit_node
from workflows.orders.reading import counts_of
from workflows.store import order_boards as boards
from workflows.store import orders as store

AT_MOST, UNITS_SHOWN = 5000, 50


def tell() -> bool:
    """A chore of the worker. True while more waits."""
    with transaction.atomic():
        changed = store.take_ticks(AT_MOST)
        now = clock.now()
        for order_id, units in changed.items():
            order = store.find(order_id)
            if order is None:
                continue
            if watchers := store.watchers(order_id, now):
                counts = counts_of(store.counts([order_id])[order_id])
                # A flood of changes is one: the client asks for the level that it shows.
                shown = (
                    boards.units(order_id, order.version, only=list(units), limit=UNITS_SHOWN)
                    if len(units) <= UNITS_SHOWN
                    else []
                )
                body = {
                    "id": str(order_id),
                    "version": order.version,
                    "counts": counts.model_dump(),
                    "units": [
                        unit_node(unit).model_dump(mode="json", exclude_defaults=True) for unit in shown
                    ],
                    "more": len(units) > UNITS_SHOWN,
                }
                tell_people(watchers, "order_board", body)
            rooms = store.rooms_of(order_id, units)
            if rooms:
                store.raise_shown(order_id)
                for room_id in rooms:
                    publish(events.OrderShown(order_id=order_id, room_id=room_id, version=order.shown + 1))
        return sum(len(units) for units in changed.values()) >= AT_MOST
