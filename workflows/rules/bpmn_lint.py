"""What is wrong with a drawing, in plain Chinese, each finding with its element and line.

What this platform does not do is refused rather than guessed at.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from lxml import etree

from workflows.rules import bpmn, expressions
from workflows.rules.bpmn import BPMN, TZ, Assignee, BpmnUnreadable, Drawing, UserNode
from workflows.rules.durations import parts_of
from workflows.rules.signing import Mode

_TAGS = {
    "startEvent": "开始事件", "endEvent": "结束事件", "userTask": "用户任务", "serviceTask": "服务任务",
    "scriptTask": "脚本任务", "exclusiveGateway": "排他网关", "parallelGateway": "并行网关",
    "inclusiveGateway": "包容网关", "eventBasedGateway": "事件网关", "complexGateway": "复杂网关",
    "businessRuleTask": "业务规则任务", "callActivity": "调用活动", "subProcess": "子流程",
    "boundaryEvent": "边界事件", "intermediateCatchEvent": "中间捕获事件", "intermediateThrowEvent": "中间抛出事件",
    "sendTask": "发送任务", "receiveTask": "接收任务", "manualTask": "手工任务", "task": "任务", "transaction": "事务",
    "adHocSubProcess": "即席子流程", "sequenceFlow": "连线",
}  # fmt: skip
_RUN = frozenset({
    "startEvent", "endEvent", "userTask", "serviceTask", "exclusiveGateway", "parallelGateway", "inclusiveGateway",
    "businessRuleTask", "callActivity", "subProcess", "boundaryEvent", "intermediateCatchEvent",
})  # fmt: skip
_QUIET = frozenset({
    "extensionElements", "documentation", "laneSet", "lane", "textAnnotation", "association", "dataObject",
    "dataObjectReference", "dataStoreReference", "group", "ioSpecification", "property", "sequenceFlow",
})  # fmt: skip
_EVENTS = {
    "startEvent": frozenset[str](),
    "endEvent": frozenset({"terminateEventDefinition"}),
    "intermediateCatchEvent": frozenset({"timerEventDefinition"}),
    "boundaryEvent": frozenset({"timerEventDefinition"}),
}
_MODELLERS = {
    "http://camunda.org/schema/1.0/bpmn": "Camunda",
    "http://flowable.org/bpmn": "Flowable",
    "http://activiti.org/bpmn": "Activiti",
    "http://camunda.org/schema/zeebe/1.0": "Camunda 8",
}
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"


class Wrong(Protocol):
    def __call__(self, message: str, at: etree._Element = ..., /) -> "Finding": ...


@dataclass(frozen=True)
class Finding:
    """`severity`: error (cannot be published) or warning."""

    element: str
    line: int
    name: str
    message: str
    severity: str = "error"


def check(xml: str, *, names: Collection[str], services: Collection[str]) -> Iterator[Finding]:
    """Args: names that conditions may ask for; services that are registered."""
    try:
        root = bpmn.parse(xml)
        drawing = bpmn.read(xml)
    except BpmnUnreadable as error:
        yield Finding("definitions", error.line, "", error.message)
        return
    yield from _elements(root)
    yield from _ids(root)
    yield from _processes(root, drawing)
    yield from _shape(drawing)
    for node in drawing.users.values():
        yield from _user(node, drawing)
    yield from _flows(drawing, names)
    for key, name in drawing.services.items():
        element = drawing.elements[key]
        if name not in services:
            known = "、".join(sorted(services)) or "无"
            why = f"没有名为“{name}”的自动办理事项" if name else "服务任务须用 tz:service 指明要做的事"
            yield _of(drawing, element.id, f"{why}，可用的有：{known}")
    for key, table in drawing.decisions.items():
        if not table:
            yield _of(drawing, key, "业务规则任务没有指明决策表（calledDecisionId）")


def _of(drawing: Drawing, key: str, message: str, severity: str = "error") -> Finding:
    element = drawing.elements.get(key)
    if element is None:
        return Finding(
            key, drawing.line if key == drawing.process_id else 0, drawing.name or key, message, severity
        )
    return Finding(key, element.line, element.name or _TAGS.get(element.tag, element.tag), message, severity)


def _elements(root: etree._Element) -> Iterator[Finding]:
    """Kinds of elements, event definitions and foreign extensions."""
    for holder in bpmn.elements_of(root):
        if bpmn.namespace(holder) != BPMN or bpmn.local(holder) not in {"process", "subProcess"}:
            continue
        for node in holder:
            if not isinstance(node.tag, str):
                continue
            yield from _element(node)


def _element(node: etree._Element) -> Iterator[Finding]:
    tag, key, line = bpmn.local(node), node.get("id") or "", node.sourceline or 0
    name = node.get("name") or _TAGS.get(tag, tag)
    word = _TAGS.get(tag, tag)

    def wrong(message: str, at: etree._Element = node) -> Finding:
        return Finding(key, at.sourceline or line, name, message)

    if bpmn.namespace(node) != BPMN:
        yield wrong(f"“{tag}”不是BPMN元素，本平台不能识别")
        return
    if tag in _QUIET:
        return
    if tag == "scriptTask":
        yield wrong("脚本任务会在服务器上运行代码，不能使用；请改用条件、决策表或服务任务")
    elif tag not in _RUN:
        yield wrong(f"暂不支持{word}（{tag}），请改用用户任务、网关或子流程")
    if node.get("triggeredByEvent") == "true":
        yield wrong("暂不支持事件子流程")
    if tag in _EVENTS:
        yield from _event(node, tag, wrong)
    for one in node:
        if isinstance(one.tag, str) and bpmn.local(one) in {
            "multiInstanceLoopCharacteristics", "standardLoopCharacteristics",
        }:  # fmt: skip
            yield wrong("多实例和循环请改用会签设置（tz:sign）", one)
    yield from _foreign(node, wrong)


def _event(node: etree._Element, tag: str, wrong: Wrong) -> Iterator[Finding]:
    for one in node:
        if isinstance(one.tag, str) and bpmn.local(one).endswith("EventDefinition"):
            if bpmn.local(one) not in _EVENTS[tag]:
                yield wrong(f"{_TAGS[tag]}不支持{bpmn.local(one)}，只支持定时或终止", one)
            elif bpmn.local(one) == "timerEventDefinition":
                yield from _timer(one, wrong)
    if tag in {"intermediateCatchEvent", "boundaryEvent"} and not any(
        isinstance(one.tag, str) and bpmn.local(one).endswith("EventDefinition") for one in node
    ):
        yield wrong(f"{_TAGS[tag]}没有定时设置")


def _timer(node: etree._Element, wrong: Wrong) -> Iterator[Finding]:
    for one in node:
        if not isinstance(one.tag, str):
            continue
        text = "".join(one.itertext()).strip().strip("\"'")
        match bpmn.local(one):
            case "timeDuration":
                if parts_of(text) is None:
                    yield wrong(f"定时“{text}”须写成P3D（3天）或PT8H（8小时）的样子", one)
            case "timeCycle":
                yield wrong("不支持循环定时，请改用时限提醒", one)
            case "timeDate":
                yield wrong("不支持固定日期的定时，请改用时长", one)


def _foreign(node: etree._Element, wrong: Wrong) -> Iterator[Finding]:
    """Extensions of other tools would be ignored silently: they are named, never guessed."""
    for name in node.attrib:
        tool = _MODELLERS.get(etree.QName(name).namespace or "")
        if tool:
            yield wrong(
                f"{tool}的属性“{etree.QName(name).localname}”不能直接运行，请先导入转换或改用本平台的设置"
            )
    for one in bpmn.extensions(node):
        space = bpmn.namespace(one)
        if space in _MODELLERS:
            yield wrong(
                f"{_MODELLERS[space]}的扩展“{bpmn.local(one)}”不能直接运行，请先导入转换或改用本平台的设置",
                one,
            )
        elif space == SPIFF and bpmn.local(one) != "calledDecisionId":
            yield wrong(f"扩展“{bpmn.local(one)}”会运行代码或访问外部，不能使用", one)
        elif space == TZ and bpmn.local(one) not in {
            "assignee", "sign", "opinion", "reading", "kind", "returns", "service",
        }:  # fmt: skip
            yield wrong(f"不认识的设置“tz:{bpmn.local(one)}”", one)


def _processes(root: etree._Element, drawing: Drawing) -> Iterator[Finding]:
    """What an engine needs of a process itself."""
    for node in bpmn.elements_of(root):
        if bpmn.local(node) != "process" or bpmn.namespace(node) != BPMN:
            continue
        key, line, name = node.get("id") or "", node.sourceline or 0, node.get("name") or ""
        if not key:
            yield Finding("process", line, name, "流程没有编号（id）")
        elif key == drawing.process_id and node.get("isExecutable") not in {None, "true", "1"}:
            yield Finding(key, line, name, "流程未标为可执行（isExecutable须为true）")


def _ids(root: etree._Element) -> Iterator[Finding]:
    seen: set[str] = set()
    for node in bpmn.elements_of(root):
        key = node.get("id")
        if key and bpmn.namespace(node) == BPMN:
            if key in seen:
                yield Finding(key, node.sourceline or 0, node.get("name") or "", f"编号“{key}”重复")
            seen.add(key)


def _shape(drawing: Drawing) -> Iterator[Finding]:
    """One start, an end that can be reached, nothing left hanging."""
    within = {element.within for element in drawing.elements.values()} | {drawing.process_id}
    for holder in sorted(within):
        mine = [one for one in drawing.elements.values() if one.within == holder]
        starts = [one for one in mine if one.tag == "startEvent"]
        ends = [one for one in mine if one.tag == "endEvent"]
        where = "流程" if holder == drawing.process_id else f"子流程“{holder}”"
        if len(starts) != 1:
            yield _of(drawing, holder, f"{where}须有且只有一个开始事件，现有{len(starts)}个")
        if not ends:
            yield _of(drawing, holder, f"{where}没有结束事件，办理后不会办结")
        if len(starts) == 1:
            yield from _reach(drawing, starts[0].id, holder, [one.id for one in mine])


def _reach(drawing: Drawing, start: str, holder: str, mine: list[str]) -> Iterator[Finding]:
    reached, ahead = {start}, [start]
    while ahead:
        at = ahead.pop()
        for target in [flow.target for flow in drawing.after(at)] + drawing.attached.get(at, []):
            if target not in reached:
                reached.add(target)
                ahead.append(target)
    kinds = {key: drawing.elements[key].tag for key in mine}
    nodes = {key for key, tag in kinds.items() if tag in _RUN}
    boundary = {key for key, tag in kinds.items() if tag == "boundaryEvent"}
    for key in sorted(nodes - reached - boundary):
        yield _of(drawing, key, "从开始走不到这里")
    for key in sorted(nodes & reached):
        if kinds[key] != "endEvent" and not drawing.after(key):
            yield _of(drawing, key, "后面没有连线，走到这里就停住了")
    if not any(kinds.get(key) == "endEvent" for key in reached) and any(
        tag == "endEvent" for tag in kinds.values()
    ):
        yield _of(drawing, holder, "从开始走不到任何结束事件")
    yield from _dead_ends(drawing, nodes & reached, kinds)


def _dead_ends(drawing: Drawing, nodes: set[str], kinds: dict[str, str]) -> Iterator[Finding]:
    """A round from which no way leads to an end."""
    good = {key for key in nodes if kinds[key] == "endEvent"}
    while True:
        more = {key for key in nodes - good if any(flow.target in good for flow in drawing.after(key))}
        if not more:
            break
        good |= more
    if good:
        for key in sorted(nodes - good):
            if drawing.after(key):
                yield _of(drawing, key, "从这里走不到结束，会一直绕圈")


def _user(node: UserNode, drawing: Drawing) -> Iterator[Finding]:
    def wrong(message: str, line: int = 0) -> Finding:
        return Finding(node.id, line or node.line, node.name, message)

    if not node.assignees:
        yield wrong("没有设置办理人（tz:assignee）")
    yield from (wrong(message) for message in _words(node))
    for rule in node.assignees:
        yield from (wrong(message, rule.line) for message in _assignee(rule))
    if node.sign.mode == Mode.PERCENTAGE and not 1 <= node.sign.percent <= 100:  # noqa: PLR2004
        yield wrong("会签百分比须为1至100")
    for target in node.returns:
        if target != bpmn.START and target not in drawing.users:
            yield wrong(f"可退回的环节“{target}”不在流程中")
    if len(drawing.after(node.id)) > 1:
        yield wrong("用户任务后只能有一条连线，分支请用网关")


def _words(node: UserNode) -> Iterator[str]:
    if node.kind not in bpmn.KINDS:
        yield f"环节类别“{node.kind}”不可用，可用的有：{'、'.join(bpmn.KINDS)}"
    if node.kind == "approve" and any(rule.kind == "starter" for rule in node.assignees):
        yield "由拟稿人本人办理的环节类别须为fill，不能审批自己的申请"
    if node.opinion not in {"true", "false", "on_refusal"}:
        yield "意见要求须为true、false或on_refusal"


def _assignee(rule: Assignee) -> Iterator[str]:
    if rule.kind not in bpmn.ASSIGNEE_KINDS:
        yield f"办理人类别“{rule.kind}”不可用，可用的有：{'、'.join(bpmn.ASSIGNEE_KINDS)}"
        return
    needs = {"post": "post", "role": "role", "relation": "relation", "person": "person", "field": "field",
             "decision": "field"}.get(rule.kind)  # fmt: skip
    if needs and not getattr(rule, needs):
        yield f"办理人（{rule.kind}）没有填写{needs}"
    if rule.kind == "relation" and rule.relation and rule.relation not in bpmn.RELATIONS:
        yield f"关系“{rule.relation}”不可用，可用的有：{'、'.join(bpmn.RELATIONS)}"
    if rule.relation == "same_region" and not rule.unit:
        yield "“同一区划”须用unit指明条线上的单位"
    if rule.of not in {"starter", "previous"} and not rule.of.startswith("field:"):
        yield f"of=“{rule.of}”不可用，须为starter、previous或field:字段名"


def _flows(drawing: Drawing, names: Collection[str]) -> Iterator[Finding]:
    for flow in drawing.flows:
        for key, word in ((flow.source, "起点"), (flow.target, "终点")):
            if key not in drawing.elements:
                yield Finding(flow.id, flow.line, "连线", f"连线的{word}“{key}”不存在")
        if flow.condition:
            try:
                expressions.check(flow.condition, names)
            except expressions.ExpressionError as error:
                yield Finding(flow.id, flow.line, "连线", f"条件{error}")
            source = drawing.elements.get(flow.source)
            if source is not None and source.tag not in {"exclusiveGateway", "inclusiveGateway"}:
                yield Finding(flow.id, flow.line, "连线", "条件只能写在排他网关或包容网关后的连线上")
    for element in drawing.elements.values():
        if element.tag in {"exclusiveGateway", "inclusiveGateway"}:
            yield from _gateway(drawing, element.id)


def _gateway(drawing: Drawing, key: str) -> Iterator[Finding]:
    out = drawing.after(key)
    if len(out) < 2:  # noqa: PLR2004
        return
    default = [flow for flow in out if flow.is_default]
    if len(default) != 1:
        yield _of(drawing, key, "网关须指定一条默认连线（default），条件都不满足时走它")
    for flow in out:
        if not flow.is_default and not flow.condition:
            yield Finding(flow.id, flow.line, "连线", "网关后的非默认连线须写条件")
