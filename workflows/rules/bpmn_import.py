"""Drawings of other modellers (Camunda 7 and 8, Operaton, Flowable, Activiti): what means the same here is rewritten.

What stays is named by the lint, element and line; nothing is guessed. A drawing of our own comes out as it went in.
"""

import re
from collections.abc import Collection

from lxml import etree

from workflows.rules import bpmn, bpmn_import_zeebe
from workflows.rules.bpmn import BPMN, SPIFF, TZ, Finding, elements_of, local, namespace
from workflows.rules.bpmn_elements import LANGUAGES, MODELLERS
from workflows.rules.bpmn_import_forms import FIELDS

STARTERS = frozenset({"initiator", "starter", "INITIATOR"})
# They change nothing about who decides what: left out, and said.
_LEFT_OUT = frozenset({
    "formKey", "formRef", "formRefBinding", "formData", "formProperty", "priority", "asyncBefore", "asyncAfter",
    "async",     "exclusive", "historyTimeToLive", "versionTag", "isStartableInTasklist", "candidateStarterGroups",
    "candidateStarterUsers", "initiator", "jobPriority", "formFieldValidation", "diagramRelationId", "properties",
    "formDefinition", "userTask", "taskHeaders", "taskSchedule", "priorityDefinition", "userTaskForm", "asyncLeave",
    "modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon", "jobTopic", "category", "taskPriority",
})  # fmt: skip
_WORDS = ((" and ", "&&"), (" or ", "||"), (" == ", " eq "), (" != ", " ne "), (" > ", " gt "), (" < ", " lt "),
          (" >= ", " ge "), (" <= ", " le "))  # fmt: skip
_SHARE = re.compile(r"^nrOfCompletedInstances\s*/\s*nrOfInstances\s*(>=|==)\s*(0?\.\d+|1(?:\.0)?)$")
_FIRST = re.compile(r"^nrOfCompletedInstances\s*((>=|==)\s*1|>\s*0)$")
_EVERY = re.compile(r"^nrOfCompletedInstances\s*(>=|==)\s*nrOfInstances$")
_ENCLOSED = re.compile(r"^[$#]\{([^{}]*)\}$")


def convert(xml: str, roles: Collection[str]) -> tuple[str, list[Finding]]:
    """The drawing in our words, and what was changed or left out on the way (warnings).

    Args:
        roles: post roles; a candidate group of such a name is that role in the starter's unit.
    Raises BpmnUnreadable.
    """
    root = bpmn.parse(xml)
    if not any(_tool(node) for node in elements_of(root)) and "${" not in xml and "#{" not in xml:
        return xml, []
    found: list[Finding] = []
    bpmn_import_zeebe.as_camunda(root)
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
            if local(one) in FIELDS:
                found.append(_said(node, f"{tool}的表单字段已转入本平台的表单，请核对"))
            else:
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
    """What stands in ${…} or #{…}, "" when it is no such thing."""
    found = _ENCLOSED.match(text.strip())
    return found[1].strip() if found else ""


def _is_plain(text: str) -> bool:
    return "${" not in text and "#{" not in text


def _user_task(node: etree._Element, roles: Collection[str], found: list[Finding]) -> None:
    loop = next((one for one in node if local(one) == "multiInstanceLoopCharacteristics"), None)
    if loop is not None:
        if _countersign(node, loop):
            found.append(_said(node, "多实例已转为会签，按同意人数计算，请核对"))
        return
    full, value = _take(node, "assignee")
    if full:
        _one_person(node, full, value, found)
    else:
        _candidates(node, roles)


def _one_person(node: etree._Element, full: str, value: str, found: list[Finding]) -> None:
    if rule := _assignee(value):
        _add(node, "assignee", **rule)
        if rule["kind"] == "starter":
            _add(node, "kind", value="fill")
        del node.attrib[full]
    for name in ("candidateUsers", "candidateGroups"):
        other, _value = _take(node, name)
        if other:
            found.append(_said(node, f"已指定办理人，候选“{name}”未采用，请核对"))
            del node.attrib[other]


def _candidates(node: etree._Element, roles: Collection[str]) -> None:
    users, people = _take(node, "candidateUsers")
    groups, names = _take(node, "candidateGroups")
    if users and _is_plain(people):
        for number in _listed(people):
            _add(node, "assignee", kind="person", person=number)
        del node.attrib[users]
    if groups and all(group in roles for group in _listed(names)):
        for group in _listed(names):
            _add(node, "assignee", kind="role", role=group, of="starter")
        del node.attrib[groups]
    if users or groups:
        _add(node, "sign", mode="any")


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _assignee(value: str) -> dict[str, str] | None:
    if _is_plain(value):
        return {"kind": "person", "person": value.strip()}
    return {"kind": "starter"} if _inner(value) in STARTERS else None


def _countersign(node: etree._Element, loop: etree._Element) -> bool:
    """The usual countersign: a collection of people, each the assignee once. Anything else stays as it is."""
    _full, collection = _take(loop, "collection")
    _full, variable = _take(loop, "elementVariable")
    full, assignee = _take(node, "assignee")
    # The same in the words of BPMN itself.
    for one in loop:
        if local(one) == "loopDataInputRef" and not collection:
            collection = (one.text or "").strip()
        if local(one) == "inputDataItem" and not variable:
            variable = one.get("name") or ""
    known = {"loopDataInputRef", "inputDataItem", "completionCondition", "extensionElements"}
    name = _inner(collection) or collection
    if not name.isidentifier() or not variable or _inner(assignee) != variable:
        return False
    if {local(one) for one in loop} - known or bpmn.extensions(loop):
        return False
    if any(_take(node, other)[0] for other in ("candidateUsers", "candidateGroups")):
        return False
    condition = next((one for one in loop if local(one) == "completionCondition"), None)
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
    if _EVERY.match(inner):
        return {"mode": "all"}
    if share := _SHARE.match(inner):
        percent = round(float(share[2]) * 100)
        return {"mode": "all"} if percent == 100 else {"mode": "percentage", "percent": str(percent)}  # noqa: PLR2004
    return None


def _rule_task(node: etree._Element) -> None:
    full, value = _take(node, "decisionRef")
    if full and _is_plain(value):
        holder = _holder(node)
        etree.SubElement(holder, f"{{{SPIFF}}}calledDecisionId").text = value
        del node.attrib[full]


def _flow(node: etree._Element) -> None:
    for one in node:
        if local(one) == "conditionExpression":
            if (one.get("language") or "").strip().lower() in LANGUAGES:
                one.attrib.pop("language", None)
            if inner := _inner(one.text or ""):
                one.text = _expression(inner)


def _expression(text: str) -> str:
    """Java's words for Python's, outside of quotation marks."""
    parts = re.split(r"('[^']*'|\"[^\"]*\")", text)
    for place in range(0, len(parts), 2):
        part = parts[place]
        for ours, theirs in _WORDS:
            part = part.replace(theirs, ours)
        parts[place] = re.sub(r"\s+", " ", re.sub(r"!(?!=)", " not ", part))
    return "".join(parts).strip()


def _holder(node: etree._Element) -> etree._Element:
    for one in node:
        if local(one) == "extensionElements":
            return one
    made = etree.Element(f"{{{BPMN}}}extensionElements")
    node.insert(0, made)
    return made


def _add(node: etree._Element, name: str, **attributes: str) -> None:
    etree.SubElement(_holder(node), f"{{{TZ}}}{name}", attributes, nsmap={"tz": TZ})
