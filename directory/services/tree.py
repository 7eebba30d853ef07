"""The tree of units in this process: read at most once a minute, dropped when the directory changes."""

import time
from threading import Lock

from common import events
from directory.events import DirectoryChanged
from directory.store.tree import Tree, read_branches, read_tree

__all__ = ["Tree", "cached_tree", "read_branches", "watch"]

_KEEP_S = 60.0
_lock = Lock()
_held: tuple[float, Tree] | None = None


def cached_tree() -> Tree:
    """The whole tree, at most a minute old. Good for showing and listing; deeds read their branch afresh."""
    global _held  # noqa: PLW0603 - one cache per process is the point
    held = _held
    if held and time.monotonic() - held[0] < _KEEP_S:
        return held[1]
    with _lock:
        fresh = read_tree()
        _held = (time.monotonic(), fresh)
        return fresh


def drop() -> None:
    global _held  # noqa: PLW0603
    _held = None


def watch() -> None:
    """Called once at start."""
    events.subscribe(DirectoryChanged, _on_change)


def _on_change(_: DirectoryChanged) -> None:
    # Now for this transaction, and again after the commit: another thread may have read the old tree in
    # between.
    drop()
    events.on_commit_robust(drop)
