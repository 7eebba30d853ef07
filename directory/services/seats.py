"""Who sits where today, and in which order units are named: for rooms and lists on the floors above."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from common import clock, events
from directory.events import DirectoryChanged
from directory.store import people
from directory.store import seats as store

DEEPEST = 32
_KEEP_S = 60.0
_held: tuple[float, dict[UUID, "Place"]] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A unit's place in the whole tree, depth first in protocol order; `depth` 0 is a root."""

    place: int
    depth: int
    name: str
    parent: UUID | None


def unit_places(needed: Iterable[UUID | None] = ()) -> dict[UUID, Place]:
    """Every unit by id, at most a minute old; read again when one of `needed` is not among them."""
    global _held  # noqa: PLW0603 - one cache per process is the point
    held = _held
    if held and time.monotonic() - held[0] < _KEEP_S and {*needed} - {None} <= held[1].keys():
        return held[1]
    fresh = _lay_out(store.units_in_order())
    _held = (time.monotonic(), fresh)
    return fresh


def _lay_out(rows: list[tuple[UUID, str, UUID | None]]) -> dict[UUID, Place]:
    known = {unit for unit, _, _ in rows}
    below: dict[UUID | None, list[tuple[UUID, str]]] = {}
    for unit, name, parent in rows:
        below.setdefault(parent if parent in known else None, []).append((unit, name))
    places: dict[UUID, Place] = {}
    stack: list[tuple[UUID, str, UUID | None, int]] = [
        (unit, name, None, 0) for unit, name in reversed(below.get(None, []))
    ]
    while stack:
        unit, name, parent, depth = stack.pop()
        if unit in places:
            continue  # a loop in the data
        places[unit] = Place(len(places), depth, name, parent)
        stack += [(child, title, unit, depth + 1) for child, title in reversed(below.get(unit, []))]
    return places


def drop() -> None:
    global _held  # noqa: PLW0603
    _held = None


def watch() -> None:
    """Called once at start."""
    events.subscribe(DirectoryChanged, _on_change)


def _on_change(_: DirectoryChanged) -> None:
    drop()
    events.on_commit_robust(drop)


def seated(units: Iterable[UUID], *, subtree: bool = False, roles: Sequence[str] = ()) -> list[int]:
    """Staff keys of active people who hold a post of one of `roles` (none: any) in these units today.

    Args:
        subtree: also in the units below, along the block; a unit without a block parent hangs on its line.
    """
    wanted = list(units)
    if not wanted:
        return []
    return store.seated(wanted, clock.today(), subtree=subtree, roles=roles, deepest=DEEPEST)


def former_holders(posts: Iterable[UUID]) -> dict[UUID, set[int]]:
    """Who held each of these posts and holds it no more."""
    found: dict[UUID, set[int]] = {}
    for post, staff in store.former_holders(list(posts), clock.today()):
        found.setdefault(post, set()).add(staff)
    return found


def units_of(staff_ids: Iterable[int]) -> dict[int, set[UUID]]:
    """The units in which each of these people holds a post today."""
    found: dict[int, set[UUID]] = {}
    for staff, unit in store.units_of(list(staff_ids), clock.today()):
        found.setdefault(staff, set()).add(unit)
    return found


def primary_post(staff_id: int) -> UUID | None:
    """The post that a person acts as when nothing else is chosen."""
    held = people.primary_of([staff_id], clock.today())
    return held[staff_id].post_id if staff_id in held else None


def units_of_posts(posts: Iterable[UUID]) -> dict[UUID, UUID]:
    return store.units_of_posts(list(posts))
