"""Every route of this floor as somebody who has nothing to do with what it names: refused, and no fault of ours.

The routes, their paths and the shapes of their bodies are those of the OpenAPI description, so a new route is asked for
without a line here. What names nothing may answer; it says nothing of what is not one's own.
"""

import json
from typing import Any

import pytest

from deploy.openapi import DOCS
from tests.workflows.conftest import SAMPLE
from workflows.services import items

UNKNOWN = "01980000-0000-7000-8000-000000000000"
SECRET = "not-for-strangers"  # as it stands in JSON
# Days of the year are everybody's; a draft that is gone, or is not one's own, needs no deleting.
OPEN = {"GET /calendar/years/{year}", "DELETE /case-drafts/{draft_id}"}
# What a service wants before it looks at rights, and the description does not say.
WANTED = {
    "opinion": "一", "to": ["data_office"], "note": "一", "minutes": "一", "declaration": "一", "all": True,
    "handler": "data_office", "mode": "redo", "file": "一", "colour": "red", "rung": "yellow_letter",
}  # fmt: skip
# Who is no stranger reads of it, or the words above would be missed by everybody.
INSIDE = [
    ("leader", "/items/{item_id}"),
    ("leader", "/problems/{problem_id}"),
    ("leader", "/reviews/{review_id}"),
    ("leader", "/force-meetings/{meeting_id}"),
    ("leader", "/rankings/{edition_id}"),
    ("leader", "/taskforces/{taskforce_id}/goals"),
    ("data_office", "/ledgers/{ledger_id}"),
    ("data_office", "/orders/{order_id}"),
]
FILE = '--part\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na\r\n--part--\r\n'


@pytest.fixture
def names(city, call, act, force, add):
    """One of each thing that a path can name, of people whom the stranger does not know."""
    item = add(title=SECRET)
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=[item.id])
    leader, base = call("leader"), f"/taskforces/{force.id}"

    def made(path: str, *at: str | int, by: Any = leader, **body: Any) -> str:
        answer = by.post(path, body)
        assert answer.status_code in {200, 201}, (path, answer.content.decode())
        found = answer.json()
        for step in at:
            found = found[step]
        return str(found["id"])

    liaison = call("civil_liaison")
    leader.post(f"{base}/ranking-switch", {"is_on": True, "basis": SECRET})
    return {
        "taskforce_id": str(force.id),
        "item_id": str(item.id),
        "batch_id": leader.upload(f"{base}/imports", SAMPLE).json()["id"],
        "goal_id": made(f"{base}/goals", "goals", 0, title=SECRET),
        "problem_id": made(f"{base}/problems", "problem", title=SECRET),
        "review_id": made(f"{base}/reviews", "review", question=SECRET),
        "meeting_id": made(f"{base}/meetings", "meeting", meets_at="2026-07-08T09:00:00+08:00", place=SECRET),
        "edition_id": made(f"{base}/rankings", "edition", period_from="2026-06-01", period_to="2026-06-30"),
        "order_id": made("/orders", "order", by=call("data_office"), title=SECRET, text=SECRET),
        "ledger_id": made("/ledgers", by=call("data_office"), name=SECRET),
        "absence_id": made(
            "/absences", by=liaison, acting="civil_handler", starts_on="2026-07-03", ends_on="2026-07-04"
        ),
        "feedback_id": made("/feedback", "feedback", kind="complaint", text=SECRET),
        "delegation_id": made("/delegations", to="data_office", ends_at="2026-07-04T09:00:00+08:00"),
        "key": "nothing",
        "kind": "goal",
        "day": "2026-07-06",
        "year": "2026",
        "line": "1",
        "media_id": "nothing",
    }


def routes(page: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path.removeprefix("/api/v1"), told)
        for path, told_of in page["paths"].items()
        for method, told in told_of.items()
        if "workflows" in told.get("tags", ())
    ]


TEXTS = {"date": "2026-08-03", "date-time": "2026-08-03T09:00:00+08:00", "time": "09:00"}


def example(shape: dict[str, Any], shapes: dict[str, Any], unit: str) -> Any:
    """Something of this shape: what a body must have, and no more; `unit` where it names something."""
    if name := shape.get("$ref"):
        return example(shapes[name.rpartition("/")[2]], shapes, unit)
    if options := shape.get("anyOf") or shape.get("oneOf") or shape.get("allOf"):
        return example(options[0], shapes, unit)
    if "const" in shape or "enum" in shape:
        return shape.get("const", shape.get("enum", [None])[0])
    made = {
        "object": lambda: {
            key: WANTED[key] if key in WANTED and "format" not in value else example(value, shapes, unit)
            for key, value in shape.get("properties", {}).items()
            if key in shape.get("required", ()) or key in WANTED
        },
        "array": lambda: [example(shape.get("items", {}), shapes, unit)],
        "integer": lambda: shape.get("minimum", 1),
        "number": lambda: shape.get("minimum", 1),
        "boolean": lambda: True,
        "string": lambda: {**TEXTS, "uuid": unit}.get(shape.get("format", ""), "一"),
    }
    return made.get(shape.get("type", ""), dict)()


def test_a_stranger_is_refused_on_every_route(call, city, appoint, names):
    appoint("stranger", "外来者", city.units["outside"], "handler", "科员")
    page = json.loads((DOCS / "openapi.json").read_text(encoding="utf-8"))
    stranger, shapes = call("stranger"), page["components"]["schemas"]
    wrong: dict[str, str] = {}
    unit = str(city.units["civil"].pk)
    for method, path, told in routes(page):
        route = f"{method.upper()} {path}"
        address = "/api/v1" + path
        for parameter in told.get("parameters", ()):
            if parameter["in"] == "path":
                address = address.replace(f"{{{parameter['name']}}}", names.get(parameter["name"], UNKNOWN))
        given = told.get("requestBody", {}).get("content", {})
        kind, body = "application/json", ""
        if kind in given:
            body = json.dumps(example(given[kind]["schema"], shapes, unit))
            if path.endswith("/add_sign"):
                body = body.replace('"redo"', '"before"')
        elif given:
            kind, body = "multipart/form-data; boundary=part", FILE
        answer = stranger.client.generic(
            method.upper(), address, body, content_type=kind, headers=stranger.headers
        )
        text = (
            b"".join(answer).decode(errors="replace")
            if answer.streaming
            else answer.content.decode(errors="replace")
        )
        is_about_something = "{" in path and route not in OPEN
        refused = answer.status_code in {403, 404} if is_about_something else answer.status_code < 500
        if not refused or SECRET in text:
            wrong[route] = f"{answer.status_code} {text[:150]}"
    assert not wrong, "\n".join(f"{route}: {said}" for route, said in wrong.items())
    for who, path in INSIDE:
        assert SECRET in call(who).get(path.format(**names)).content.decode(), path
