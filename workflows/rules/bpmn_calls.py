"""A drawing that another one calls: its elements get the name of their process in front; none is meant twice."""

import re
from collections.abc import Callable

from lxml import etree

from workflows.rules import bpmn
from workflows.rules.bpmn import BPMN, TZ, elements_of, local, namespace

_REFERENCES = ("id", "sourceRef", "targetRef", "default", "attachedToRef")
_TEXTS = frozenset({"incoming", "outgoing", "flowNodeRef"})
_OUTCOME = re.compile(r"""(outcomes\s*\[\s*)(["'])([^"']+)\2""")


def name_within(process: str, element: str) -> str:
    """What an element of a called process is named in the case."""
    return f"{process}__{element}"


def renamed(xml: str, process: str) -> str:
    """The drawing without its picture, each element under `name_within`; the process itself keeps its id.

    Raises BpmnUnreadable.
    """
    root = bpmn.parse(xml)
    for node in list(root):
        if isinstance(node.tag, str) and (namespace(node) != BPMN or local(node) == "collaboration"):
            root.remove(node)
    processes = {node.get("id") for node in elements_of(root) if local(node) == "process"}
    known = {node.get("id") for node in elements_of(root) if node.get("id")} - processes

    def new(name: str) -> str:
        return name_within(process, name) if name in known else name

    for node in elements_of(root):
        if namespace(node) == BPMN:
            _rename(node, new)
        elif namespace(node) == TZ and local(node) == "returns":
            node.set("to", " ".join(new(one) for one in (node.get("to") or "").split()))
    return str(etree.tostring(root, encoding="unicode"))


def _rename(node: etree._Element, new: Callable[[str], str]) -> None:
    for name in _REFERENCES:
        if node.get(name):
            node.set(name, new(node.get(name) or ""))
    if local(node) in _TEXTS:
        node.text = new((node.text or "").strip())
    if local(node) == "conditionExpression":
        node.text = _OUTCOME.sub(
            lambda found: f"{found[1]}{found[2]}{new(found[3])}{found[2]}", node.text or ""
        )
