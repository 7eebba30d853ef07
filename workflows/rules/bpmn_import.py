"""Drawings of other modellers (Camunda 7, Flowable, Activiti): what means the same here is rewritten, the rest stays.

What stays is named by the lint, element and line; nothing is guessed. A drawing of our own comes out as it went in.
"""

import re
from collections.abc import Collection

from lxml import etree

from workflows.rules import bpmn
from workflows.rules.bpmn import BPMN, TZ, elements_of, local, namespace
from workflows.rules.bpmn_lint import SPIFF, Finding

MODELLERS = {
    "http://camunda.org/schema/1.0/bpmn": "Camunda",
    "http://flowable.org/bpmn": "Flowable",
    "http://activiti.org/bpmn": "Activiti",
}
STARTERS = frozenset({"initiator", "starter", "INITIATOR"})
# They change nothing about who decides what: left out, and said.
_LEFT_OUT = frozenset({
    "formKey", "formRef", "formRefBinding", "formData", "formProperty", "priority", "asyncBefore", "asyncAfter",
    "async",     "exclusive", "historyTimeToLive", "versionTag", "isStartableInTasklist", "candidateStarterGroups",
    "candidateStarterUsers", "initiator", "jobPriority", "formFieldValidation", "diagramRelationId", "properties",
})  # fmt: skip
_WORDS = ((" and ", "&&"), (" or ", "||"), (" == ", " eq "), (" != ", " ne "), (" > ", " gt "), (" < ", " lt "),
          (" >= ", " ge "), (" <= ", " le "))  # fmt: skip
_SHARE = re.compile(r"^nrOfCompletedInstances\s*/\s*nrOfInstances\s*(>=|==)\s*(0?\.\d+|1(?:\.0)?)$")
_FIRST = re.compile(r"^nrOfCompletedInstances\s*(>=|==)\s*1$")


def convert(xml: str, roles: Collection[str]) -> tuple[str, list[Finding]]:
    """The drawing in our words, and what was changed or left out on the way (warnings).

    Args:
        roles: post roles; a candidate group of such a name is that role in the starter's unit.
    Raises BpmnUnreadable.
    """
    root = bpmn.parse(xml)
    if not any(_tool(node) for node in elements_of(root)) and "${" not in xml:
        return xml, []
    found: list[Finding] = []
    for node in list(elements_of(root)):
        if namespace(node) != BPMN:
            continue
        _leave_out(node, found)
        match local(node):
            case "userTask":
                _user_task(node, roles, found)
            case "businessRuleTask":
                _rule_task(node)
            case "sequenceFlow":
                _flow(node)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["tz", "bpmn"])
    return etree.tostring(root, encoding="unicode"), found


def _tool(node: etree._Element) -> str:
    for name in node.attrib:
        if tool := MODELLERS.get(etree.QName(name).namespace or ""):
            return tool
    return MODELLERS.get(namespace(node), "")


def _said(node: etree._Element, message: str) -> Finding:
    return Finding(
        node.get("id") or "", node.sourceline or 0, node.get("name") or local(node), message, "warning"
    )


def _leave_out(node: etree._Element, found: list[Finding]) -> None:
    for name in list(node.attrib):
        tool = MODELLERS.get(etree.QName(name).namespace or "")
        if tool and etree.QName(name).localname in _LEFT_OUT:
            found.append(_said(node, f"{tool}的“{etree.QName(name).localname}”未采用，请在本平台设置"))
            del node.attrib[name]
    for one in bpmn.extensions(node):
        tool = MODELLERS.get(namespace(one))
        if tool and local(one) in _LEFT_OUT:
            found.append(_said(node, f"{tool}的“{local(one)}”未采用，请在本平台设置"))
            one.getparent().remove(one)


def _take(node: etree._Element, name: str) -> tuple[str, str]:
    """(full attribute name, value) of a modeller's attribute; "" when it is not there."""
    for space in MODELLERS:
        full = f"{{{space}}}{name}"
        if node.get(full):
            return full, node.get(full) or ""
    return "", ""


