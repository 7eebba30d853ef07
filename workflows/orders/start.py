"""What orders hook into when the app starts."""

from chatops.delivery import taken
from chatops.events import FramesTaken
from common import chores, events
from workflows.orders import actions, ladder, pending, receipts, releases, ticks

LADDER_EVERY_S, TICKS_EVERY_S = 1.0, 1.0


def connect() -> None:
    """Called once."""
    taken.follow("order")
    events.subscribe(FramesTaken, _taken)
    chores.add("workflows.order_ladder", ladder.work, every_s=LADDER_EVERY_S)
    chores.add("workflows.order_boards", ticks.tell, every_s=TICKS_EVERY_S)
    releases.connect()
    actions.connect()
    pending.connect()


def _taken(event: FramesTaken) -> None:
    receipts.frames_taken(event.taken)
