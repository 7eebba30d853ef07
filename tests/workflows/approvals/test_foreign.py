"""Drawings of other tools: imported and right, or refused with element and line; never guessed at, never a fault."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from common import clock
from tests.workflows.approvals.conftest import chain, drawing, head, user
from tests.workflows.approvals.test_modelling import CAMUNDA
from workflows.approvals import engine, specs, tree
from workflows.rules import bpmn, bpmn_import, bpmn_lint
from workflows.rules.bpmn import BPMN, BpmnUnreadable, Drawing
from workflows.rules.bpmn_lint import Finding

ROLES = {"head", "office", "liaison", "leader"}
SPACES = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:flowable="http://flowable.org/bpmn"'


def taken(xml: str) -> tuple[str, list[Finding]]:
    """As an import does: converted, then looked at; what is left are errors."""
    ours, _changed = bpmn_import.convert(xml, ROLES)
    bpmn.read(ours)
    found = list(bpmn_lint.check(ours, names={"outcome", "outcomes", "starter", "amount"}, services=set()))
    return ours, [one for one in found if one.severity == "error"]


def foreign(body: str, *, root: str = "", process: str = "") -> str:
    return (
        f'<definitions xmlns="{BPMN}" {SPACES} targetNamespace="urn:t" {root}>\n'
        f'<process id="p" isExecutable="true">\n{body}\n</process>{process}</definitions>'
    )


def line(*nodes: str) -> str:
    ids = ["s", *(node.split('id="', 1)[1].split('"', 1)[0] for node in nodes), "e"]
    flows = [f'<sequenceFlow id="f{a}{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairwise(ids)]
    return "\n".join(['<startEvent id="s"/>', *nodes, *flows, '<endEvent id="e"/>'])


TASK = '<userTask id="a" name="审核" camunda:candidateGroups="head"/>'
LOOP = (
    '<userTask id="a" camunda:assignee="${who}"><multiInstanceLoopCharacteristics camunda:collection="people" '
    'camunda:elementVariable="who"/></userTask>'
)


@pytest.mark.parametrize(
    "xml",
    [
        foreign(line(TASK)),
        foreign(line(TASK.replace("camunda:", "flowable:"))),
        foreign(line(LOOP)),
        foreign(line('<userTask id="a" camunda:assignee="civil_head" camunda:formKey="x"/>')),
        foreign(
            line('<userTask id="a" camunda:assignee="civil_head"/>'), root='vendor:x="1" xmlns:vendor="urn:v"'
        ),
        foreign(
            line(TASK)
            + '<laneSet id="ls"><lane id="l" name="局长"><flowNodeRef>a</flowNodeRef></lane></laneSet>'
            + '<textAnnotation id="n"><text>注</text></textAnnotation>',
            process='<collaboration id="c"><participant id="pt" name="池" processRef="p"/></collaboration>',
        ),
        foreign(
            line(TASK)
            + '<boundaryEvent id="t" attachedToRef="a"><timerEventDefinition><timeDuration>P3D</timeDuration>'
            "</timerEventDefinition></boundaryEvent>" + '<sequenceFlow id="ft" sourceRef="t" targetRef="e"/>'
        ),
        foreign(
            line(TASK).replace('targetRef="e"', 'targetRef="g"')
            + '<inclusiveGateway id="g" default="d"/><sequenceFlow id="d" sourceRef="g" targetRef="e"/>'
            + '<sequenceFlow id="c" sourceRef="g" targetRef="h"><conditionExpression>${amount &gt; 5}'
            + '</conditionExpression></sequenceFlow><userTask id="h" camunda:candidateGroups="office"/>'
            + '<sequenceFlow id="h1" sourceRef="h" targetRef="e"/>'
        ),
        foreign(
            line(
                '<subProcess id="sub">'
                + line(TASK).replace('"s"', '"s2"').replace('"e"', '"e2"')
                + "</subProcess>"
            )
        ),
    ],
)
def test_what_means_the_same_here_comes_in_without_an_error_and_can_be_run(xml):
    ours, wrong = taken(xml)
    assert wrong == []
    drawn = bpmn.read(ours)
    assert drawn.users["a"].assignees
    read = specs.parse(ours, process_id=drawn.process_id)
    run = engine.Run(read, None, names={"amount": 1}, now=clock.now(), service=lambda _node: None)
    standing = run.go()
    assert [node for _task, node in standing.ready] == ["a"]
    run.complete(standing.ready[0][0])
    assert run.go().is_ended


EVENT = (
    '<subProcess id="x" triggeredByEvent="true"><startEvent id="y"><timerEventDefinition/></startEvent>'
    "</subProcess>"
)


@pytest.mark.parametrize(
    ("body", "element"),
    [
        ('<userTask id="x" camunda:assignee="${service.find()}"/>', "x"),
        ('<userTask id="x" camunda:candidateGroups="strangers"/>', "x"),
        (('<userTask id="x" camunda:assignee="${w}"><multiInstanceLoopCharacteristics><loopCardinality>3'
         "</loopCardinality></multiInstanceLoopCharacteristics></userTask>"), "x"),
        ('<userTask id="x" flowable:candidateUsers="${list}"/>', "x"),
        (('<userTask id="x" camunda:candidateGroups="head"><extensionElements><camunda:taskListener class="X" '
         'event="create"/></extensionElements></userTask>'), "x"),
        ('<serviceTask id="x" camunda:class="com.x.Y"/>', "x"),
        ('<serviceTask id="x" flowable:type="mail"/>', "x"),
        ('<scriptTask id="x" scriptFormat="groovy"><script>1</script></scriptTask>', "x"),
        ('<receiveTask id="x" messageRef="m"/>', "x"),
        ('<intermediateThrowEvent id="x"><signalEventDefinition/></intermediateThrowEvent>', "x"),
        ('<intermediateCatchEvent id="x"><messageEventDefinition/></intermediateCatchEvent>', "x"),
        (('<intermediateCatchEvent id="x"><timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition>'
         "</intermediateCatchEvent>"), "x"),
        ('<complexGateway id="x"/>', "x"),
        ('<eventBasedGateway id="x"/>', "x"),
        ('<adHocSubProcess id="x"/>', "x"),
        ('<transaction id="x"/>', "x"),
        ('<task id="x"/>', "x"),
        (EVENT, "x"),
        ('<userTask id="x" camunda:candidateGroups="head"/><vendor:task id="v" xmlns:vendor="urn:v"/>', "v"),
    ],
)  # fmt: skip
def test_what_does_not_is_refused_by_element_and_line(body, element):
    _ours, wrong = taken(foreign(line(body)))
    named = [one for one in wrong if one.element == element]
    assert named, wrong
    assert all(one.line > 0 and one.message for one in named)


BOMB = '<!DOCTYPE d [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("start", [BOMB, OUTSIDE, '<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd">'])
def test_bombs_and_outside_entities_are_refused_in_drawings_and_tables(start):
    from workflows.rules import dmn

    with pytest.raises(BpmnUnreadable, match="DOCTYPE"):
        bpmn.read(start + foreign(line(TASK)).replace("审核", "&b;" if start == BOMB else "x"))
    with pytest.raises(dmn.DmnUnreadable):
        dmn.outputs(f"{start}<definitions><decisionTable/></definitions>")


@pytest.mark.parametrize(
    "xml", ["", "x", "<a/>", "<?xml version='1.0' encoding='bogus'?><a/>", "<a" * 9000, "﻿<a/>", "\ud800"]
)
def test_what_is_no_drawing_is_refused(xml):
    with pytest.raises(BpmnUnreadable):
        bpmn.read(xml)


GOOD = [CAMUNDA, foreign(line(TASK)), foreign(line(LOOP)), drawing(chain(user("a", "审核", head())))]
WORDS = [
    "",
    "a",
    "s",
    "p",
    "${x}",
    "${a.b()}",
    "-",
    "P1D",
    "true",
    "9" * 30,
    "审",
    "a b",
    "__class__",
    "calledElement",
]
TAGS = [
    "task", "callActivity", "boundaryEvent", "subProcess", "exclusiveGateway", "endEvent", "process", "definitions",
    "sequenceFlow", "multiInstanceLoopCharacteristics", "timerEventDefinition", "extensionElements", "userTask",
]  # fmt: skip


@st.composite
def broken(draw) -> str:
    """A good drawing with some of its nodes taken out, doubled, moved, renamed, or with other words in them."""
    root = etree.fromstring(draw(st.sampled_from(GOOD)).encode())
    for _time in range(draw(st.integers(1, 5))):
        nodes = [one for one in root.iter() if isinstance(one.tag, str)]
        node = draw(st.sampled_from(nodes))
        parent = node.getparent()
        match draw(st.integers(0, 5)):
            case 0 if parent is not None:
                parent.remove(node)
            case 1 if parent is not None:
                parent.append(etree.fromstring(etree.tostring(node)))
            case 2 if node.attrib:
                node.set(draw(st.sampled_from(sorted(node.attrib))), draw(st.sampled_from(WORDS)))
            case 3:
                node.tag = f"{{{BPMN}}}{draw(st.sampled_from(TAGS))}"
            case 4:
                node.text = draw(st.sampled_from(WORDS))
            case _ if node.attrib:
                del node.attrib[draw(st.sampled_from(sorted(node.attrib)))]
    return str(etree.tostring(root, encoding="unicode"))


@settings(max_examples=400, deadline=None)
@given(broken())
def test_whatever_is_done_to_a_drawing_it_is_refused_or_it_can_be_read(xml):
    try:
        ours, wrong = taken(xml)
    except BpmnUnreadable:
        return
    assert all(isinstance(one, Finding) and one.message for one in wrong)
    if not wrong:
        drawn: Drawing = bpmn.read(ours)
        with suppress(specs.EngineError):  # which the lint of a definition tells as "流程引擎不能读取"
            specs.parse(ours, process_id=drawn.process_id)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(GOOD), st.integers(0, 4000), st.integers(0, 40), st.text(max_size=5))
def test_a_drawing_with_a_piece_torn_out_is_refused_or_read(xml, start, length, other):
    try:
        taken(xml[:start] + other + xml[start + length :])
    except BpmnUnreadable:
        return


def test_a_state_that_an_older_program_kept_is_brought_up_when_it_is_read(monkeypatch):
    """The older form had no `parts` and named its tasks by words; two steps bring it here, the wrong way round none."""
    xml = drawing(chain(user("a", "审核", head()), user("b", "复核", head())))
    read = specs.parse(xml, process_id="p")

    def start(state):
        return engine.Run(read, state, names={}, now=clock.now(), service=lambda _node: None)

    run = start(None)
    run.complete(run.go().ready[0][0])
    run.go()
    now = run.kept()
    keys = ("id", "parent", "children", "state", "spec", "triggered", "internal")
    old = {"version": -1, **{key: one for key, one in now.items() if key != "parts"}}
    old["tasks"] = [dict(zip(keys, task, strict=True)) for task in now["tasks"]]
    steps = {
        tree.STATE_VERSION - 2: lambda state: {
            **{key: one for key, one in state.items() if key != "version"},
            "tasks": [list(task.values()) for task in state["tasks"]],
        },
        tree.STATE_VERSION - 1: lambda state: {**state, "parts": {}},
    }
    monkeypatch.setattr(tree, "UPGRADES", steps)
    brought = tree.upgraded(old, tree.STATE_VERSION - 2)
    assert brought == now
    assert [node for _task, node in start(brought).go().ready] == ["b"]
    with pytest.raises(specs.EngineError, match="不能由本程序打开"):
        tree.upgraded(now, tree.STATE_VERSION - 3)
    with pytest.raises(specs.EngineError):
        tree.upgraded(now, tree.STATE_VERSION + 1)
