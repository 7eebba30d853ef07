"""From "the leader in charge" to a person, with the sentence that says why it is this one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from common import clock, ids
from directory.services import lookup
from directory.store.models import Post, RelationKind, Unit
from workflows.rules.bpmn import Assignee, UserNode
from workflows.store import approval_people as people
from workflows.store.approval_people import Seat
from workflows.store.models import Case, Process

_ROLES = {"lead": "leader"}
_OF_WORDS = {"starter": "拟稿人", "previous": "上一环节办理人"}


@dataclass(frozen=True)
class About:
    """What a route is worked out for: who began, who was before, what is filled in. `known`: rules asked already."""

    starter_id: int
    starter_unit: UUID | None
    starter_post: UUID | None
    starter_name: str
    data: Mapping[str, Any] = field(default_factory=dict)
    previous_id: int | None = None
    previous_unit: UUID | None = None
    process: Process | None = None
    known: dict[tuple[Assignee, UUID | None], "_Found"] = field(default_factory=dict)

    @classmethod
    def case(
        cls, case: Case, *, previous_id: int | None = None, previous_unit: UUID | None = None,
        known: "dict[tuple[Assignee, UUID | None], _Found] | None" = None,
    ) -> "About":  # fmt: skip
        return cls(
            case.starter_id, case.starter_unit_id, case.starter_post_id, case.starter_name, case.data,
            previous_id, previous_unit, case.process, {} if known is None else known,
        )  # fmt: skip


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
class _Found:
    """`missing`: what to say when nobody was found; `partly`: who is missing beside those who were."""

    seats: list[Seat]
    why: str
    missing: str = ""
    partly: str = ""


def resolve(node: UserNode, about: About) -> Resolution:
    """Everybody whom the node names, each once. Nobody approves their own request: their superior does."""
    people_found: dict[int, Who] = {}
    missing: list[str] = []
    _ask_persons(node, about)
    for rule in node.assignees:
        found = _find(rule, about)
        seats = found.seats
        why = found.why
        if node.kind == "approve" and any(seat.staff_id == about.starter_id for seat in seats):
            seats = [seat for seat in seats if seat.staff_id != about.starter_id]
            if not seats:
                above = _above(about)
                seats, why = above.seats, f"申请人本人是{found.why}，转由{above.why}办理"
                if not seats:
                    missing.append(f"{found.why}是申请人本人，不能审批自己的申请；{above.missing}")
        elif not seats:
            missing.append(found.missing or f"{found.why}无人在任")
        if found.partly:
            missing.append(found.partly)
        for seat in seats:
            people_found.setdefault(seat.staff_id, Who(seat, why))
    if not node.assignees:
        missing.append("该环节没有设置办理人")
    return Resolution(tuple(people_found.values()), "；".join(missing))


def _above(about: About) -> _Found:
    return _relation(Assignee(kind="relation", relation="superior_head"), about)


def _find(rule: Assignee, about: About) -> _Found:
    """The same rule twice is asked once, where nothing of the form is in it."""
    if rule.field or rule.of.startswith("field:"):
        return _ask(rule, about)
    key = replace(rule, line=0), about.previous_unit if rule.of == "previous" else None
    if key not in about.known:
        about.known[key] = _ask(rule, about)
    return about.known[key]


def _ask(rule: Assignee, about: About) -> _Found:  # noqa: PLR0911 - one line per kind
    match rule.kind:
        case "starter":
            return _Found(people.of_people([about.starter_id], clock.today()), "拟稿人本人", "拟稿人已不在任")
        case "person":
            return _person(rule.person)
        case "post":
            return _post(rule.post)
        case "role":
            return _role(rule, about)
        case "relation":
            return _relation(rule, about)
        case "field":
            return _field(rule.field, about)
        case "decision":
            return _decision(rule.field, about)
        case _:
            return _Found([], "", f"不认识的办理人类别“{rule.kind}”")


def _ask_persons(node: UserNode, about: About) -> None:
    """All who are named by number with one query."""
    named = {_number(rule.person): rule for rule in node.assignees if rule.kind == "person"}
    if len(named) > 1:
        seats = {seat.number: [seat] for seat in people.of_numbers(list(named), clock.today())}
        for number, rule in named.items():
            about.known[replace(rule, line=0), None] = _named(rule.person, seats.get(number, []))


def _number(person: str) -> str:
    return ids.staff_number_of(person) or person.lower()


def _person(number: str) -> _Found:
    return _named(number, people.of_numbers([_number(number)], clock.today()))


def _named(number: str, found: list[Seat]) -> _Found:
    name = found[0].name if found else number
    return _Found(found, f"流程指定{name}", f"流程指定的人员{number}已不在任")


def _post(code: str) -> _Found:
    post = people.find_post(code)
    if post is None:
        return _Found([], "", f"岗位“{code}”不存在")
    return _holders([post], f"{post.unit.name}“{post.title}”")


def _holders(posts: list[Post], why: str) -> _Found:
    seats = people.of_posts([post.pk for post in posts], clock.today())
    vacant = "、".join(f"{post.unit.name}“{post.title}”" for post in posts)
    return _Found(seats, why, f"{vacant}岗位空缺" if posts else f"{why}没有设置")


def _units_of(rule: Assignee, about: About) -> tuple[list[Unit], str]:
    """The units that are meant, and how they are called in the reason. A field may name several."""
    if rule.unit:
        unit = _unit_in(rule.unit)  # a code, or the id that the modeller's picker writes
        return ([unit], unit.name) if unit else ([], f"单位{rule.unit}")
    if rule.of.startswith("field:"):
        name = rule.of.removeprefix("field:")
        value = about.data.get(name)
        items = value if isinstance(value, list) else [value]
        units = [unit for item in items if (unit := _unit_in(item)) is not None]
        return units, f"表单“{name}”所填单位"
    wanted = about.previous_unit if rule.of == "previous" else about.starter_unit
    unit = people.units_by_id([wanted]).get(wanted) if wanted else None
    word = _OF_WORDS.get(rule.of, rule.of)
    return ([unit], f"{word}所在单位（{unit.name}）") if unit else ([], f"{word}所在单位")


def _of_each(rule: Assignee, about: About, find: Callable[[Unit, str], _Found]) -> _Found:
    """Of every unit that is meant; one that has nobody is told of though others have."""
    units, words = _units_of(rule, about)
    if not units:
        return _Found([], words, f"{words}不存在或没有填写")
    if len(units) == 1:
        return find(units[0], words)
    found = [find(unit, unit.name) for unit in units]
    missing = "；".join(one.missing for one in found if not one.seats)
    return _Found(
        [seat for one in found for seat in one.seats], found[0].why.replace(units[0].name, words), missing
    )


def _unit_in(value: object) -> Unit | None:
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


def _role(rule: Assignee, about: About) -> _Found:
    role = _ROLES.get(rule.role, rule.role)
    word = people.role_word(role)

    def find(unit: Unit, words: str) -> _Found:
        seats = people.in_role([unit.pk], [role], clock.today())
        return _Found(seats, f"{words}{word}", f"{unit.name}没有{word}在任")

    return _of_each(rule, about, find)


def _relation(rule: Assignee, about: About) -> _Found:
    field_of_work = str(about.data.get(rule.field) or "") if rule.field else ""
    if rule.relation == "same_region":
        return _same_region(rule, about)
    kinds: dict[str, Callable[[Unit, str], _Found]] = {
        "unit_head": lambda unit, words: _head(unit, f"{words}主要负责人"),
        "superior_head": _superior,
        "leader_in_charge": lambda unit, words: _in_charge(unit, words, field_of_work),
        "same_field": lambda unit, words: _in_charge(unit, words, field_of_work, strict=True),
    }
    if rule.relation in kinds:
        return _of_each(rule, about, kinds[rule.relation])
    if rule.relation in {"handler", "liaison", "office"}:
        return _role(replace(rule, role=rule.relation), about)
    return _Found([], "", f"不认识的关系“{rule.relation}”")


def _head(unit: Unit, why: str) -> _Found:
    found = _holders(lookup.relation_posts(unit, RelationKind.PRINCIPAL_LEADER), why)
    if not found.seats:
        leaders = people.in_role([unit.pk], ["leader"], clock.today())
        if leaders:
            return _Found(leaders[:1], why)
    return _Found(found.seats, why, found.missing or f"{why}空缺")


def _superior(unit: Unit, words: str) -> _Found:
    above = unit.block_parent or unit.line_parent
    if above is None:
        return _Found([], f"{words}上级", f"{unit.name}没有上级单位")
    found = _head(above, f"{words}上级单位（{above.name}）主要负责人")
    if found.seats:
        return found
    return _in_charge(unit, words, "")


def _in_charge(unit: Unit, words: str, field_of_work: str, *, strict: bool = False) -> _Found:
    about = f"（{field_of_work}）" if field_of_work else ""
    why = f"{words}分管领导{about}"
    if strict and not field_of_work:
        return _Found([], why, "表单没有填写领域，无法确定分管领导")
    posts = lookup.relation_posts(unit, RelationKind.LEADER_IN_CHARGE, field_of_work=field_of_work)
    seats = people.of_posts([post.pk for post in posts], clock.today())[:1]
    vacant = "、".join(f"“{post.title}”" for post in posts)
    return _Found(
        seats, why, f"{unit.name}{vacant}岗位空缺" if posts else f"{unit.name}没有设置分管领导{about}"
    )


def _same_region(rule: Assignee, about: About) -> _Found:
    """The unit that `unit` guides in the starter's region, by role (its head when none is named)."""
    line = people.find_unit(rule.unit) if rule.unit else None
    home = people.units_by_id([about.starter_unit]).get(about.starter_unit) if about.starter_unit else None
    if line is None or home is None:
        return _Found([], "同一区划对口单位", "没有指定条线单位，或申请人没有单位")
    found = people.guided_in_region(line.pk, home.region_id, clock.today())
    if line.region_id == home.region_id:
        found = [line, *found]
    if not found:
        return _Found([], "同一区划对口单位", f"申请人所在区划没有{line.name}的对口单位")
    return _role(replace(rule, unit=found[0].code, role=rule.role or "head"), about)


