"""Who is in a room: by unit in protocol order, paged and searchable, whatever the number."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chatops.services import marks, statuses
from chatops.services.levels import OWNER, role_of
from chatops.services.rooms import RoomView, access_room
from chatops.store import members as store
from common import clock, ids
from common.cursors import offset_of
from directory.actors import Actor
from directory.services.seats import Place, unit_places

PAGE = 50
MOST = 1000
NO_UNIT = "none"


def tree(
    *, actor: Actor, room_id: str, unit: str = "", q: str = "", cursor: str = "", limit: int = PAGE
) -> dict[str, Any]:
    """Units with the number of their members; with `unit` or `q`, a page of the people too.

    Args:
        unit: a unit's id, or "none" for people without a post today.
        q: part of a name, title or unit, or the beginning of pinyin or initials.
    Returns:
        {total, units: [{unit_id, name, depth, count}], items: [people], next}
    """
    view = access_room(actor, room_id)
    found = store.counts(view.room.pk, clock.today())
    places = unit_places(key for key, _, _ in found)
    rows = in_order([(key, count) for key, count, _ in found], places)
    units = [
        {"unit_id": _text(key), "name": _name(key, places), "depth": depth, "count": count}
        for key, depth, count in rows
    ]
    answer: dict[str, Any] = {
        "total": sum(row[1] for row in found),
        "units": units,
        "items": [],
        "next": None,
    }
    if unit or q:
        answer |= _page(view, unit, q.strip(), cursor, limit, places, [key for key, _, _ in rows if key])
    return answer


def page(*, actor: Actor, room_id: str, cursor: str = "", limit: int = MOST) -> dict[str, Any]:
    """All members, page by page."""
    view = access_room(actor, room_id)
    places = unit_places()
    return _page(view, "", "", cursor, limit, places, sorted(places, key=lambda key: places[key].place))


def _page(
    view: RoomView, unit: str, q: str, cursor: str, limit: int, places: dict[UUID, Place], units: list[UUID]
) -> dict[str, Any]:
    limit, offset = max(1, min(limit, MOST)), offset_of(cursor)
    named = [key for key in units if q and q in _name(key, places)]
    rows = store.people(
        view.room.pk, clock.today(), units=units, unit=unit, q=q, named=named, limit=limit + 1, offset=offset
    )
    shown = rows[:limit]
    places = unit_places(row.unit_id for row in shown)
    staff_ids = [row.staff_id for row in shown]
    states, marked = statuses.of_people(staff_ids), marks.of_people(view.room.room_id, staff_ids)
    items = [
        {
            "user_id": ids.user_id(row.staff_number),
            "name": row.name,
            "kind": row.kind,
            "post_id": row.post_id,
            "post_title": row.post_title,
            "unit_id": row.unit_id,
            "unit_name": _name(row.unit_id, places) if row.unit_id else "",
            "pinyin": row.pinyin,
            "initials": row.initials,
            "is_owner": row.level >= OWNER,
            "role": role_of(row.level),
            "status": states.get(row.staff_id),
            "mark": marked.get(row.staff_id),
        }
        for row in shown
    ]
    return {"items": items, "next": str(offset + limit) if len(rows) > limit else None}


def in_order(
    rows: Iterable[tuple[UUID | None, Any]], places: dict[UUID, Place]
) -> list[tuple[UUID | None, int, Any]]:
    """(unit, depth among the units shown, value) in protocol order; people without a unit come last."""
    found = dict(rows)
    known = sorted((key for key in found if key in places), key=lambda key: places[key].place if key else 0)
    rest = [key for key in found if key is not None and key not in places]
    ordered: list[tuple[UUID | None, int, Any]] = [
        (key, _depth(key, found, places), found[key]) for key in [*known, *rest]
    ]
    return [*ordered, (None, 0, found[None])] if None in found else ordered


def _depth(key: UUID | None, shown: dict[UUID | None, Any], places: dict[UUID, Place]) -> int:
    depth, place = 0, places.get(key) if key else None
    while place is not None and place.parent is not None:
        depth += place.parent in shown
        place = places.get(place.parent)
    return depth


def _text(key: UUID | None) -> str:
    return str(key) if key else NO_UNIT


def _name(key: UUID | None, places: dict[UUID, Place]) -> str:
    place = places.get(key) if key else None
    return place.name if place else ""
