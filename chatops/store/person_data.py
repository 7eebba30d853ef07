"""Small per-person JSON: drafts, account data."""

from collections.abc import Iterable
from typing import Any

from chatops.store.models import PersonData


def put(staff_id: int, room: int, kind: str, content: dict[str, Any] | None) -> None:
    """Keep or, with None, forget."""
    key: dict[str, Any] = {"staff_id": staff_id, "room_id": room, "type": kind}
    if content is None:
        PersonData.objects.filter(**key).delete()
    else:
        PersonData.objects.update_or_create(**key, defaults={"content": content})


def find(staff_id: int, room: int, kind: str) -> dict[str, Any] | None:
    row = PersonData.objects.filter(staff_id=staff_id, room_id=room, type=kind).first()
    return row.content if row else None


def of_people(staff_ids: Iterable[int], kind: str) -> list[tuple[int, dict[str, Any]]]:
    """(person, content) of those who have it, in no room."""
    rows = PersonData.objects.filter(staff_id__in=list(staff_ids), room_id=0, type=kind)
    return [(row.staff_id, row.content) for row in rows]