def _field(name: str, about: About) -> _Found:
    """Persons named in the form; for a unit named there, its liaison."""
    value = about.data.get(name)
    items = value if isinstance(value, list) else [value] if value else []
    seats: list[Seat] = []
    for item in items:
        text = (
            item.get("user_id") or item.get("unit_id") or item.get("id") if isinstance(item, dict) else item
        )
        number = ids.staff_number_of(text) if isinstance(text, str) else None
        if number:
            seats += people.of_numbers([number], clock.today())
        elif (unit := _unit_in(text)) is not None:
            seats += [one.seat for one in _contacts(unit)]
    return _Found(seats, f"表单“{name}”所填人员", f"表单“{name}”没有填写，或所填人员已不在任")


def _contacts(unit: Unit) -> list[Who]:
    kinds = (RelationKind.LIAISON, RelationKind.PRINCIPAL_LEADER)
    held = lookup.reachable(unit, kinds)
    return [Who(seat, "") for seat in people.of_people([one.staff_id for one in held], clock.today())]


def _decision(name: str, about: About) -> _Found:
    """What a decision table answered: role:head, relation:unit_head, post:CODE, unit:CODE/head or person:number."""
    value = about.data.get(name)
    parts = [part.strip() for one in (value if isinstance(value, list) else [value]) for part in _split(one)]
    seats: list[Seat] = []
    missing: list[str] = []
    for part in parts:
        kind, _, rest = part.partition(":")
        match kind:
            case "role":
                found = _role(Assignee(kind="role", role=rest), about)
            case "relation":
                found = _relation(Assignee(kind="relation", relation=rest), about)
            case "post":
                found = _post(rest)
            case "person":
                found = _person(rest)
            case "unit":
                code, _, role = rest.partition("/")
                found = _role(Assignee(kind="role", unit=code, role=role or "head"), about)
            case _:
                found = _Found([], "", f"决策表给出的“{part}”无法识别")
        seats += found.seats
        if not found.seats:
            missing.append(found.missing)
    if not parts:
        missing.append(f"决策表没有给出“{name}”")
    return _Found(seats, "决策表确定", "；".join(missing), "；".join(missing) if seats else "")


