"""From a committed service to the live line: in this process if it has one, else by the doorbell."""

from typing import Protocol

from chatops.delivery.doorbell import ringer
from common.events import on_commit_robust


class LiveLine(Protocol):
    def committed_elsewhere(self) -> None: ...


_attached: list[LiveLine] = []


def attach(line: LiveLine) -> None:
    _attached.append(line)


def detach(line: LiveLine) -> None:
    if line in _attached:
        _attached.remove(line)


def wake_on_commit() -> None:
    """After the commit, let what was put into the inbox reach its readers at once. Never changes the answer."""
    on_commit_robust(_wake)


def _wake() -> None:
    if _attached:
        for line in tuple(_attached):
            line.committed_elsewhere()
    else:
        ringer.ring()
