"""Drawings of Camunda 8: what its extensions say, in the words of Camunda 7, which the import reads."""

import re

from lxml import etree

from workflows.rules.bpmn import BPMN, elements_of, extensions, local, namespace

ZEEBE = "http://camunda.org/schema/zeebe/1.0"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
_SINGLE = re.compile(r"(?<![<>!=])=(?!=)")
_COUNTS = (("numberOfCompletedInstances", "nrOfCompletedInstances"), ("numberOfInstances", "nrOfInstances"))
_PEOPLE = ("assignee", "candidateUsers", "candidateGroups")


def as_camunda(root: etree._Element) -> None:
    """Changes the drawing in place. What has no such words stays and is named by the lint."""
    for node in list(elements_of(root)):
        if namespace(node) != BPMN:
            continue
        match local(node):
            case "userTask":
                _user_task(node)
            case "multiInstanceLoopCharacteristics":
                _loop(node)
            case "callActivity":
                _called(node)
            case "businessRuleTask":
                _decided(node)
            case "conditionExpression" | "completionCondition":
                _expression(node)


def _extension(node: etree._Element, name: str) -> etree._Element | None:
    return next((one for one in extensions(node) if namespace(one) == ZEEBE and local(one) == name), None)


def _enclosed(text: str) -> str:
    """`= who` is an expression, anything else is what it says."""
    text = text.strip()
    return f"${{{text[1:].strip()}}}" if text.startswith("=") else text


def _drop(one: etree._Element) -> None:
    holder = one.getparent()
    holder.remove(one)
    if len(holder) == 0 and holder.getparent() is not None:
        holder.getparent().remove(holder)


def _user_task(node: etree._Element) -> None:
    found = _extension(node, "assignmentDefinition")
    if found is None or set(found.attrib) - set(_PEOPLE):
        return
    for name in _PEOPLE:
        if value := found.get(name):
            node.set(f"{{{CAMUNDA}}}{name}", _enclosed(value))
    _drop(found)


def _loop(node: etree._Element) -> None:
    found = _extension(node, "loopCharacteristics")
    if found is None or set(found.attrib) - {"inputCollection", "inputElement"}:
        return
    node.set(f"{{{CAMUNDA}}}collection", _enclosed(found.get("inputCollection") or ""))
    node.set(f"{{{CAMUNDA}}}elementVariable", found.get("inputElement") or "")
    _drop(found)


def _called(node: etree._Element) -> None:
    found = _extension(node, "calledElement")
    wanted = (found.get("processId") or "").strip() if found is not None else ""
    if found is not None and wanted and not wanted.startswith("="):
        node.set("calledElement", wanted)
        _drop(found)


def _decided(node: etree._Element) -> None:
    found = _extension(node, "calledDecision")
    wanted = (found.get("decisionId") or "").strip() if found is not None else ""
    if found is not None and wanted and not wanted.startswith("="):
        node.set(f"{{{CAMUNDA}}}decisionRef", wanted)
        _drop(found)


def _expression(node: etree._Element) -> None:
    """FEEL compares by one sign; its lists begin at one, so what asks for a place in one is left to the lint."""
    text = (node.text or "").strip()
    if not text.startswith("=") or "[" in text:
        return
    parts = re.split(r"(\"[^\"]*\")", text[1:])
    for place in range(0, len(parts), 2):
        part = _SINGLE.sub("==", parts[place])
        for theirs, ours in _COUNTS:
            part = part.replace(theirs, ours)
        parts[place] = part
    node.text = f"${{{''.join(parts).strip()}}}"
