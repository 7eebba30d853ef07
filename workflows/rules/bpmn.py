"""A drawn process as this platform reads it: its elements, their lines, and our extension of a user task."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from workflows.rules.signing import Mode, SignRule
from workflows.rules.texts import can_be_kept

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
TZ = "http://tongzhou.org/schema/bpmn/1.0"
START = "start"  # a return to the one who began
KINDS = ("approve", "read", "fill", "number", "seal", "distribute", "register")
ASSIGNEE_KINDS = ("starter", "post", "role", "relation", "person", "field", "decision")
RELATIONS = (
    "unit_head", "superior_head", "leader_in_charge", "handler", "liaison", "office", "same_region", "same_field",
)  # fmt: skip
MAX_BYTES = 1_000_000
MOST_ELEMENTS = 500
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
# They are drawn and change nothing about who decides what: the engine is not shown them.
IDLE = frozenset({
    "collaboration", "dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "dataInputAssociation",
    "dataOutputAssociation", "ioSpecification", "laneSet", "textAnnotation", "association", "group", "category",
    "message", "signal", "error", "escalation", "itemDefinition", "correlationProperty", "property",
})  # fmt: skip


class BpmnUnreadable(ValueError):  # noqa: N818 - it says what is so
    """Not a file that can be taken at all; `line` is 0 where none is known."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.message, self.line = message, line
        super().__init__(message)


@dataclass(frozen=True)
class Finding:
    """What is wrong with a drawing, at which element. `severity`: error (cannot be published) or warning."""

    element: str
    line: int
    name: str
    message: str
    severity: str = "error"


@dataclass(frozen=True)
class Assignee:
    """Who decides. Several of a node are put together.

    Attributes:
        of: whose unit is meant: starter, previous, or field:<name> (a unit or a person in the form).
        post: the code of a post; person: a staff number; unit: the code of a unit.
    """

    kind: str
    role: str = ""
    relation: str = ""
    of: str = "starter"
    unit: str = ""
    field: str = ""
    post: str = ""
    person: str = ""
    line: int = 0


@dataclass(frozen=True)
class UserNode:
    id: str
    name: str
    kind: str = "approve"
    assignees: tuple[Assignee, ...] = ()
    sign: SignRule = field(default_factory=SignRule)
    opinion: str = "on_refusal"
    reading: bool = False
    returns: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Flow:
    id: str
    source: str
    target: str
    condition: str = ""
    line: int = 0
    is_default: bool = False


@dataclass(frozen=True)
class Element:
    """Anything with an id: `tag` without its namespace, `process` or subprocess that holds it."""

    id: str
    tag: str
    name: str
    line: int
    within: str


@dataclass
class Drawing:
    process_id: str
    name: str
    line: int = 0
    elements: dict[str, Element] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    users: dict[str, UserNode] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    attached: dict[str, list[str]] = field(default_factory=dict)

    @property
    def has_timers(self) -> bool:
        return any(one.tag in {"boundaryEvent", "intermediateCatchEvent"} for one in self.elements.values())

    def after(self, node: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.source == node]

    def before(self, node: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.target == node]

    def handles_refusal(self, node: str) -> bool:
        """Whether the drawing says where a refusal goes: a gateway right behind the node asks for the outcome."""
        return any(
            "outcome" in after.condition for flow in self.after(node) for after in self.after(flow.target)
        )

    def first_filled(self) -> UserNode | None:
        """The user task right behind the start that the starter fills in: done by starting."""
        for element in self.elements.values():
            if element.tag == "startEvent" and element.within == self.process_id:
                for flow in self.after(element.id):
                    node = self.users.get(flow.target)
                    if node and node.kind == "fill" and any(one.kind == "starter" for one in node.assignees):
                        return node
        return None


def local(node: etree._Element) -> str:
    return str(etree.QName(node).localname)


def namespace(node: etree._Element) -> str:
    return etree.QName(node).namespace or ""


def elements_of(root: etree._Element) -> Iterator[etree._Element]:
    """Elements only: comments and instructions have no tag."""
    return (node for node in root.iter() if isinstance(node.tag, str))


def parse(xml: str) -> etree._Element:
    """The root, read without entities, DTDs or the network. Raises BpmnUnreadable.

    What a declaration says of the encoding was true of the file, not of the text that was read from it. Comments are
    left out, so that a text is the same to whoever reads it.
    """
    if not can_be_kept(xml):
        raise BpmnUnreadable("文件含有无法保存的字符")
    xml = xml.removeprefix("\ufeff")
    declared = _DECLARED.match(xml)
    if declared:
        xml = "\n" * declared.group().count("\n") + xml[declared.end() :]
    body = xml.encode()
    if len(body) > MAX_BYTES:
        raise BpmnUnreadable(f"文件超过{MAX_BYTES // 1_000_000}MB，请精简后再导入")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
        remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise BpmnUnreadable(f"不是完整的XML文件（第{error.lineno}行）", error.lineno or 0) from error
    if root.getroottree().docinfo.doctype:
        raise BpmnUnreadable("文件带有DOCTYPE声明，不能导入", 1)
    if local(root) != "definitions" or namespace(root) != BPMN:
        raise BpmnUnreadable("不是BPMN 2.0文件：最外层元素应为definitions", root.sourceline or 0)
    return root


