"""Typed domain events between floors.

A lower floor publishes, upper floors subscribe when the app starts. Subscribers run at once, in the publisher's
transaction: what must not be lost defers a job there; what only refreshes a screen uses `on_commit_robust`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.db import transaction

Event = TypeVar("Event")

_subscribers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)
_many: dict[Callable[[Any], None], Callable[[Sequence[Any]], None]] = {}


def subscribe(
    kind: type[Event],
    handler: Callable[[Event], None],
    *,
    many: Callable[[Sequence[Event]], None] | None = None,
) -> None:
    """Call `handler` for each published event of exactly this class; subscribing twice is one subscription.

    Args:
        many: called in place of `handler` with all of them when many are published at once.
    """
    if handler not in _subscribers[kind]:
        _subscribers[kind].append(handler)
    if many is not None:
        _many[handler] = many


def publish(event: object) -> None:
    """Run the subscribers now. What they raise reaches the publisher and rolls its transaction back."""
    for handler in _subscribers[type(event)]:
        handler(event)


def publish_many(events: Iterable[object]) -> None:
    """As `publish` of each, class by class, for subscribers that take many at once."""
    by_kind: dict[type, list[object]] = defaultdict(list)
    for event in events:
        by_kind[type(event)].append(event)
    for kind, told in by_kind.items():
        for handler in _subscribers[kind]:
            if many := _many.get(handler):
                many(told)
            else:
                for event in told:
                    handler(event)


def on_commit_robust(action: Callable[[], object]) -> None:
    """Run after the commit; what it raises is logged and never changes the answer of a deed already done."""
    transaction.on_commit(lambda: _ignore_result(action), robust=True)


def _ignore_result(action: Callable[[], object]) -> None:
    action()
