"""What a rule of a drawing is asked about, whom it may find, and the units that it means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from common import clock, ids
from directory.store.models import Post, Unit
from workflows.approvals.definitions import definition_of
from workflows.rules.bpmn import Assignee
from workflows.rules.forms import title_of_field
from workflows.store import approval_people as people
from workflows.store.approval_people import Seat
from workflows.store.models import Case, Process

_OF_WORDS = {"starter": "拟稿人", "previous": "上一环节办理人"}


@dataclass(frozen=True)
class About:
    """What a route is worked out for: who began, who was before, what is filled in.

    Attributes:
        form: whose fields are named in reasons by their titles.
        known: rules asked already.
    """

    starter_id: int
    starter_unit: UUID | None
    starter_post: UUID | None
    starter_name: str
    data: Mapping[str, Any] = field(default_factory=dict)
    previous_id: int | None = None
    previous_unit: UUID | None = None
    process: Process | None = None
    form: Mapping[str, Any] = field(default_factory=dict)
    known: dict[tuple[Assignee, UUID | None], "Found"] = field(default_factory=dict)

    @classmethod
    def case(
        cls, case: Case, *, previous_id: int | None = None, previous_unit: UUID | None = None,
        known: "dict[tuple[Assignee, UUID | None], Found] | None" = None,
    ) -> "About":  # fmt: skip
        return cls(
            case.starter_id, case.starter_unit_id, case.starter_post_id, case.starter_name, case.data,
            previous_id, previous_unit, case.process, definition_of(case.version_id).form,
            {} if known is None else known,
        )  # fmt: skip

    def title_of(self, name: str) -> str:
        return title_of_field(self.form, name)


@dataclass(frozen=True)
class Who:
    seat: Seat
    why: str
    is_fallback: bool = False

    @property
    def user_id(self) -> str:
        return ids.user_id(self.seat.number)


@dataclass(frozen=True)
class Resolution:
    """`unresolved`: why nobody was found, or why one of several was not; "" when all were."""

    people: tuple[Who, ...]
    unresolved: str = ""


@dataclass(frozen=True)
class Found:
    """`missing`: what to say when nobody was found; `partly`: who is missing beside those who were."""

    seats: list[Seat]
    why: str
    missing: str = ""
    partly: str = ""


def holders(posts: list[Post], why: str) -> Found:
    seats = people.of_posts([post.pk for post in posts], clock.today())
    vacant = "、".join(f"{post.unit.name}“{post.title}”" for post in posts)
    return Found(seats, why, f"{vacant}岗位空缺" if posts else f"{why}没有设置")


def units_of(rule: Assignee, about: About) -> tuple[list[Unit], str]:
    """The units that are meant, and how they are called in the reason. A field may name several."""
    if rule.unit:
        unit = unit_in(rule.unit)  # a code, or the id that the modeller's picker writes
        return ([unit], unit.name) if unit else ([], f"单位{rule.unit}")
    if rule.of.startswith("field:"):
        name = rule.of.removeprefix("field:")
        value = about.data.get(name)
        items = value if isinstance(value, list) else [value]
        units = [unit for item in items if (unit := unit_in(item)) is not None]
        return units, f"表单“{about.title_of(name)}”所填单位"
    wanted = about.previous_unit if rule.of == "previous" else about.starter_unit
    unit = people.units_by_id([wanted]).get(wanted) if wanted else None
    word = _OF_WORDS.get(rule.of, rule.of)
    return ([unit], f"{word}所在单位（{unit.name}）") if unit else ([], f"{word}所在单位")


def of_each(rule: Assignee, about: About, find: Callable[[Unit, str], Found]) -> Found:
    """Of every unit that is meant; one that has nobody is told of though others have."""
    units, words = units_of(rule, about)
    if not units:
        return Found([], words, f"{words}不存在或没有填写")
    if len(units) == 1:
        return find(units[0], words)
    found = [find(unit, unit.name) for unit in units]
    missing = "；".join(one.missing for one in found if not one.seats)
    return Found(
        [seat for one in found for seat in one.seats], found[0].why.replace(units[0].name, words), missing
    )


def unit_in(value: object) -> Unit | None:
    """A unit's id or code, or the unit of a person, as forms hold them."""
    text = value
    if isinstance(value, dict):
        text = value.get("unit_id") or value.get("id") or value.get("user_id")
    if not isinstance(text, str):
        return None
    key = _as_uuid(text)
    if key is not None:
        return people.units_by_id([key]).get(key)
    if number := ids.staff_number_of(text):
        seats = people.of_numbers([number], clock.today())
        return people.units_by_id([seats[0].unit_id]).get(seats[0].unit_id) if seats else None
    return people.find_unit(text)


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
