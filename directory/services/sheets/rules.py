"""What rows of one file must keep between them, and what follows from an import."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from directory.services.accounts import mask_phone
from directory.services.appointments import announce_on
from directory.services.devices import revoke_all
from directory.services.sheets.kinds import Kind
from directory.services.sheets.reading import Problem, Row
from directory.store import people
from directory.store import sheets as store

Key = tuple[str, ...]
Values = dict[str, str]
Rows = Mapping[Key, Row]
Current = Mapping[Key, Values]
Found = Iterator[tuple[Row, Problem]]


def check(kind: Kind, actor: Actor, rows: Rows, current: Current) -> list[tuple[Row, Problem]]:
    """Problems between rows, given that each row alone is fine."""
    return list(_CHECKS[kind.name](actor, rows, current))


def _merged(rows: Rows, current: Current) -> dict[Key, Values]:
    """The directory as it would be afterwards."""
    return {**current, **{key: {**current.get(key, {}), **row.values} for key, row in rows.items()}}


def _loops(rows: Rows, current: Current, column: str, what: str) -> Found:
    parents = {key[0]: values.get(column, "") for key, values in _merged(rows, current).items()}
    for key, row in rows.items():
        at, seen = parents.get(key[0], ""), {key[0]}
        while at and at not in seen:
            seen.add(at)
            at = parents.get(at, "")
        if at == key[0]:
            yield row, Problem(column, _("{what}形成循环，请改正。").format(what=what))


def _regions(_actor: Actor, rows: Rows, current: Current) -> Found:
    yield from _loops(rows, current, "parent_code", _("上级代码"))


def _units(_actor: Actor, rows: Rows, current: Current) -> Found:
    yield from _loops(rows, current, "block_parent", _("上级单位"))
    yield from _loops(rows, current, "line_parent", _("指导单位"))
    yield from _dates(rows, current)


def _dates(rows: Rows, current: Current) -> Found:
    merged = _merged(rows, current)
    for key, row in rows.items():
        begun, ended = merged[key]["valid_from"], merged[key]["valid_to"]
        if ended and ended < begun:
            yield row, Problem("valid_to", _("终止日期早于起始日期，请改正。"))


def _divisions(_actor: Actor, rows: Rows, current: Current) -> Found:
    merged = _merged(rows, current)
    names = Counter((values["unit"], values["name"]) for values in merged.values())
    for key, row in rows.items():
        if names[merged[key]["unit"], merged[key]["name"]] > 1:
            yield row, Problem("name", _("该单位已有同名内设机构，请改名或删去此行。"))


def _posts(_actor: Actor, rows: Rows, current: Current) -> Found:
    home = {values["key"]: values["unit"] for values in store.divisions()}
    merged = _merged(rows, current)
    for key, row in rows.items():
        division, unit = merged[key]["division"], merged[key]["unit"]
        if division in home and home[division] != unit:
            yield row, Problem("division", _("内设机构“{code}”不属于该单位，请改正。").format(code=division))
        if key in current and current[key]["role"] != merged[key]["role"]:
            yield from _separation_of_post(key[0], merged[key]["role"], row)


def _separation_of_post(post: str, role: str, row: Row) -> Found:
    if role in people.ADMIN_ROLES and people.any_other_admin_role(post, role, clock.today()):
        yield row, Problem("role", _("任职者已担任另一类管理员，三员须由不同人员担任。"))


def _people(actor: Actor, rows: Rows, current: Current) -> Found:
    for key, row in rows.items():
        if key in current and row.values.get("kind", current[key]["kind"]) != current[key]["kind"]:
            yield row, Problem("kind", _("已有账户的类型不能更改，请另建账户。"))
        if key[0] == actor.staff_number and row.values.get("is_active") == "0":
            yield row, Problem("is_active", _("不能停用本人账户，请由另一位系统管理员办理。"))


def _appointments(actor: Actor, rows: Rows, current: Current) -> Found:
    yield from _dates(rows, current)
    merged = _merged(rows, current)
    for key, row in rows.items():
        if key[0] == actor.staff_number and merged[key] != current.get(key):
            yield row, Problem("staff_number", _("不能办理本人的任职，请由另一位管理员办理。"))
    yield from _two_primary(rows, merged)
    yield from _two_administrators(rows, merged)


def _two_primary(rows: Rows, merged: dict[Key, Values]) -> Found:
    spans: dict[str, list[tuple[str, str, Key]]] = {}
    for key, values in merged.items():
        if values["is_primary"] == "1":
            spans.setdefault(key[0], []).append(
                (values["valid_from"], values["valid_to"] or "9999-12-31", key)
            )
    for held in spans.values():
        held.sort()
        for (_begun, ended, one), (begins, _ends, other) in pairwise(held):
            if begins < ended:
                row = rows.get(other) or rows.get(one)
                if row is not None:
                    yield row, Problem("is_primary", _("同一时间只能有一个主要岗位，请只保留一个。"))


def _two_administrators(rows: Rows, merged: dict[Key, Values]) -> Found:
    role_of = {values["key"]: values["role"] for values in store.posts()}
    today = clock.today().isoformat()
    held: dict[str, set[str]] = {}
    for key, values in merged.items():
        role = role_of.get(key[1], "")
        if role in people.ADMIN_ROLES and (not values["valid_to"] or values["valid_to"] > today):
            held.setdefault(key[0], set()).add(role)
    for key, row in rows.items():
        if len(held.get(key[0], ())) > 1 and role_of.get(key[1]) in people.ADMIN_ROLES:
            yield row, Problem("post", _("系统管理员、安全管理员、审计管理员须由不同人员担任，请另选人员。"))


def _relations(_actor: Actor, rows: Rows, _current: Current) -> Found:
    for key, row in rows.items():
        if key[4] and key[1] != "acting":
            yield row, Problem("for_post", _("只有代班人（acting）可以填写被代岗位。"))
        if key[4] and key[4] == key[2]:
            yield row, Problem("for_post", _("代班岗位与被代岗位相同，请改正。"))


_CHECKS: dict[str, Callable[[Actor, Rows, Current], Found]] = {
    "regions": _regions,
    "units": _units,
    "divisions": _divisions,
    "posts": _posts,
    "people": _people,
    "appointments": _appointments,
    "relations": _relations,
}


def after(kind: Kind, actor: Actor, rows: Iterable[Values]) -> None:
    """Closed accounts are signed out; days to come on which posts begin or end are announced."""
    if kind.name == "people":
        closed = [values["staff_number"] for values in rows if values.get("is_active") == "0"]
        for staff_id in people.ids_of(closed):
            revoke_all(staff_id, actor=actor)
    if kind.name == "appointments":
        days = {values.get(name, "") for values in rows for name in ("valid_from", "valid_to")}
        for each in sorted(day for day in days if day > clock.today().isoformat()):
            announce_on(date.fromisoformat(each))


def without_phones(values: Values) -> Values:
    """For the trail: phones are personal data."""
    return {name: mask_phone(text) if "phone" in name else text for name, text in values.items()}
