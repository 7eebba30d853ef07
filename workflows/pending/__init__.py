"""What waits for me, from all sources: a registry that later loops add to (decisions 18)."""

from workflows.pending.registry import PendingEntry, PendingOut, PendingSource, list_pending, register

__all__ = ["PendingEntry", "PendingOut", "PendingSource", "list_pending", "register"]
