"""The rooms in which an order's card stands: standing rooms of the units it reached, and the task force's room."""

from common.events import publish
from workflows import events
from workflows.store import orders as store
from workflows.store.models import Order

MOST = 200


def announce(order: Order) -> None:
    """Let the bots show the card in each of its rooms. Part of the deed's transaction."""
    wanted = store.rooms_for(
        order.pk, order.version, order.taskforce.room_id if order.taskforce else "", MOST
    )
    store.keep_rooms(order.pk, wanted)
    refresh(order)


def refresh(order: Order) -> None:
    """Let the cards that stand already show the order as it is now."""
    for room_id in store.rooms_of(order.pk):
        publish(events.OrderShown(order_id=order.pk, room_id=room_id, version=order.shown))
