"""Queries on bot records, their hooks, posts, calls and budgets."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum

from bots.store.records import BotRecord, BotRoom, Call, Hook, HookPost, PostState, Spend

# A morning's reminders of a city are 5,500 a minute; what a stop has held up comes at twice that.
BUILTIN_A_MINUTE = 12_000


def records() -> QuerySet[BotRecord]:
    return BotRecord.objects.select_related("owner_unit", "owner_post").order_by("is_builtin", "number")


def find(bot_id: UUID) -> BotRecord | None:
    return records().filter(pk=bot_id).first()


def by_number(number: str) -> BotRecord | None:
    return records().filter(number=number).first()


def lock(bot_id: UUID) -> BotRecord:
    return BotRecord.objects.select_for_update(no_key=True).get(pk=bot_id)


def ensure_builtin(number: str, *, says: str, at: datetime) -> None:
    BotRecord.objects.get_or_create(
        number=number,
        defaults={
            "says": says,
            "is_builtin": True,
            "created_at": at,
            "budget_minute": BUILTIN_A_MINUTE,
            "budget_day": 500_000,
        },
    )


def paused_numbers() -> set[str]:
    return set(BotRecord.objects.filter(paused_at__isnull=False).values_list("number", flat=True))


def room_ids(bot_id: UUID) -> list[str]:
    return list(BotRoom.objects.filter(bot=bot_id).order_by("added_at").values_list("room_id", flat=True))


def is_allowed(bot_id: UUID, room_id: str) -> bool:
    return BotRoom.objects.filter(bot=bot_id, room_id=room_id).exists()


def add_room(bot_id: UUID, room_id: str, at: datetime) -> bool:
    return BotRoom.objects.get_or_create(bot_id=bot_id, room_id=room_id, defaults={"added_at": at})[1]


def remove_room(bot_id: UUID, room_id: str) -> bool:
    return BotRoom.objects.filter(bot=bot_id, room_id=room_id).delete()[0] > 0


def find_hook(token_hash: bytes) -> Hook | None:
    """The live hook with this token, and its bot."""
    return Hook.objects.select_related("bot").filter(token_hash=token_hash, revoked_at__isnull=True).first()


def hooks_of(bot_id: UUID) -> QuerySet[Hook]:
    return Hook.objects.filter(bot=bot_id, revoked_at__isnull=True).order_by("created_at")


def hook_used(hook_id: UUID, at: datetime) -> None:
    Hook.objects.filter(pk=hook_id).update(last_used_at=at)


def find_post(source: str, key: str) -> HookPost | None:
    return HookPost.objects.filter(source=source, key=key).first()


def add_post(**fields: Any) -> tuple[HookPost, bool]:
    """The post of this source and key, and whether it is new."""
    source, key = fields.pop("source"), fields.pop("key")
    with transaction.atomic():
        return HookPost.objects.get_or_create(source=source, key=key, defaults=fields)


def waiting(bot_id: UUID, room_id: str, most: int) -> list[HookPost]:
    found = HookPost.objects.filter(bot=bot_id, room_id=room_id, state=PostState.WAITING)
    return list(found.order_by("created_at", "id")[:most])


def waiting_rooms(bot_id: UUID) -> list[str]:
    found = HookPost.objects.filter(bot=bot_id, state=PostState.WAITING)
    return list(found.values_list("room_id", flat=True).distinct())


def settle_post(post_id: UUID, *, state: str, event_id: str, error: str, at: datetime) -> None:
    """What was sent is in the room; its copy here is let go."""
    HookPost.objects.filter(pk=post_id).update(
        state=state, event_id=event_id, error=error[:300], done_at=at, content={}
    )


def was_posted_by(bot_id: UUID, room_id: str, event_id: str) -> bool:
    return HookPost.objects.filter(bot=bot_id, room_id=room_id, event_id=event_id).exists()


def add_call(**fields: Any) -> None:
    Call.objects.create(**fields)


def calls(bot_id: UUID, *, failed: bool, before: int | None, limit: int) -> list[Call]:
    found = Call.objects.filter(bot=bot_id).select_related("hook")
    if failed:
        found = found.exclude(reason="")
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])


def spend(bot_id: UUID, minute: datetime, *, most: int, wanted: int = 1) -> int:
    """Count messages in this minute and return how many may go: all, or a half, a quarter … of what is wanted while
    that fits. None, and one counted as refused, when one would be too many.
    """
    Spend.objects.bulk_create([Spend(bot_id=bot_id, minute=minute)], ignore_conflicts=True)
    row = Spend.objects.filter(bot=bot_id, minute=minute)
    while wanted:
        if row.filter(sent__lte=most - wanted).update(sent=F("sent") + wanted):
            return wanted
        wanted //= 2
    row.update(refused=F("refused") + 1)
    return 0


def refuse_spend(bot_id: UUID, minute: datetime) -> None:
    Spend.objects.bulk_create([Spend(bot_id=bot_id, minute=minute)], ignore_conflicts=True)
    Spend.objects.filter(bot=bot_id, minute=minute).update(refused=F("refused") + 1)


def spent(bot_id: UUID, since: datetime) -> tuple[int, int]:
    """(sent, refused) since this moment."""
    found = Spend.objects.filter(bot=bot_id, minute__gte=since).aggregate(Sum("sent"), Sum("refused"))
    return found["sent__sum"] or 0, found["refused__sum"] or 0


def forget(before: datetime) -> int:
    """Calls, budgets and posts that are done, older than this moment; returns how many rows are gone."""
    gone = Call.objects.filter(at__lt=before).delete()[0]
    gone += Spend.objects.filter(minute__lt=before).delete()[0]
    done = HookPost.objects.filter(~Q(state=PostState.WAITING), created_at__lt=before)
    return gone + done.delete()[0]


def failed_counts(bot_ids: Iterable[UUID], since: datetime) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for bot in (
        Call.objects.filter(bot__in=bot_ids, at__gte=since).exclude(reason="").values_list("bot", flat=True)
    ):
        found[bot] = found.get(bot, 0) + 1
    return found