def _inner(text: str) -> str:
    """What stands in ${…}, "" when it is no such thing."""
    text = text.strip()
    return (
        text[2:-1].strip() if text.startswith("${") and text.endswith("}") and text.count("${") == 1 else ""
    )


def _user_task(node: etree._Element, roles: Collection[str], found: list[Finding]) -> None:
    loop = next(
        (
            one
            for one in node
            if isinstance(one.tag, str) and local(one) == "multiInstanceLoopCharacteristics"
        ),
        None,
    )
    if loop is not None:
        if _countersign(node, loop):
            found.append(_said(node, "多实例已转为会签，按同意人数计算，请核对"))
        return
    full, value = _take(node, "assignee")
    if full and (rule := _assignee(value)):
        _add(node, "assignee", **rule)
        if rule["kind"] == "starter":
            _add(node, "kind", value="fill")
        del node.attrib[full]
    full, value = _take(node, "candidateUsers")
    if full and "${" not in value:
        for number in _listed(value):
            _add(node, "assignee", kind="person", person=number)
        _add(node, "sign", mode="any")
        del node.attrib[full]
    full, value = _take(node, "candidateGroups")
    if full and all(group in roles for group in _listed(value)):
        for group in _listed(value):
            _add(node, "assignee", kind="role", role=group, of="starter")
        _add(node, "sign", mode="any")
        del node.attrib[full]


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _assignee(value: str) -> dict[str, str] | None:
    if "${" not in value:
        return {"kind": "person", "person": value.strip()}
    return {"kind": "starter"} if _inner(value) in STARTERS else None


def _countersign(node: etree._Element, loop: etree._Element) -> bool:
    """The usual countersign: a collection of people, each the assignee once. Anything else stays as it is."""
    _full, collection = _take(loop, "collection")
    _full, variable = _take(loop, "elementVariable")
    full, assignee = _take(node, "assignee")
    name = _inner(collection) or collection
    if not name.isidentifier() or not variable or _inner(assignee) != variable:
        return False
    condition = next(
        (one for one in loop if isinstance(one.tag, str) and local(one) == "completionCondition"), None
    )
    rule = _mode("".join(condition.itertext()) if condition is not None else "")
    if rule is None:
        return False
    order = "sequential" if loop.get("isSequential") == "true" else "parallel"
    _add(node, "assignee", kind="field", field=name)
    _add(node, "sign", **rule, order=order)
    del node.attrib[full]
    node.remove(loop)
    return True


def _mode(text: str) -> dict[str, str] | None:
    if not text.strip():
        return {"mode": "all"}
    inner = _inner(text)
    if _FIRST.match(inner):
        return {"mode": "any"}
    if share := _SHARE.match(inner):
        percent = round(float(share[2]) * 100)
        return {"mode": "all"} if percent == 100 else {"mode": "percentage", "percent": str(percent)}  # noqa: PLR2004
    return None


def _rule_task(node: etree._Element) -> None:
    full, value = _take(node, "decisionRef")
    if full and "${" not in value:
        holder = _holder(node)
        etree.SubElement(holder, f"{{{SPIFF}}}calledDecisionId").text = value
        del node.attrib[full]


def _flow(node: etree._Element) -> None:
    for one in node:
        if isinstance(one.tag, str) and local(one) == "conditionExpression":
            inner = _inner(one.text or "")
            if inner:
                one.text = _expression(inner)


def _expression(text: str) -> str:
    """Java's words for Python's, outside of quotation marks."""
    parts = re.split(r"('[^']*'|\"[^\"]*\")", text)
    for place in range(0, len(parts), 2):
        part = parts[place]
        for ours, theirs in _WORDS:
            part = part.replace(theirs, ours)
        parts[place] = re.sub(r"!(?!=)", " not ", part)
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def _holder(node: etree._Element) -> etree._Element:
    for one in node:
        if isinstance(one.tag, str) and local(one) == "extensionElements":
            return one
    made = etree.Element(f"{{{BPMN}}}extensionElements")
    node.insert(0, made)
    return made


def _add(node: etree._Element, name: str, **attributes: str) -> None:
    etree.SubElement(_holder(node), f"{{{TZ}}}{name}", attributes, nsmap={"tz": TZ})
