"""Finding units and people; who answers for a unit."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common import clock, events
from directory.actors import Actor
from directory.events import DirectoryChanged
from directory.services import unit_names
from directory.services.pinyin import normalised
from directory.services.rights import Scope, may, require
from directory.services.tree import cached_tree
from directory.services.unit_names import Index, Known
from directory.store import lookup as store
from directory.store import people as people_store
from directory.store.models import Appointment, Post, RelationKind, Unit, UnitRelation

_KEEP_S = 60.0
_index: tuple[float, Index] | None = None


@dataclass(frozen=True)
class Candidate:
    unit: Unit
    confidence: float


@dataclass(frozen=True)
class UnitMatch:
    """`unit` is None where choosing would be a guess; `candidates` are then for a person to choose from.

    `confidence` (0 to 1) is that of the best candidate.
    """

    unit: Unit | None
    confidence: float
    candidates: list[Candidate]


def find_unit_tolerant(name: str, *, near: Unit | None = None) -> UnitMatch:
    """The existing unit that a typed name means: full, short and former names, 咸宁市/市 and the like in
    front, 局 for 管理局 and such endings, abbreviations, a wrong character in a long name.

    Args:
        near: where several units fit alike, the one of this unit's region and level is meant.
    """
    found = _current_index().match(name)
    units = store.units_by_pk(unit_id for _, unit_id in found[:8])
    candidates = [Candidate(units[key], round(score, 3)) for score, key in found[:8] if key in units]
    chosen = unit_names.choose(found)
    if chosen is None and near is not None:
        chosen = unit_names.choose(
            [(each.confidence, each.unit.pk) for each in candidates if _is_near(each.unit, near)]
        )
    confidence = candidates[0].confidence if candidates else 0.0
    return UnitMatch(units.get(chosen) if chosen else None, confidence, candidates[:5])


def _is_near(unit: Unit, near: Unit) -> bool:
    return (unit.region_id, unit.level) == (near.region_id, near.level)


def _current_index() -> Index:
    global _index  # noqa: PLW0603 - one cache per process is the point
    held = _index
    if held and time.monotonic() - held[0] < _KEEP_S:
        return held[1]
    fresh = _read_index()
    _index = (time.monotonic(), fresh)
    return fresh


def _read_index() -> Index:
    rows = store.all_regions()
    parents = {code: parent for code, _, parent in rows}
    index = Index(
        unit_names.region_names((code, name) for code, name, _ in rows),
        {code: frozenset(_above(code, parents)) for code in parents},
    )
    units, former = store.unit_names(clock.today())
    names: dict[UUID, list[str]] = {unit.pk: [unit.name, unit.short_name] for unit in units}
    for row in former:
        names[row.unit_id].append(row.name)
    for unit in units:
        parts = (part for name in names[unit.pk] if name for part in index.take_apart(name))
        index.units.append(Known(unit.pk, unit.region_id, unit.level, tuple(dict.fromkeys(parts))))
    return index


def _above(code: str, parents: dict[str, str | None]) -> Iterable[str]:
    at = parents.get(code)
    for _ in range(8):  # five levels; a loop in the data ends here
        if at is None:
            return
        yield at
        at = parents.get(at)


def drop() -> None:
    global _index  # noqa: PLW0603
    _index = None


def watch() -> None:
    """Called once at start."""
    events.subscribe(DirectoryChanged, _on_change)


def _on_change(_: DirectoryChanged) -> None:
    drop()
    events.on_commit_robust(drop)


@dataclass(frozen=True)
class UnitRow:
    """A unit in a list. `locked`: only its name may be seen; `people_count` is then 0."""

    unit: Unit
    people_count: int
    has_children: bool
    locked: bool


def unit_tree(
    actor: Actor,
    *,
    parent: UUID | None = None,
    level: str = "",
    region: str = "",
    query: str = "",
    offset: int = 0,
    limit: int = 100,
) -> tuple[list[UnitRow], int | None]:
    """One column of the tree, in protocol order, and the offset of the next page (None at the end).

    Without parent, level, region and query: the roots. A unit without a block parent hangs on its line.
    """
    require(actor, "directory.view")
    rows = store.units_on(clock.today())
    if parent:
        rows = store.children_of(rows, parent)
    elif not (level or region or query):
        rows = store.roots(rows)
    if level:
        rows = rows.filter(level=level)
    if region:
        rows = rows.filter(region_id=region)
    if query:
        rows = store.named_like(rows, query.strip())
    page = list(rows[offset : offset + limit + 1])
    following = offset + limit if len(page) > limit else None
    return [row_of(actor, unit) for unit in page[:limit]], following


def row_of(actor: Actor, unit: Unit) -> UnitRow:
    """`unit` comes from store.units_on, which counts."""
    locked = not may(actor, "directory.view_people", Scope(unit_id=unit.pk))
    people = 0 if locked else getattr(unit, "people_count", None) or 0
    return UnitRow(unit, people, bool(getattr(unit, "has_children", False)), locked)


def unit_name_on(unit: Unit, day: date) -> str:
    """The full name that the unit had on that day."""
    return store.name_on(unit, day)


def visible_units(actor: Actor) -> list[UUID] | None:
    """Units whose people the actor may see; None is all of them."""
    if may(actor, "directory.view_people", Scope()):
        return None
    return [unit for unit in cached_tree().block if may(actor, "directory.view_people", Scope(unit_id=unit))]


def people(
    actor: Actor, query: str, *, offset: int = 0, limit: int = 50
) -> tuple[list[Appointment], int | None]:
    """People by name, pinyin, initials, title, unit, staff number or the last four digits of the phone.

    Returns:
        Their primary appointments in protocol order, only from units that the actor may look into, and the
        offset of the next page.
    """
    text = query.strip()
    if not text:
        return [], None
    rows = store.search_people(clock.today(), text, normalised(text), visible_units(actor))
    page = list(rows[offset : offset + limit + 1])
    return page[:limit], offset + limit if len(page) > limit else None


def relation_posts(unit: Unit, kind: str, *, field_of_work: str = "") -> list[Post]:
    """The posts that answer for a unit in this capacity, the best first; routing and escalation ask here.

    A leader in charge of the asked field comes before one without a field; other fields are left out.
    Where no
    relation was entered, the posts of the matching role are taken: head, deputy heads, liaison, digital
        officer.
    """
    rows = list(store.relations_of([unit.pk], kind))
    if not rows:
        return store.posts_of_role(unit.pk, _ROLE_FOR.get(kind, ()))
    if field_of_work:
        fitting = [row for row in rows if covers(row, field_of_work)]
        rows = fitting or [row for row in rows if not row.field_of_work]
    return [row.post for row in rows]


_ROLE_FOR: dict[str, tuple[str, ...]] = {
    RelationKind.PRINCIPAL_LEADER: ("head",),
    RelationKind.LEADER_IN_CHARGE: ("deputy_head",),
    RelationKind.LIAISON: ("liaison",),
    RelationKind.DIGITAL_OFFICER: ("digital_officer",),
}


def covers(relation: UnitRelation, field_of_work: str) -> bool:
    """Fields are lists such as 信息化、业务工作."""
    fields = [part.strip() for part in relation.field_of_work.replace("，", "、").split("、") if part.strip()]
    return any(part in field_of_work or field_of_work in part for part in fields)


def holders(post: Post | UUID, day: date | None = None) -> list[Appointment]:
    """Who holds a post on that day (today), the primary holder first; `.staff` is loaded."""
    post_id = post.pk if isinstance(post, Post) else post
    return list(people_store.holders([post_id], day or clock.today()))


def reachable(unit: Unit, kinds: Iterable[str]) -> list[Appointment]:
    """The holders of the first of these relations that anybody holds today, such as liaison, then head."""
    for kind in kinds:
        posts = relation_posts(unit, kind)
        held = list(people_store.holders([post.pk for post in posts], clock.today()))
        if held:
            return held
    return []
