"""Typed domain events between floors.

A lower floor publishes, upper floors subscribe when the app starts. Subscribers run at once, in the publisher's
transaction: what must not be lost defers a job there; what only refreshes a screen uses `on_commit_robust`.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

Event = TypeVar("Event")

_subscribers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(kind: type[Event], handler: Callable[[Event], None]) -> None:
    """Call `handler` for each published event of exactly this class; subscribing twice is one subscription."""
    if handler not in _subscribers[kind]:
        _subscribers[kind].append(handler)


def publish(event: object) -> None:
    """Run the subscribers now. What they raise reaches the publisher and rolls its transaction back."""
    for handler in _subscribers[type(event)]:
        handler(event)


def on_commit_robust(action: Callable[[], object]) -> None:
    """Run after the commit; what it raises is logged and never changes the answer of a deed already done."""
    transaction.on_commit(lambda: _ignore_result(action), robust=True)


def _ignore_result(action: Callable[[], object]) -> None:
    action()
