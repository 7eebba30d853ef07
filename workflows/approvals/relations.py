"""By role and by relation: head of the unit, the one above, the leader in charge, the same region."""

from collections.abc import Callable
from dataclasses import replace

from common import clock
from directory.services import lookup
from directory.store.models import RelationKind, Unit
from workflows.approvals.seats import About, Found, holders, of_each
from workflows.rules.bpmn import Assignee
from workflows.store import approval_people as people

_ROLES = {"lead": "leader"}


def by_role(rule: Assignee, about: About) -> Found:
    role = _ROLES.get(rule.role, rule.role)
    word = people.role_word(role)

    def find(unit: Unit, words: str) -> Found:
        seats = people.in_role([unit.pk], [role], clock.today())
        return Found(seats, f"{words}{word}", f"{unit.name}没有{word}在任")

    return of_each(rule, about, find)


def by_relation(rule: Assignee, about: About) -> Found:
    field_of_work = str(about.data.get(rule.field) or "") if rule.field else ""
    if rule.relation == "same_region":
        return _same_region(rule, about)
    kinds: dict[str, Callable[[Unit, str], Found]] = {
        "unit_head": lambda unit, words: _head(unit, f"{words}主要负责人"),
        "superior_head": _superior,
        "leader_in_charge": lambda unit, words: _in_charge(unit, words, field_of_work),
        "same_field": lambda unit, words: _in_charge(unit, words, field_of_work, strict=True),
    }
    if rule.relation in kinds:
        return of_each(rule, about, kinds[rule.relation])
    if rule.relation in {"handler", "liaison", "office"}:
        return by_role(replace(rule, role=rule.relation), about)
    return Found([], "", f"不认识的关系“{rule.relation}”")


def _head(unit: Unit, why: str) -> Found:
    found = holders(lookup.relation_posts(unit, RelationKind.PRINCIPAL_LEADER), why)
    if not found.seats:
        leaders = people.in_role([unit.pk], ["leader"], clock.today())
        if leaders:
            return Found(leaders[:1], why)
    return Found(found.seats, why, found.missing or f"{why}空缺")


def _superior(unit: Unit, words: str) -> Found:
    above = unit.block_parent or unit.line_parent
    if above is None:
        return Found([], f"{words}上级", f"{unit.name}没有上级单位")
    found = _head(above, f"{words}上级单位（{above.name}）主要负责人")
    if found.seats:
        return found
    return _in_charge(unit, words, "")


def _in_charge(unit: Unit, words: str, field_of_work: str, *, strict: bool = False) -> Found:
    about = f"（{field_of_work}）" if field_of_work else ""
    why = f"{words}分管领导{about}"
    if strict and not field_of_work:
        return Found([], why, "表单没有填写领域，无法确定分管领导")
    posts = lookup.relation_posts(unit, RelationKind.LEADER_IN_CHARGE, field_of_work=field_of_work)
    seats = people.of_posts([post.pk for post in posts], clock.today())[:1]
    vacant = "、".join(f"“{post.title}”" for post in posts)
    return Found(
        seats, why, f"{unit.name}{vacant}岗位空缺" if posts else f"{unit.name}没有设置分管领导{about}"
    )


def _same_region(rule: Assignee, about: About) -> Found:
    """The unit that `unit` guides in the starter's region, by role (its head when none is named)."""
    line = people.find_unit(rule.unit) if rule.unit else None
    home = people.units_by_id([about.starter_unit]).get(about.starter_unit) if about.starter_unit else None
    if line is None or home is None:
        return Found([], "同一区划对口单位", "没有指定条线单位，或申请人没有单位")
    found = people.guided_in_region(line.pk, home.region_id, clock.today())
    if line.region_id == home.region_id:
        found = [line, *found]
    if not found:
        return Found([], "同一区划对口单位", f"申请人所在区划没有{line.name}的对口单位")
    return by_role(replace(rule, unit=found[0].code, role=rule.role or "head"), about)
