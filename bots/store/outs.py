"""Queries on hooks out and their calls."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from bots.store.records import BotRecord, OutCall, OutHook, OutState

SHOWN = 100


def outs_of(bot_id: UUID) -> QuerySet[OutHook]:
    return OutHook.objects.select_related("bot").filter(bot=bot_id).order_by("created_at")


def listening(bot_id: UUID, kind: str) -> list[OutHook]:
    """The addresses of a bot that are on and want events of this kind."""
    return [out for out in outs_of(bot_id).filter(is_enabled=True) if kind in out.events]


def listeners() -> list[BotRecord]:
    """Bots with an address that wants to be told, and that may work now."""
    found = BotRecord.objects.filter(outs__is_enabled=True, paused_at__isnull=True, is_builtin=False)
    return list(found.distinct().order_by("number"))


def find_waiting(call_id: UUID) -> OutCall | None:
    found = OutCall.objects.select_related("out__bot").filter(pk=call_id, state=OutState.WAITING)
    return found.first()


def waiting(out_id: UUID) -> list[UUID]:
    return list(OutCall.objects.filter(out=out_id, state=OutState.WAITING).values_list("pk", flat=True))


def waiting_of(bot_id: UUID) -> list[UUID]:
    found = OutCall.objects.filter(out__bot=bot_id, state=OutState.WAITING)
    return list(found.values_list("pk", flat=True))


def dead(out_id: UUID, call_ids: Iterable[UUID] | None, most: int) -> list[UUID]:
    found = OutCall.objects.filter(out=out_id, state=OutState.DEAD)
    if call_ids is not None:
        found = found.filter(pk__in=list(call_ids))
    return list(found.order_by("created_at").values_list("pk", flat=True)[:most])


def revive(call_id: UUID, at: datetime) -> None:
    OutCall.objects.filter(pk=call_id).update(state=OutState.WAITING, attempts=0, next_at=at, done_at=None)


def calls(out_id: UUID, state: str) -> list[OutCall]:
    found = OutCall.objects.filter(out=out_id)
    if state:
        found = found.filter(state=state)
    return list(found.order_by("-created_at")[:SHOWN])


def delivered(call_id: UUID, status: int, attempts: int, at: datetime) -> None:
    OutCall.objects.filter(pk=call_id).update(
        state=OutState.DELIVERED, status=status, attempts=attempts, error="", next_at=None, done_at=at
    )


def failed(
    call_id: UUID, attempts: int, status: int, error: str, *, state: str, next_at: datetime | None, at: datetime | None
) -> None:  # fmt: skip
    OutCall.objects.filter(pk=call_id, state=OutState.WAITING).update(
        attempts=attempts, status=status, error=error[:300], state=state, next_at=next_at, done_at=at
    )


def counts(bot_id: UUID) -> dict[UUID, dict[str, int]]:
    """Calls by address and state."""
    found: dict[UUID, dict[str, int]] = {}
    rows = OutCall.objects.filter(out__bot=bot_id).values_list("out", "state")
    for out, state in rows:
        found.setdefault(out, {}).setdefault(state, 0)
        found[out][state] += 1
    return found


def forget(before: datetime) -> int:
    """Calls that are over, older than this moment."""
    return OutCall.objects.exclude(state=OutState.WAITING).filter(created_at__lt=before).delete()[0]
