"""What is wrong with a drawing, in plain Chinese, each finding with its element and line.

What this platform does not do is refused rather than guessed at.
"""

from collections.abc import Collection, Iterator

from lxml import etree

from workflows.rules import bpmn, expressions
from workflows.rules.bpmn import BPMN, Assignee, BpmnUnreadable, Drawing, Element, Finding, Flow, UserNode
from workflows.rules.bpmn_elements import ACTIVITIES, RUN, TAGS, check_elements
from workflows.rules.signing import Mode

MAX_ID, MAX_NAME = 80, 120
# Names that forms, returns and drafts use for something else.
_TAKEN = frozenset({bpmn.START, "view", "*"})


def check(xml: str, *, names: Collection[str], services: Collection[str]) -> Iterator[Finding]:
    """Args: names that conditions may ask for; services that are registered."""
    try:
        root = bpmn.parse(xml)
        drawing = bpmn.read(xml)
    except BpmnUnreadable as error:
        yield Finding("definitions", error.line, "", error.message)
        return
    yield from check_elements(root)
    yield from _ids(root)
    yield from _processes(root, drawing)
    yield from _shape(drawing)
    for element in drawing.elements.values():
        yield from _place(drawing, element)
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
    return Finding(key, element.line, element.name or TAGS.get(element.tag, element.tag), message, severity)


def _processes(root: etree._Element, drawing: Drawing) -> Iterator[Finding]:
    """What an engine needs of a process; of several in a file the first is run, the others when it calls them."""
    called = set(drawing.calls.values())
    for node in bpmn.elements_of(root):
        if bpmn.local(node) != "process" or bpmn.namespace(node) != BPMN:
            continue
        key, line, name = node.get("id") or "", node.sourceline or 0, node.get("name") or ""
        if not key:
            yield Finding("process", line, name, "流程没有编号（id）")
        elif key == drawing.process_id:
            if node.get("isExecutable") not in {None, "true", "1"}:
                yield Finding(key, line, name, "流程未标为可执行（isExecutable须为true）")
        elif key not in called and len(node):
            words = f"一个文件只能运行一个流程（池），已取“{drawing.process_id}”；“{key}”请删去、另存，或用调用活动相连"
            yield Finding(key, line, name or key, words)


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
    within |= {key for key, element in drawing.elements.items() if element.tag == "subProcess"}
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
    nodes = {key for key, tag in kinds.items() if tag in RUN}
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
    if not good:
        return
    behind: dict[str, set[str]] = {}
    for flow in drawing.flows:
        behind.setdefault(flow.target, set()).add(flow.source)
    ahead = [*good]
    while ahead:
        more = (behind.get(ahead.pop(), set()) & nodes) - good
        good |= more
        ahead += more
    for key in sorted(nodes - good):
        if drawing.after(key):
            yield _of(drawing, key, "从这里走不到结束，会一直绕圈")


def _is_attached(drawing: Drawing, event: Element) -> bool:
    return any(
        event.id in hanging
        and (host := drawing.elements.get(key)) is not None
        and host.tag in ACTIVITIES
        and host.within == event.within
        for key, hanging in drawing.attached.items()
    )


def _place(drawing: Drawing, element: Element) -> Iterator[Finding]:
    """What may come before and after an element, what it hangs on, and how it is called."""
    before, after = drawing.before(element.id), drawing.after(element.id)
    if element.tag == "endEvent" and after:
        yield _of(drawing, element.id, "结束事件后不能有连线")
    if element.tag in {"startEvent", "boundaryEvent"} and before:
        yield _of(drawing, element.id, f"{TAGS[element.tag]}前不能有连线")
    if element.tag == "boundaryEvent" and not _is_attached(drawing, element):
        yield _of(drawing, element.id, "边界事件没有附着在同一层的任务或子流程上（attachedToRef）")
    if len(after) > 1 and element.tag in ACTIVITIES | {
        "startEvent",
        "boundaryEvent",
        "intermediateCatchEvent",
    }:
        yield _of(drawing, element.id, f"{TAGS[element.tag]}后只能有一条连线，分支请用网关")
    if element.tag in RUN and element.id in _TAKEN:
        yield _of(drawing, element.id, f"编号“{element.id}”另有用途，请换一个编号")
    if len(element.id) > MAX_ID or len(element.name) > MAX_NAME:
        yield _of(drawing, element.id, f"编号不超过{MAX_ID}个字符，名称不超过{MAX_NAME}个字")


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
        ends = [drawing.elements.get(key) for key in (flow.source, flow.target)]
        for key, word, end in zip((flow.source, flow.target), ("起点", "终点"), ends, strict=True):
            if end is None:
                yield Finding(flow.id, flow.line, "连线", f"连线的{word}“{key}”不存在")
            elif end.tag not in RUN and end.tag in bpmn.IDLE:
                yield Finding(flow.id, flow.line, "连线", f"连线的{word}“{key}”不是流程的环节")
        if ends[0] and ends[1] and ends[0].within != ends[1].within:
            yield Finding(flow.id, flow.line, "连线", "连线不能跨出或跨入子流程、跨到别的流程（池）")
        if flow.condition:
            yield from _condition(flow, drawing, names)
    for element in drawing.elements.values():
        if element.tag in {"exclusiveGateway", "inclusiveGateway"}:
            yield from _gateway(drawing, element.id)


def _condition(flow: Flow, drawing: Drawing, names: Collection[str]) -> Iterator[Finding]:
    try:
        expressions.check(flow.condition, names)
    except expressions.ExpressionError as error:
        yield Finding(flow.id, flow.line, "连线", f"条件{error}")
    source = drawing.elements.get(flow.source)
    if source is not None and source.tag not in {"exclusiveGateway", "inclusiveGateway"}:
        yield Finding(flow.id, flow.line, "连线", "条件只能写在排他网关或包容网关后的连线上")


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
