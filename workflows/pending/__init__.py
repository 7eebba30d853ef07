"""What waits for me, from all sources: a registry that later loops add to (decisions 18)."""

from workflows.pending.lists import (
    PendingCounts,
    PendingOut,
    PendingPage,
    PendingRow,
    count_pending,
    list_pending,
    nth_page,
    page_pending,
)
from workflows.pending.registry import PendingDeed, PendingEntry, PendingSource, Rows, register

__all__ = [
    "PendingCounts",
    "PendingDeed",
    "PendingEntry",
    "PendingOut",
    "PendingPage",
    "PendingRow",
    "PendingSource",
    "Rows",
    "count_pending",
    "list_pending",
    "nth_page",
    "page_pending",
    "register",
]
