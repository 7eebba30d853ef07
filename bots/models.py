"""Models of this floor, re-exported for Django."""

from bots.store.models import CardPost, HandledEvent, Notice, SyncPosition

__all__ = ["CardPost", "HandledEvent", "Notice", "SyncPosition"]