def _split(value: object) -> list[str]:
    return (
        [part for part in value.replace("；", ",").replace("，", ",").split(",") if part.strip()]
        if isinstance(value, str)
        else []
    )


def fallback(about: About, reason: str) -> Who | None:
    """Who takes what the rule could not place: the owner's office, the starter's, then upward, at last the starter."""
    for unit in _homes(about):
        for role, word in (("office", "办公室"), ("head", "主要负责人"), ("leader", "领导")):
            seats = people.in_role([unit.pk], [role], clock.today())
            if seats:
                return Who(seats[0], f"{reason}；按规则转{unit.name}{word}指定办理人"[:300], is_fallback=True)
    seats = people.of_people([about.starter_id], clock.today())
    if seats:
        return Who(seats[0], f"{reason}；没有可用的办公室，退由拟稿人指定办理人"[:300], is_fallback=True)
    return None


def _homes(about: About) -> list[Unit]:
    wanted = [about.process.owner_unit_id if about.process else None, about.starter_unit]
    known = people.units_by_id([key for key in wanted if key])
    homes = [known[key] for key in wanted if key in known]
    above, seen = list(homes), {home.pk for home in homes}
    for home in homes:
        parent = home.block_parent
        while parent is not None and parent.pk not in seen:
            seen.add(parent.pk)
            above.append(parent)
            parent = parent.block_parent
    return above
