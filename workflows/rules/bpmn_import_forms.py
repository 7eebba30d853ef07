"""The form fields that other modellers keep in the drawing, as a form of this platform."""

from typing import Any

from lxml import etree

from workflows.rules import bpmn
from workflows.rules.bpmn import BPMN, START, Drawing, elements_of, extensions, local, namespace

FIELDS = frozenset({"formData", "formProperty"})
_PEOPLE = {"type": "array", "minItems": 1, "items": {"type": "string", "format": "person"}}
_TYPES: dict[str, dict[str, str]] = {
    "string": {"type": "string"},
    "long": {"type": "integer"},
    "int": {"type": "integer"},
    "integer": {"type": "integer"},
    "double": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "enum": {"type": "string"},
}


def form_of(xml: str, drawing: Drawing) -> dict[str, Any]:
    """Schema, rights and what is needed at each node, as far as the file says. Raises BpmnUnreadable.

    What a node has among its fields is written there and read elsewhere; what only later nodes have is hidden at the
    start. Who is named by a field of the form is asked for there.

    Args:
        xml: as it came; drawing: what became of it. The node that is done by sending the case has its fields at the
            start.
    """
    first = drawing.first_filled()
    first_node = first.id if first else ""
    properties: dict[str, Any] = {}
    written: dict[str, list[str]] = {START: []}
    needed: dict[str, list[str]] = {START: []}
    for node in elements_of(bpmn.parse(xml)):
        if namespace(node) != BPMN or local(node) not in {"startEvent", "userTask"}:
            continue
        key = node.get("id") or ""
        at = START if local(node) == "startEvent" or key == first_node else key
        for one in _fields(node):
            name = one.get("id") or ""
            if not name.isidentifier():
                continue
            properties.setdefault(name, _schema(one))
            if one.get("writable") != "false":
                written.setdefault(at, []).append(name)
                if _is_required(one):
                    needed.setdefault(at, []).append(name)
    for rule in (one for node in drawing.users.values() for one in node.assignees if one.kind == "field"):
        if rule.field not in properties:
            properties[rule.field] = {**_PEOPLE, "title": f"办理人（{rule.field}）"}
            written[START].append(rule.field)
            needed[START].append(rule.field)
    rights = {node: dict.fromkeys(names, "write") for node, names in written.items() if node != START}
    if later := [name for name in properties if name not in written[START]]:
        rights[START] = dict.fromkeys(later, "hidden")
    schema = {"type": "object", "required": needed.pop(START), "properties": properties}
    return {"schema": schema, "rights": rights, "needed": needed}


def _fields(node: etree._Element) -> list[etree._Element]:
    found = []
    for one in extensions(node):
        if local(one) == "formProperty":
            found.append(one)
        elif local(one) == "formData":
            found += [field for field in one if local(field) == "formField"]
    return found


def _schema(field: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {**_TYPES.get(field.get("type") or "string", {"type": "string"})}
    found["title"] = field.get("label") or field.get("name") or field.get("id")
    choices = [one for one in field if local(one) == "value" and one.get("id")]
    if choices and found["type"] == "string":
        found["oneOf"] = [
            {"const": one.get("id"), "title": one.get("name") or one.get("id")} for one in choices
        ]
    return found


def _is_required(field: etree._Element) -> bool:
    if field.get("required") == "true":
        return True
    return any(local(one) == "constraint" and one.get("name") == "required" for one in field.iter())
