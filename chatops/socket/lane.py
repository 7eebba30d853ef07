"""One's messages into a room keep their order, though the journal appends some of them and a service others."""

from collections import deque
from collections.abc import Callable

from chatops.delivery.journal import Entry


class Lane:
    """What one socket sends into one room.

    The journal takes any number at once and keeps their order; a service takes one, when nothing before it is open.
    """

    __slots__ = ("_in_journal", "_is_serving", "_serve", "_submit", "_waiting")

    def __init__(self, submit: Callable[[Entry], None], serve: Callable[[Entry], None]) -> None:
        self._submit = submit
        self._serve = serve
        self._waiting: deque[tuple[Entry, bool]] = deque()
        self._in_journal = 0
        self._is_serving = False

    def send(self, entry: Entry, *, by_service: bool) -> None:
        self._waiting.append((entry, by_service))
        self._move()

    def answered(self) -> None:
        """One entry has its answer or refusal. Call it once for each."""
        if self._is_serving:
            self._is_serving = False
        else:
            self._in_journal -= 1
        self._move()

    def _move(self) -> None:
        while self._waiting and not self._is_serving:
            entry, by_service = self._waiting[0]
            if by_service and self._in_journal:
                return
            self._waiting.popleft()
            if by_service:
                self._is_serving = True
                self._serve(entry)
            else:
                self._in_journal += 1
                self._submit(entry)
