"""A list costs as many queries with four rows as with one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.store.models import PostRole

FEW, MANY = 1, 4
FORCE = "/taskforces/{force}"
TRIGGER: dict[str, Any] = {
    "watches": "alert",
    "makes": "item",
    "condition": {"least": "red"},
    "content": {"title": "处置", "lead_unit": "{unit}", "days": 3},
}
# What makes a row: who, where, with what; `{n}` is its number, `{unit}` another unit each time.
ROWS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "apps": ("digital", "/admin/apps", {"name": "应用{n}"}),
    "triggers": ("duty", "/triggers", TRIGGER | {"name": "模板{n}"}),
    "items": (
        "leader",
        f"{FORCE}/items",
        {"title": "事项", "lead_unit_id": "{unit}", "due_on": "2027-01-01"},
    ),
    "goals": ("leader", f"{FORCE}/goals", {"title": "目标{n}"}),
    "problems": ("leader", f"{FORCE}/problems", {"title": "难题{n}"}),
    "reviews": ("leader", f"{FORCE}/reviews", {"question": "问题{n}"}),
    "meetings": ("leader", f"{FORCE}/meetings", {"meets_at": "2026-07-1{n}T09:00:00+08:00"}),
    "ledgers": ("data_office", "/ledgers", {"name": "台账{n}"}),
    "feedback": ("civil_head", "/feedback", {"kind": "complaint", "text": "意见{n}"}),
    "orders": ("data_office", "/orders", {"title": "指令{n}", "text": "请办理。"}),
    "findings": ("inspector", "/supervision/findings", {"item_id": "{item}", "text": "问题{n}"}),
}
LISTS = [
    ("apps", "digital", "/admin/apps"),
    ("triggers", "duty", "/triggers"),
    ("items", "leader", f"{FORCE}/items"),
    ("items", "leader", f"{FORCE}/wall"),
    ("items", "leader", "/items"),
    ("items", "leader", "/supervision/table"),
    ("items", "leader", "/supervision/loop"),
    ("goals", "leader", f"{FORCE}/goals"),
    ("problems", "leader", f"{FORCE}/problems"),
    ("reviews", "leader", f"{FORCE}/reviews"),
    ("meetings", "leader", f"{FORCE}/meetings"),
    ("ledgers", "data_office", "/ledgers"),
    ("feedback", "civil_head", "/feedback"),
    ("orders", "data_office", "/orders"),
    ("findings", "inspector", "/supervision/findings"),
]


def filled(value: Any, **facts: str) -> Any:
    if isinstance(value, dict):
        return {key: filled(one, **facts) for key, one in value.items()}
    return value.format(**facts) if isinstance(value, str) else value


@pytest.mark.parametrize(("noun", "who", "path"), LISTS)
def test_a_list_costs_the_same_with_more_rows(city, call, appoint, force, add, noun, who, path):
    appoint("digital", "数字员", city.units["civil"], PostRole.DIGITAL_OFFICER, "数字化专员")
    appoint("duty", "值班员", city.units["civil"], PostRole.DUTY_OFFICER, "值班员")
    units = list(city.units.values())

    def fill(numbers: range) -> None:
        author, where, body = ROWS[noun]
        for n in numbers:
            item = add(unit=units[n].code).id if noun == "findings" else ""
            facts = {"n": str(n), "unit": str(units[n].pk), "item": str(item), "force": str(force.id)}
            answer = call(author).post(filled(where, **facts), filled(body, **facts))
            assert answer.status_code in {200, 201}, answer.content.decode()

    def cost() -> list[str]:
        caller, address = call(who), path.format(force=force.id)
        assert caller.get(address).status_code == 200  # what a process remembers is there
        with CaptureQueriesContext(connection) as asked:
            assert caller.get(address).status_code == 200
        return sorted(query["sql"] for query in asked.captured_queries)

    fill(range(FEW))
    few = cost()
    fill(range(FEW, MANY))
    many = cost()
    assert len(many) <= len(few), "\n".join(many)
