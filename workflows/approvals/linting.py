"""All that is wrong with a definition, each thing with its element and line."""

from collections.abc import Iterator
from typing import Any

from workflows.approvals import calls, registry
from workflows.approvals.definitions import Definition
from workflows.approvals.specs import EngineError
from workflows.rules import bpmn, bpmn_lint, dmn, expressions, forms
from workflows.rules.bpmn import Finding
from workflows.rules.durations import parts_of


def problems_of(definition: Definition) -> list[Finding]:
    """Errors first. Without errors the engine reads it, and the form takes what it asks for."""
    names = {*forms.fields_of(definition.form), "outcome", "outcomes", "starter"}
    found: list[Finding] = []
    for key, one in calls.all_decisions(definition.decisions, definition.called).items():
        try:
            names.update(dmn.outputs(one["dmn"]))
            found += [
                Finding(element, line, key, message)
                for element, line, message in dmn.problems(one["dmn"], names)
            ]
        except dmn.DmnUnreadable as error:
            found.append(Finding(key, 0, key, str(error)))
    found += list(
        bpmn_lint.check(definition.bpmn, names=names, services={one.name for one in registry.services()})
    )
    found += definition.wrong
    found += _called(definition, names)
    found += _form(definition)
    found += _clocks(definition)
    if not any(one.severity == "error" for one in found):
        try:
            _ = definition.specs
        except EngineError as error:
            key = error.element or definition.drawing.process_id
            at = definition.drawing.elements.get(key)
            line = at.line if at else definition.drawing.line
            found.append(Finding(key, line, "", f"流程引擎不能读取：{error.message}"))
    return sorted(found, key=lambda one: (one.severity != "error", one.line))


def _called(definition: Definition, names: set[str]) -> Iterator[Finding]:
    """A called drawing runs on the form of the calling one."""
    at = {wanted: key for key, wanted in definition.drawing.calls.items()}
    for name in calls.clashes(definition.decisions, definition.called):
        yield _wrong(name, f"决策表“{name}”与所调用流程中的同名决策表内容不同，请改名")
    for key, one in definition.called.items():
        for flow in bpmn.read(one["bpmn"]).flows:
            try:
                if flow.condition:
                    expressions.check(flow.condition, names)
            except expressions.ExpressionError as error:
                element = definition.drawing.elements.get(at.get(key, ""))
                yield Finding(
                    element.id if element else key, element.line if element else 0, one["name"],
                    f"所调用的“{one['name']}”中的条件{error}", "error",
                )  # fmt: skip


def _wrong(element: str, message: str) -> Finding:
    return Finding(element, 0, element, message, "error")


def _form(definition: Definition) -> Iterator[Finding]:
    form = definition.form
    try:
        forms.check_schema(form.get("schema", {}))
    except forms.FormRefused as error:
        yield Finding("form", 0, error.field, error.message, "error")
        return
    known = forms.fields_of(form)
    for node, rights in form.get("rights", {}).items():
        if node not in {*definition.drawing.users, forms.START, "view"}:
            yield _wrong(node, f"表单权限写到了流程中没有的环节“{node}”")
        for name, right in rights.items():
            if name not in known and name != "*":
                yield _wrong(node, f"表单权限中的字段“{name}”不在表单里")
            if right not in {"write", "read", "hidden"}:
                yield _wrong(node, f"字段“{name}”的权限须为write、read或hidden")
    for node, needed in form.get("needed", {}).items():
        for name in needed:
            if forms.right_of(form, node, name) != "write" or name not in known:
                yield _wrong(node, f"必填字段“{name}”须在表单中，且本环节可以填写")
    yield from _calculated(form, set(known))


def _calculated(form: Any, known: set[str]) -> Iterator[Finding]:
    for name, text in form.get("calculated", {}).items():
        if name not in known:
            yield _wrong(name, f"计算字段“{name}”不在表单里")
        try:
            expressions.check(text, known)
        except expressions.ExpressionError as error:
            yield _wrong(name, f"计算字段“{name}”：{error}")


def _clocks(definition: Definition) -> Iterator[Finding]:
    for node, wanted in definition.clocks.items():
        if node not in definition.drawing.elements and node != forms.START:
            yield _wrong(node, f"时限写到了流程中没有的环节“{node}”")
            continue
        for text in [wanted.get("limit"), *wanted.get("remind", [])]:
            if text and parts_of(str(text)) is None:
                yield _wrong(node, f"时限“{text}”须写成P3D（3天）或PT8H（8小时）的样子")
        if wanted.get("on_timeout", "remind") not in {"remind", "escalate"}:
            yield _wrong(node, "超时后只能提醒（remind）或上报（escalate），不能自动同意")
