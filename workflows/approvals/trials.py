"""Tests that lie beside a process: rows of its decision tables, and the routes of its fixture.

A fixture case is really run, deed by deed, inside a transaction that is undone.
"""

import csv
import io
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import clock
from common.errors import DomainError
from directory.actors import Actor
from directory.services.acting import actor_of
from workflows.approvals import deeds, engine, moves, returning, talk
from workflows.approvals.cases import begin_in, check_open
from workflows.approvals.definitions import Definition, build
from workflows.approvals.specs import EngineError, parse
from workflows.rules import forms
from workflows.rules.bpmn import BPMN
from workflows.store import approvals as store
from workflows.store.models import Case, ProcessVersion

FindActor = Callable[[str], Actor | None]


class TrialRowOut(BaseModel):
    name: str
    ok: bool
    message: str = ""


class TrialOut(BaseModel):
    passed: int
    failed: int
    rows: list[TrialRowOut]


def try_all(version: ProcessVersion, find: FindActor | None = None) -> TrialOut:
    rows = [row for name, one in version.decisions.items() for row in try_table(name, one)]
    rows += try_fixture(version, find or (lambda number: actor_of(number, "web")))
    passed = sum(row.ok for row in rows)
    return TrialOut(passed=passed, failed=len(rows) - passed, rows=rows)


def _one_table(name: str) -> str:
    return (
        f'<bpmn:definitions xmlns:bpmn="{BPMN}" xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" '
        'targetNamespace="t"><bpmn:process id="t" isExecutable="true"><bpmn:startEvent id="a"/>'
        '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="d"/><bpmn:businessRuleTask id="d"><bpmn:extensionElements>'
        f"<s:calledDecisionId>{name}</s:calledDecisionId></bpmn:extensionElements></bpmn:businessRuleTask>"
        '<bpmn:sequenceFlow id="g" sourceRef="d" targetRef="e"/><bpmn:endEvent id="e"/></bpmn:process>'
        "</bpmn:definitions>"
    )


def decide(name: str, dmn: str, data: dict[str, Any]) -> dict[str, Any]:
    """What the table answers. Raises EngineError."""
    specs = parse(_one_table(name), decisions=[dmn], process_id="t")
    run = engine.Run(specs, None, names=dict(data), now=clock.now(), service=lambda _node: None)
    run.go()
    return run.decided


def try_table(name: str, one: dict[str, str]) -> list[TrialRowOut]:
    """`cases`: a CSV whose columns are inputs, and outputs with a leading `=`; a column `why` is for people."""
    found = []
    for number, row in enumerate(csv.DictReader(io.StringIO(one.get("cases") or "")), 1):
        data = {
            key: _cell(value)
            for key, value in row.items()
            if key and not key.startswith("=") and key != "why"
        }
        wanted = {key[1:]: _cell(value) for key, value in row.items() if key and key.startswith("=")}
        label = _("决策表{name}第{number}行").format(name=name, number=number)
        if not wanted:
            told = _("没有写明应得的结果：结果列的列名以“=”开头")
            found.append(TrialRowOut(name=label, ok=False, message=told))
            continue
        try:
            got = decide(name, one["dmn"], data)
        except EngineError as error:
            found.append(TrialRowOut(name=label, ok=False, message=error.message))
            continue
        wrong = [
            f"{key}={got.get(key)!r}≠{value!r}" for key, value in wanted.items() if got.get(key) != value
        ]
        found.append(TrialRowOut(name=label, ok=not wrong, message="；".join(wrong)))
    return found


def _cell(text: str | None) -> Any:
    text = (text or "").strip()
    if text in {"", "None"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def try_fixture(version: ProcessVersion, find: FindActor) -> list[TrialRowOut]:
    if not version.fixture.get("cases"):
        return []
    definition = build(version)
    return [_try_case(version, definition, one, find) for one in version.fixture["cases"]]


def _try_case(
    version: ProcessVersion, definition: Definition, one: dict[str, Any], find: FindActor
) -> TrialRowOut:
    name, message = str(one.get("name") or _("未命名")), ""
    if missing := _not_here(one, find):
        return TrialRowOut(
            name=name, ok=True, message=_("未试算：本系统没有人员{numbers}").format(numbers=missing)
        )
    try:
        with transaction.atomic():
            message = _run(version, definition, one, find)
            transaction.set_rollback(True)
    except (DomainError, EngineError, forms.FormRefused) as error:
        message = error.user_message() if isinstance(error, DomainError) else error.message
    return TrialRowOut(name=name, ok=not message, message=message)


def _not_here(one: dict[str, Any], find: FindActor) -> str:
    """Whom this city does not have: a shipped case names the people of its own tests and says nothing about others."""
    numbers = [str(one.get("starter", "")), *(str(step.get("actor", "")) for step in one.get("steps", []))]
    return "、".join(dict.fromkeys(number for number in numbers if number and find(number) is None))


def _run(version: ProcessVersion, definition: Definition, one: dict[str, Any], find: FindActor) -> str:
    """ "" when all is as expected, else what was not."""
    starter = find(str(one.get("starter", "")))
    if starter is None:
        return _("没有人员{number}").format(number=one.get("starter"))
    data = forms.merged(definition.form, forms.START, {}, one.get("data", {}))
    forms.check(definition.form, data)
    case = begin_in(starter, version, definition, data)
    for number, step in enumerate(one.get("steps", []), 1):
        if trouble := _step(case, step, number, find):
            return trouble
    case.refresh_from_db()
    expect = one.get("expect", {})
    if "state" in expect and case.state != expect["state"]:
        return _("结果应为{wanted}，实为{got}").format(wanted=expect["state"], got=case.state)
    done = [
        entry.deed
        for entry in store.entries_of(case.pk)
        if entry.deed not in {"finish", "end_refused", "service"}
    ]
    if "trail" in expect and done != expect["trail"]:
        return _("经过应为{wanted}，实为{got}").format(wanted="、".join(expect["trail"]), got="、".join(done))
    return ""


def _step(case: Case, step: dict[str, Any], number: int, find: FindActor) -> str:
    known: dict[str, Any] = {
        "agree": deeds.check_agree, "resubmit": deeds.check_agree, "refuse": deeds.check_refuse,
        "return": returning.check_return, "withdraw": moves.check_withdraw, "transfer": moves.check_transfer,
        "add_sign": moves.check_add_sign, "comment": talk.check_comment, "answer_dissent": talk.check_answer,
    }  # fmt: skip
    actor = find(str(step.get("actor", "")))
    if actor is None:
        return _("第{number}步没有人员{who}").format(number=number, who=step.get("actor"))
    open_nodes = {task.node for task in store.tasks_of(case.pk) if task.state in {"open", "opened"}}
    if step.get("node") and step["node"] not in open_nodes:
        words = _("第{number}步应在“{node}”，实在“{got}”")
        return words.format(number=number, node=step["node"], got="、".join(sorted(open_nodes)) or "-")
    deed = known.get(str(step.get("deed")))
    if deed is None:
        return _("第{number}步不能做“{deed}”").format(number=number, deed=step.get("deed"))
    check_open(actor=actor, case_id=case.pk)
    said = deeds.Said(
        opinion=str(step.get("opinion", "")), data=step.get("data", {}), node=str(step.get("to_node", "")),
        mode=str(step.get("mode", "")), to=tuple(step.get("to", ())),
    )  # fmt: skip
    deed(actor=actor, case_id=case.pk, said=said)
    return ""