def for_engine(xml: str) -> bytes:
    """The drawing without what the engine would stumble over and nobody needs to run it. Raises BpmnUnreadable."""
    root = parse(xml)
    for node in list(elements_of(root)):
        if namespace(node) == BPMN and local(node) == "extensionElements":
            for one in [*node]:
                if namespace(one) != SPIFF:
                    node.remove(one)
        elif (namespace(node) == BPMN and local(node) in IDLE) or _is_nowhere(node):
            node.getparent().remove(node)
    return bytes(etree.tostring(root))


def _is_nowhere(node: etree._Element) -> bool:
    """A place in the picture that is no number."""
    if local(node) != "Bounds":
        return False
    return any(not re.fullmatch(r"-?\d{1,9}(\.\d*)?", node.get(side) or "0") for side in ("x", "y"))


def read(xml: str) -> Drawing:
    """Raises BpmnUnreadable. What is wrong inside is for the lint to say."""
    root = parse(xml)
    processes = [node for node in elements_of(root) if local(node) == "process" and namespace(node) == BPMN]
    if not processes:
        raise BpmnUnreadable("文件中没有流程（process）", root.sourceline or 0)
    main = next((one for one in processes if one.get("isExecutable") != "false"), processes[0])
    drawing = Drawing(main.get("id") or "", main.get("name") or "", main.sourceline or 0)
    for process in processes:
        _read_within(process, process.get("id") or "", drawing)
    if len(drawing.elements) + len(drawing.flows) > MOST_ELEMENTS:
        raise BpmnUnreadable(f"流程图的元素和连线超过{MOST_ELEMENTS}个，请拆成几个流程，用调用活动相连")
    return drawing


def _read_within(holder: etree._Element, within: str, drawing: Drawing) -> None:
    defaults = {node.get("default") for node in elements_of(holder) if node.get("default")}
    for node in holder:
        if not isinstance(node.tag, str) or namespace(node) != BPMN:
            continue
        tag, key, line = local(node), node.get("id") or "", node.sourceline or 0
        name = node.get("name") or ""
        if tag == "sequenceFlow":
            ends = node.get("sourceRef") or "", node.get("targetRef") or ""
            drawing.flows.append(Flow(key, *ends, _condition(node), line, key in defaults))
        elif key:
            drawing.elements[key] = Element(key, tag, name, line, within)
            _read_kind(node, tag, key, drawing)


def _read_kind(node: etree._Element, tag: str, key: str, drawing: Drawing) -> None:
    match tag:
        case "userTask":
            drawing.users[key] = _user_node(node, key, node.get("name") or "", node.sourceline or 0)
        case "serviceTask":
            drawing.services[key] = next((one.get("name") or "" for one in _ours(node, "service")), "")
        case "businessRuleTask":
            drawing.decisions[key] = _decision(node)
        case "callActivity":
            drawing.calls[key] = (node.get("calledElement") or "").strip()
        case "boundaryEvent":
            drawing.attached.setdefault(node.get("attachedToRef") or "", []).append(key)
        case "subProcess":
            _read_within(node, key, drawing)


def _condition(node: etree._Element) -> str:
    found = [one for one in node if isinstance(one.tag, str) and local(one) == "conditionExpression"]
    return "".join(found[0].itertext()).strip() if found else ""


def extensions(node: etree._Element) -> list[etree._Element]:
    return [
        one
        for holder in node
        if isinstance(holder.tag, str) and local(holder) == "extensionElements"
        for one in holder
        if isinstance(one.tag, str)
    ]


def _ours(node: etree._Element, name: str) -> list[etree._Element]:
    return [one for one in extensions(node) if namespace(one) == TZ and local(one) == name]


def _decision(node: etree._Element) -> str:
    for one in extensions(node):
        if local(one) == "calledDecisionId":
            return (one.text or "").strip()
    return ""


def _user_node(node: etree._Element, key: str, name: str, line: int) -> UserNode:
    def first(tag: str, attribute: str, other: str) -> str:
        return next((one.get(attribute) or other for one in _ours(node, tag)), other)

    assignees = tuple(
        Assignee(
            kind=one.get("kind") or "", role=one.get("role") or "", relation=one.get("relation") or "",
            of=one.get("of") or "starter", unit=one.get("unit") or "", field=one.get("field") or "",
            post=one.get("post") or "", person=one.get("person") or "", line=one.sourceline or line,
        )
        for one in _ours(node, "assignee")
    )  # fmt: skip
    return UserNode(
        id=key,
        name=name or key,
        kind=first("kind", "value", "approve"),
        assignees=assignees,
        sign=_sign_rule(_ours(node, "sign")),
        opinion=first("opinion", "required", "on_refusal"),
        reading=first("reading", "required", "false") == "true",
        returns=tuple(first("returns", "to", "").split()),
        line=line,
    )


def _sign_rule(found: list[etree._Element]) -> SignRule:
    """As far as it can be read: the lint says what is wrong with the words."""
    if not found:
        return SignRule()
    one = found[0]
    mode = one.get("mode") or "one"
    percent = one.get("percent") or "100"
    return SignRule(
        mode=Mode(mode) if mode in set(Mode) else Mode.ONE,
        order="sequential" if one.get("order") == "sequential" else "parallel",
        percent=int(percent) if percent.isascii() and percent.isdecimal() and len(percent) <= 3 else 100,  # noqa: PLR2004
        veto=one.get("veto") == "true",
    )
