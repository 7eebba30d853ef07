"""What is not kept for ever: calls, budgets, sent posts, delivered calls and done slots, after thirty days."""

from datetime import timedelta

from bots.store import bots, outs, schedules
from common import chores, clock

KEPT = timedelta(days=30)
EVERY_S = 3600.0


def register() -> None:
    """Called once at start; the worker does it every hour."""
    chores.add("bots.forget", forget, every_s=EVERY_S)


def forget() -> bool:
    before = clock.now() - KEPT
    bots.forget(before)
    outs.forget(before)
    schedules.forget(before)
    return False
