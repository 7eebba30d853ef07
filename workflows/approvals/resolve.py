"""From "the leader in charge" to a person, with the sentence that says why it is this one."""

from dataclasses import replace

from common import clock, ids
from directory.services import lookup
from directory.store.models import RelationKind, Unit
from workflows.approvals.relations import by_relation, by_role
from workflows.approvals.seats import About, Found, Resolution, Who, holders, unit_in
from workflows.rules.bpmn import Assignee, UserNode
from workflows.store import approval_people as people
from workflows.store.approval_people import Seat


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


def _above(about: About) -> Found:
    return by_relation(Assignee(kind="relation", relation="superior_head"), about)


def _find(rule: Assignee, about: About) -> Found:
    """The same rule twice is asked once, where nothing of the form is in it."""
    if rule.field or rule.of.startswith("field:"):
        return _ask(rule, about)
    key = replace(rule, line=0), about.previous_unit if rule.of == "previous" else None
    if key not in about.known:
        about.known[key] = _ask(rule, about)
    return about.known[key]


def _ask(rule: Assignee, about: About) -> Found:  # noqa: PLR0911 - one line per kind
    match rule.kind:
        case "starter":
            return Found(people.of_people([about.starter_id], clock.today()), "拟稿人本人", "拟稿人已不在任")
        case "person":
            return _person(rule.person)
        case "post":
            return _post(rule.post)
        case "role":
            return by_role(rule, about)
        case "relation":
            return by_relation(rule, about)
        case "field":
            return _field(rule.field, about)
        case "decision":
            return _decision(rule.field, about)
        case _:
            return Found([], "", f"不认识的办理人类别“{rule.kind}”")


def _ask_persons(node: UserNode, about: About) -> None:
    """All who are named by number with one query."""
    named = {_number(rule.person): rule for rule in node.assignees if rule.kind == "person"}
    if len(named) > 1:
        seats = {seat.number: [seat] for seat in people.of_numbers(list(named), clock.today())}
        for number, rule in named.items():
            about.known[replace(rule, line=0), None] = _named(rule.person, seats.get(number, []))


def _number(person: str) -> str:
    return ids.staff_number_of(person) or person.lower()


def _person(number: str) -> Found:
    return _named(number, people.of_numbers([_number(number)], clock.today()))


def _named(number: str, found: list[Seat]) -> Found:
    name = found[0].name if found else number
    return Found(found, f"流程指定{name}", f"流程指定的人员{number}已不在任")


def _post(code: str) -> Found:
    post = people.find_post(code)
    if post is None:
        return Found([], "", f"岗位“{code}”不存在")
    return holders([post], f"{post.unit.name}“{post.title}”")


def _field(name: str, about: About) -> Found:
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
        elif (unit := unit_in(text)) is not None:
            seats += [one.seat for one in _contacts(unit)]
    title = about.title_of(name)
    return Found(seats, f"表单“{title}”所填人员", f"表单“{title}”没有填写，或所填人员已不在任")


def _contacts(unit: Unit) -> list[Who]:
    kinds = (RelationKind.LIAISON, RelationKind.PRINCIPAL_LEADER)
    held = lookup.reachable(unit, kinds)
    return [Who(seat, "") for seat in people.of_people([one.staff_id for one in held], clock.today())]


def _decision(name: str, about: About) -> Found:
    """What a decision table answered: role:head, relation:unit_head, post:CODE, unit:CODE/head or person:number."""
    value = about.data.get(name)
    parts = [part.strip() for one in (value if isinstance(value, list) else [value]) for part in _split(one)]
    seats: list[Seat] = []
    missing: list[str] = []
    for part in parts:
        kind, _, rest = part.partition(":")
        match kind:
            case "role":
                found = by_role(Assignee(kind="role", role=rest), about)
            case "relation":
                found = by_relation(Assignee(kind="relation", relation=rest), about)
            case "post":
                found = _post(rest)
            case "person":
                found = _person(rest)
            case "unit":
                code, _, role = rest.partition("/")
                found = by_role(Assignee(kind="role", unit=code, role=role or "head"), about)
            case _:
                found = Found([], "", f"决策表给出的“{part}”无法识别")
        seats += found.seats
        if not found.seats:
            missing.append(found.missing)
    if not parts:
        missing.append(f"决策表没有给出“{name}”")
    return Found(seats, "决策表确定", "；".join(missing), "；".join(missing) if seats else "")


def _split(value: object) -> list[str]:
    return (
        [part for part in value.replace("；", ",").replace("，", ",").split(",") if part.strip()]
        if isinstance(value, str)
        else []
    )
