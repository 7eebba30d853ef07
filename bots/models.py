"""Models of this floor, re-exported for Django."""

from bots.store.models import CardPost, HandledEvent, Notice, SyncPosition
from bots.store.records import (
    BotRecord,
    BotRoom,
    Call,
    Hook,
    HookPost,
    OutCall,
    OutHook,
    ScheduledRun,
    Spend,
)

__all__ = [
    "BotRecord",
    "BotRoom",
    "Call",
    "CardPost",
    "HandledEvent",
    "Hook",
    "HookPost",
    "Notice",
    "OutCall",
    "OutHook",
    "ScheduledRun",
    "Spend",
    "SyncPosition",
]
