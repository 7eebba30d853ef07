"""A bureau with its people, the city government above it, and processes drawn by `draw`."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from common import ids
from workflows.approvals import cases, definitions, shipped
from workflows.approvals.deeds import Said
from workflows.rules.bpmn import BPMN, TZ

FORM: dict[str, Any] = {
    "schema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["reason"],
        "additionalProperties": False,
        "properties": {
            "reason": {"type": "string", "title": "事由", "minLength": 1, "maxLength": 50},
            "amount": {"type": "number", "title": "金额", "minimum": 0},
            "price": {"type": "number", "title": "单价"},
            "count": {"type": "integer", "title": "数量"},
            "sum": {"type": "number", "title": "合计"},
            "secret": {"type": "string", "title": "内部备注"},
            "people": {"type": "array", "title": "会签人", "items": {"type": "string"}},
            "unit": {"type": "string", "title": "单位"},
            "note": {"type": "string", "title": "核稿意见"},
            "field": {"type": "string", "title": "领域"},
            "files": {"type": "array", "title": "附件", "items": {"type": "object"}},
        },
    },
    "title": "{reason}",
    "calculated": {"sum": "price * count if price and count else None"},
    "rights": {
        "start": {"note": "read", "secret": "write"},
        "b": {"note": "write"},
        "c": {"secret": "hidden"},
    },
}


def user(key: str, name: str, *parts: str) -> str:
    inside = "".join(f"<tz:{part}/>" for part in parts)
    extension = f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"
    return f'<bpmn:userTask id="{key}" name="{name}">{extension}</bpmn:userTask>'


def flow(source: str, target: str, condition: str = "", key: str = "") -> str:
    key = key or f"f_{source}_{target}"
    inside = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    return f'<bpmn:sequenceFlow id="{key}" sourceRef="{source}" targetRef="{target}">{inside}</bpmn:sequenceFlow>'


def chain(*nodes: str) -> str:
    """start → nodes → end, in a line. A node is the XML of one element with its id first."""
    ids = [node.split('id="', 1)[1].split('"', 1)[0] for node in nodes]
    way = ["s", *ids, "e"]
    lines = [flow(one, other) for one, other in pairwise(way)]
    return "".join(['<bpmn:startEvent id="s"/>', *nodes, *lines, '<bpmn:endEvent id="e"/>'])


def drawing(body: str, key: str = "p") -> str:
    return (
        f'<bpmn:definitions xmlns:bpmn="{BPMN}" xmlns:tz="{TZ}" '
        'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="urn:t">\n'
        f'<bpmn:process id="{key}" isExecutable="true">\n{body}\n</bpmn:process></bpmn:definitions>'
    )


def head(of: str = "starter") -> str:
    return f'assignee kind="relation" relation="unit_head" of="{of}"'


def person(number: str) -> str:
    return f'assignee kind="person" person="{number}"'


@pytest.fixture(autouse=True)
def _no_definitions():
    definitions.drop()


@pytest.fixture
def publish(city, tmp_path: Path):
    """`publish(body, key="p", clocks=…, meta=…)` publishes what a folder with this drawing would."""

    def make(
        body: str, *, key: str = "p", form: Any = None, clocks: Any = None, decisions: Any = None, **meta: Any
    ):
        folder = tmp_path / key
        folder.mkdir(exist_ok=True)
        about = {"key": key, "name": meta.pop("name", "测试审批"), "category": "测试", **meta}
        (folder / "process.json").write_text(json.dumps(about))
        (folder / "process.bpmn").write_text(drawing(body, key))
        rights = {
            node: one for node, one in FORM["rights"].items() if node == "start" or f'id="{node}"' in body
        }
        (folder / "form.json").write_text(json.dumps(form or {**FORM, "rights": rights}))
        (folder / "clocks.json").write_text(json.dumps(clocks or {}))
        for name, text in (decisions or {}).items():
            (folder / "decisions").mkdir(exist_ok=True)
            (folder / "decisions" / f"{name}.dmn").write_text(text)
        return shipped.publish_folder(folder)

    return make


@pytest.fixture
def begin(act):
    """`begin("civil_handler", reason="购置桌椅")`; answers the case's id."""

    def make(number: str = "civil_handler", process: str = "p", **data: Any):
        return cases.begin(actor=act(number), process=process, data={"reason": "购置桌椅", **data}).id

    return make


@pytest.fixture
def do(act):
    """`do("civil_head", "agree", case, opinion="同意")`."""
    from workflows.approvals import deeds, moves, returning, talk

    known = {
        "agree": deeds.check_agree, "refuse": deeds.check_refuse, "return": returning.check_return,
        "withdraw": moves.check_withdraw, "transfer": moves.check_transfer, "add_sign": moves.check_add_sign,
        "comment": talk.check_comment, "cc": talk.check_cc, "urge": talk.check_urge, "record": talk.check_record,
        "answer": talk.check_answer,
    }  # fmt: skip

    def make(number: str, deed: str, case_id: Any, *, key: str | None = None, **said: Any):
        if "to" in said:
            said["to"] = tuple(ids.user_id(one) for one in said["to"])
        return known[deed](actor=act(number), case_id=case_id, said=Said(**said), key=key)

    return make


@pytest.fixture
def look(act):
    from workflows.approvals import reading

    return lambda number, case_id: reading.describe(act(number), case_id)
