"""Kinds of elements, events, loops and settings that this platform runs; all others are named, none is guessed at."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from lxml import etree

from workflows.rules.bpmn import BPMN, IDLE, SPIFF, TZ, Finding, elements_of, extensions, local, namespace
from workflows.rules.durations import parts_of

TAGS = {
    "startEvent": "开始事件", "endEvent": "结束事件", "userTask": "用户任务", "serviceTask": "服务任务",
    "scriptTask": "脚本任务", "exclusiveGateway": "排他网关", "parallelGateway": "并行网关",
    "inclusiveGateway": "包容网关", "eventBasedGateway": "事件网关", "complexGateway": "复杂网关",
    "businessRuleTask": "业务规则任务", "callActivity": "调用活动", "subProcess": "子流程",
    "boundaryEvent": "边界事件", "intermediateCatchEvent": "中间捕获事件", "intermediateThrowEvent": "中间抛出事件",
    "sendTask": "发送任务", "receiveTask": "接收任务", "manualTask": "手工任务", "task": "任务", "transaction": "事务",
    "adHocSubProcess": "即席子流程", "sequenceFlow": "连线", "process": "流程", "messageFlow": "消息流",
    "dataStoreReference": "数据存储", "dataObjectReference": "数据对象", "dataStore": "数据存储",
}  # fmt: skip
RUN = frozenset({
    "startEvent", "endEvent", "userTask", "serviceTask", "exclusiveGateway", "parallelGateway", "inclusiveGateway",
    "businessRuleTask", "callActivity", "subProcess", "boundaryEvent", "intermediateCatchEvent",
})  # fmt: skip
ACTIVITIES = frozenset({"userTask", "serviceTask", "businessRuleTask", "callActivity", "subProcess"})
MODELLERS = {
    "http://camunda.org/schema/1.0/bpmn": "Camunda",
    "http://flowable.org/bpmn": "Flowable",
    "http://activiti.org/bpmn": "Activiti",
    "http://operaton.org/schema/1.0/bpmn": "Operaton",
    "http://camunda.org/schema/zeebe/1.0": "Camunda 8",
}
_QUIET = IDLE | {"extensionElements", "documentation", "lane", "auditing", "monitoring"}
# What an activity, an event or a gateway may hold beside its extensions and its event.
_INSIDE = _QUIET | {"incoming", "outgoing", "rendering", "script"}
_PERFORMERS = frozenset({"potentialOwner", "humanPerformer", "performer", "resourceRole"})
_LOOPS = frozenset({"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"})
_SETTINGS = frozenset({"assignee", "sign", "opinion", "reading", "kind", "returns", "service"})
_EVENTS = {
    "startEvent": frozenset[str](),
    "endEvent": frozenset({"terminateEventDefinition"}),
    "intermediateCatchEvent": frozenset({"timerEventDefinition"}),
    "boundaryEvent": frozenset({"timerEventDefinition"}),
}
_EVENT_WORDS = {
    "messageEventDefinition": "消息", "signalEventDefinition": "信号", "errorEventDefinition": "错误",
    "escalationEventDefinition": "升级", "compensateEventDefinition": "补偿", "conditionalEventDefinition": "条件",
    "linkEventDefinition": "链接", "cancelEventDefinition": "取消", "timerEventDefinition": "定时",
    "terminateEventDefinition": "终止",
}  # fmt: skip
# Attributes that change what an element does: attribute → the value that changes nothing.
_PLAIN: Mapping[str, tuple[str, str]] = {
    "triggeredByEvent": ("false", "暂不支持事件子流程"),
    "isForCompensation": ("false", "暂不支持补偿任务"),
    "parallelMultiple": ("false", "暂不支持并行多重事件"),
    "startQuantity": ("1", "暂不支持startQuantity，须为1"),
    "completionQuantity": ("1", "暂不支持completionQuantity，须为1"),
}
LANGUAGES = frozenset({"", "juel", "feel", "python", "http://www.w3.org/1999/xpath"})


class Wrong(Protocol):
    def __call__(self, message: str, at: etree._Element = ..., severity: str = ..., /) -> Finding: ...


def check_elements(root: etree._Element) -> Iterator[Finding]:
    """What stands in the processes of the file, in the order of its lines; each thing by its element and line."""
    for node in elements_of(root):
        if namespace(node) != BPMN:
            continue
        match local(node):
            case "process":
                yield from _foreign(node, _wrong_at(node))
                yield from _children(node)
            case "subProcess" | "transaction" | "adHocSubProcess":
                yield from _children(node)
            case "messageFlow":
                yield _wrong_at(node)("消息流只作说明，不会发送消息", node, "warning")


def _wrong_at(node: etree._Element) -> Wrong:
    key, line, word = node.get("id") or "", node.sourceline or 0, TAGS.get(local(node), local(node))

    def wrong(message: str, at: etree._Element = node, severity: str = "error", /) -> Finding:
        return Finding(key or local(node), at.sourceline or line, node.get("name") or word, message, severity)

    return wrong


def _children(holder: etree._Element) -> Iterator[Finding]:
    for node in holder:
        tag, wrong = local(node), _wrong_at(node)
        if namespace(node) != BPMN:
            yield wrong(f"“{tag}”不是BPMN元素，本平台不能识别")
        elif tag == "sequenceFlow":
            yield from _flow(node, wrong)
        elif tag in _PERFORMERS and local(holder) == "process":
            yield wrong(f"流程上的“{tag}”不会被采用，请在各环节设置办理人", node, "warning")
        elif tag in _LOOPS | _PERFORMERS | _INSIDE or tag.endswith("EventDefinition"):
            continue
        else:
            yield from _element(node, tag, wrong)


def _element(node: etree._Element, tag: str, wrong: Wrong) -> Iterator[Finding]:
    if tag == "scriptTask":
        yield wrong("脚本任务会在服务器上运行代码，不能使用；请改用条件、决策表或服务任务")
    elif tag not in RUN:
        yield wrong(f"暂不支持{TAGS.get(tag, tag)}（{tag}），请改用用户任务、网关或子流程")
    if not node.get("id"):
        yield wrong(f"{TAGS.get(tag, tag)}没有编号（id）")
    for name, (plain, why) in _PLAIN.items():
        if (node.get(name) or plain).strip() != plain:
            yield wrong(why)
    if tag in _EVENTS:
        yield from _event(node, tag, wrong)
    for one in node:
        yield from _inside(one, tag, wrong)
    yield from _foreign(node, wrong)


def _inside(one: etree._Element, tag: str, wrong: Wrong) -> Iterator[Finding]:
    inner = local(one)
    if namespace(one) != BPMN:
        yield wrong(f"“{inner}”不是BPMN元素，本平台不能识别", one)
    elif inner in _LOOPS:
        yield wrong("多实例和循环请改用会签设置（tz:sign）", one)
    elif inner in _PERFORMERS:
        yield wrong(f"“{inner}”不能直接运行，请改用本平台的办理人设置（tz:assignee）", one)
    elif inner in {"dataInputAssociation", "dataOutputAssociation", "ioSpecification"}:
        yield wrong(f"“{inner}”只作说明，数据都在表单里", one, "warning")
    elif inner == "eventDefinitionRef":
        yield wrong("事件的定义须写在事件里，不能引用（eventDefinitionRef）", one)
    elif inner.endswith("EventDefinition"):
        if tag not in _EVENTS:
            yield wrong(f"{TAGS.get(tag, tag)}不能带有{inner}", one)
    elif tag not in {"subProcess", "transaction", "adHocSubProcess"} and inner not in _INSIDE:
        yield wrong(f"{TAGS.get(tag, tag)}中的“{inner}”本平台不能识别", one)


def _event(node: etree._Element, tag: str, wrong: Wrong) -> Iterator[Finding]:
    events = [one for one in node if local(one).endswith("EventDefinition")]
    for one in events:
        if local(one) not in _EVENTS[tag]:
            word = _EVENT_WORDS.get(local(one), local(one))
            can = "、".join(_EVENT_WORDS[name] for name in sorted(_EVENTS[tag])) or "不带触发条件的"
            yield wrong(f"{TAGS[tag]}不支持{word}（{local(one)}），只支持{can}", one)
        elif local(one) == "timerEventDefinition":
            yield from _timer(one, wrong)
    if tag in {"intermediateCatchEvent", "boundaryEvent"} and not events:
        yield wrong(f"{TAGS[tag]}没有定时设置")
    if len(events) > 1:
        yield wrong(f"{TAGS[tag]}只能有一个触发条件，现有{len(events)}个", events[1])


def _timer(node: etree._Element, wrong: Wrong) -> Iterator[Finding]:
    times = [one for one in node if local(one) in {"timeDuration", "timeCycle", "timeDate"}]
    if len(times) != 1:
        yield wrong("定时须有且只有一个时长（timeDuration）", node)
    for one in times:
        text = "".join(one.itertext()).strip().strip("\"'")
        match local(one):
            case "timeDuration":
                if parts_of(text) is None:
                    yield wrong(f"定时“{text}”须写成P3D（3天）或PT8H（8小时）的样子", one)
            case "timeCycle":
                yield wrong("不支持循环定时，请改用时限提醒", one)
            case "timeDate":
                yield wrong("不支持固定日期的定时，请改用时长", one)


def _flow(node: etree._Element, wrong: Wrong) -> Iterator[Finding]:
    yield from _foreign(node, wrong)
    conditions = [one for one in node if local(one) == "conditionExpression"]
    for one in conditions:
        language = (one.get("language") or "").strip()
        if language.lower() not in LANGUAGES:
            yield wrong(f"条件用“{language}”写成，不能运行，请改成字段的比较", one)
        if len(one):
            yield wrong("条件须是一段文字，不能再含元素", one)
        for name in one.attrib:
            if tool := MODELLERS.get(etree.QName(name).namespace or ""):
                yield wrong(
                    f"{tool}的属性“{etree.QName(name).localname}”不能直接运行，请把条件写在连线上", one
                )
    if len(conditions) > 1:
        yield wrong("一条连线只能有一个条件", conditions[1])


def _foreign(node: etree._Element, wrong: Wrong) -> Iterator[Finding]:
    """Settings of other tools would be ignored silently: they are named, never guessed."""
    advice = "请先导入转换或改用本平台的设置"
    for name in node.attrib:
        space, short = etree.QName(name).namespace or "", etree.QName(name).localname
        if space in MODELLERS:
            yield wrong(f"{MODELLERS[space]}的属性“{short}”不能直接运行，{advice}")
        elif space and space not in {TZ, SPIFF} and not space.startswith("http://www.w3.org/"):
            yield wrong(f"其他工具的属性“{short}”未采用", node, "warning")
    for one in extensions(node):
        space, short = namespace(one), local(one)
        if space in MODELLERS:
            yield wrong(f"{MODELLERS[space]}的扩展“{short}”不能直接运行，{advice}", one)
        elif space == SPIFF:
            if short != "calledDecisionId":
                yield wrong(f"扩展“{short}”会运行代码或访问外部，不能使用", one)
        elif space == TZ:
            if short not in _SETTINGS:
                yield wrong(f"不认识的设置“tz:{short}”", one)
        else:
            yield wrong(f"其他工具的扩展“{short}”未采用", one, "warning")
