"""Drawings of other tools: imported and right, or refused with element and line; never guessed at, never a fault."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from common import clock
from tests.workflows.approvals import invariants
from tests.workflows.approvals.conftest import chain, drawing, flow, head, user
from tests.workflows.approvals.test_modelling import CAMUNDA
from workflows.approvals import engine, specs, tree
from workflows.errors import NotAllowedNowError
from workflows.rules import bpmn, bpmn_import, bpmn_import_forms, bpmn_lint
from workflows.rules.bpmn import BPMN, BpmnUnreadable, Drawing, Finding
from workflows.store.models import CaseTask

ROLES = {"head", "office", "liaison", "leader"}
SPACES = (
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:flowable="http://flowable.org/bpmn" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:other="urn:other"'
)


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
        foreign(line('<userTask id="a" camunda:assignee="#{initiator}"/>')),
        foreign(line('<userTask id="a" camunda:assignee="civil_head" camunda:candidateGroups="x, ${y}"/>')),
        foreign(
            line(
                '<userTask id="a" flowable:assignee="${who}"><multiInstanceLoopCharacteristics isSequential="true">'
                "<loopDataInputRef>people</loopDataInputRef><inputDataItem name="
                '"who"/><completionCondition>${nrOfCompletedInstances == nrOfInstances}</completionCondition>'
                "</multiInstanceLoopCharacteristics></userTask>"
            )
        ),
        foreign(
            line(
                '<userTask id="a"><extensionElements><zeebe:userTask/><zeebe:formDefinition formId="f"/>'
                '<zeebe:assignmentDefinition assignee="=who"/></extensionElements><multiInstanceLoopCharacteristics>'
                '<extensionElements><zeebe:loopCharacteristics inputCollection="=people" inputElement="who"/>'
                "</extensionElements><completionCondition>= numberOfCompletedInstances / numberOfInstances &gt;= 0.5"
                "</completionCondition></multiInstanceLoopCharacteristics></userTask>"
            )
        ),
        foreign(
            line(
                '<userTask id="a"><extensionElements><zeebe:assignmentDefinition candidateGroups="head,office"/>'
                "</extensionElements></userTask>"
            ).replace('targetRef="e"', 'targetRef="g"')
            + '<exclusiveGateway id="g" default="d"/><sequenceFlow id="d" sourceRef="g" targetRef="e"/>'
            + '<sequenceFlow id="c" sourceRef="g" targetRef="h"><conditionExpression>=amount = 5 and amount != 3'
            + '</conditionExpression></sequenceFlow><userTask id="h" camunda:assignee="civil_head"/>'
            + '<sequenceFlow id="h1" sourceRef="h" targetRef="e"/>'
        ),
        foreign(
            line(TASK.replace("/>", '><dataInputAssociation id="da"><sourceRef>ds</sourceRef><targetRef>x</targetRef>'
                              '</dataInputAssociation><ioSpecification/></userTask>'))
            + '<dataObject id="do"/><dataObjectReference id="dr" dataObjectRef="do"/><dataStoreReference id="ds" '
            'dataStoreRef="st"/>',
            process='<dataStore id="st"/><message name="no id"/><signal id="sg"/><itemDefinition/>',
        ),
        foreign(line(TASK.replace("/>", "><!-- a > b --></userTask>"))),
        "\ufeff" + foreign(line(TASK)),
        '<?xml version="1.0" encoding="UTF-16"?>\n' + foreign(line(TASK)),
        '<?xml version="1.0" encoding="GB2312" standalone="yes"?>' + foreign(line(TASK)),
        foreign(
            line(TASK),
            process='<collaboration id="c"><participant id="pt" processRef="p"/><participant id="black" name="群众"/>'
            '<messageFlow id="mf" sourceRef="black" targetRef="s"/></collaboration>',
        ),
        foreign(line(TASK.replace("camunda:", 'other:colour="red" camunda:'))),
        foreign(
            line(TASK)
            + '<boundaryEvent id="t" attachedToRef="a" cancelActivity="false"><timerEventDefinition>'
            "<timeDuration>PT4H</timeDuration></timerEventDefinition></boundaryEvent>"
            '<endEvent id="te"/><sequenceFlow id="ft" sourceRef="t" targetRef="te"/>'
        ),
    ],
)  # fmt: skip
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
        ('<userTask id="x" camunda:assignee="#{service.find()}"/>', "x"),
        ('<userTask id="x"><potentialOwner><resourceAssignmentExpression/></potentialOwner></userTask>', "x"),
        ('<userTask id="x" isForCompensation="true" camunda:candidateGroups="head"/>', "x"),
        ('<userTask id="x" startQuantity="2" camunda:candidateGroups="head"/>', "x"),
        (('<userTask id="x" camunda:assignee="${w}"><multiInstanceLoopCharacteristics camunda:collection="people" '
         'camunda:elementVariable="w"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>'
         "</userTask>"), "x"),
        (('<userTask id="x" camunda:assignee="${w}"><multiInstanceLoopCharacteristics camunda:collection="people" '
         'camunda:elementVariable="w"><completionCondition>${nrOfCompletedInstances &gt;= 2}</completionCondition>'
         "</multiInstanceLoopCharacteristics></userTask>"), "x"),
        (('<userTask id="x" camunda:candidateGroups="head"><standardLoopCharacteristics/></userTask>'), "x"),
        (('<userTask id="x"><extensionElements><zeebe:assignmentDefinition assignee="=f(1)"/></extensionElements>'
         "</userTask>"), "x"),
        ('<serviceTask id="x"><extensionElements><zeebe:taskDefinition type="mail"/></extensionElements></serviceTask>',
         "x"),
        ('<sendTask id="x"/>', "x"),
        ('<manualTask id="x"/>', "x"),
        ('<choreographyTask id="x"/>', "x"),
        ('<callActivity id="x" camunda:calledElementBinding="version" calledElement="q"/>', "x"),
        (('<callActivity id="x" calledElement="q"><extensionElements><camunda:in variables="all"/></extensionElements>'
         "</callActivity>"), "x"),
        ('<intermediateCatchEvent id="x"><eventDefinitionRef>d</eventDefinitionRef></intermediateCatchEvent>', "x"),
        ('<intermediateCatchEvent id="x"><timerEventDefinition/></intermediateCatchEvent>', "x"),
        ('<intermediateCatchEvent id="x"><conditionalEventDefinition/></intermediateCatchEvent>', "x"),
        ('<intermediateCatchEvent id="x"><linkEventDefinition/></intermediateCatchEvent>', "x"),
        ('<intermediateThrowEvent id="x"><escalationEventDefinition/></intermediateThrowEvent>', "x"),
        ('<intermediateThrowEvent id="x"><compensateEventDefinition/></intermediateThrowEvent>', "x"),
        ('<subProcess id="x"/>', "x"),
        ('<subProcess id="x"><multiInstanceLoopCharacteristics/></subProcess>', "x"),
        ('<userTask id="view" camunda:candidateGroups="head"/>', "view"),
        ('<userTask id="start" camunda:candidateGroups="head"/>', "start"),
        (f'<userTask id="{"x" * 90}" camunda:candidateGroups="head"/>', "x" * 90),
        (f'<userTask id="x" name="{"名" * 130}" camunda:candidateGroups="head"/>', "x"),
        ('<userTask id="x" camunda:candidateGroups="head"/><laneSet id="x"/>', "x"),
    ],
)  # fmt: skip
def test_what_does_not_is_refused_by_element_and_line(body, element):
    _ours, wrong = taken(foreign(line(body)))
    named = [one for one in wrong if one.element == element]
    assert named, wrong
    assert all(one.line > 0 and one.message for one in named)


ANY = '<userTask id="x" camunda:candidateGroups="head"/>'
TWO = (
    '<process id="q" isExecutable="true"><startEvent id="qs"/><sequenceFlow id="qf" sourceRef="qs" targetRef="qe"/>'
    '<endEvent id="qe"/></process>'
)


def ended(kind: str) -> str:
    """The end has an event of this kind."""
    return line(ANY).replace('<endEvent id="e"/>', f'<endEvent id="e"><{kind}EventDefinition/></endEvent>')


def asking(how: str) -> str:
    """A gateway whose condition is written so."""
    inside = f"<conditionExpression {how}</conditionExpression>"
    way = f'<sequenceFlow id="c" sourceRef="g" targetRef="x">{inside}</sequenceFlow>'
    return line(ANY, '<exclusiveGateway id="g" default="fge"/>') + way


@pytest.mark.parametrize(
    ("xml", "element"),
    [
        # Events that hang on a task.
        *(
            (foreign(line(ANY) + f'<boundaryEvent id="b" attachedToRef="x"><{kind}EventDefinition/></boundaryEvent>'
                     '<sequenceFlow id="bf" sourceRef="b" targetRef="e"/>'), "b")
            for kind in ("message", "signal", "error", "escalation", "compensate", "conditional", "cancel", "timer")
        ),
        (foreign(line(ANY) + '<boundaryEvent id="b" attachedToRef="gone"><timerEventDefinition><timeDuration>P1D'
                 '</timeDuration></timerEventDefinition></boundaryEvent>'), "b"),
        (foreign(line(ANY) + '<boundaryEvent id="b" attachedToRef="x"/>'), "b"),
        (foreign(line(ANY) + '<boundaryEvent id="b" attachedToRef="x" parallelMultiple="true"><timerEventDefinition>'
                 '<timeDuration>P1D</timeDuration></timerEventDefinition><timerEventDefinition><timeDuration>P2D'
                 '</timeDuration></timerEventDefinition></boundaryEvent>'), "b"),
        # Starts and ends.
        *(
            (foreign(line(ANY).replace('<startEvent id="s"/>',
                                       f'<startEvent id="s"><{kind}EventDefinition/></startEvent>')), "s")
            for kind in ("message", "signal", "timer", "conditional")
        ),
        *(
            (foreign(ended(kind)), "e")
            for kind in ("message", "signal", "error", "escalation", "compensate", "cancel")
        ),
        (foreign(line(ANY) + '<startEvent id="s2"/><sequenceFlow id="sx" sourceRef="s2" targetRef="x"/>'), "p"),
        (foreign(line(ANY) + '<sequenceFlow id="back" sourceRef="e" targetRef="x"/>'), "e"),
        (foreign(line(ANY) + '<sequenceFlow id="back" sourceRef="x" targetRef="s"/>'), "s"),
        # Flows that lead nowhere, come from nowhere or leave their part.
        (foreign(line(ANY) + '<sequenceFlow id="far" sourceRef="x" targetRef="gone"/>'), "far"),
        (foreign(line(ANY) + '<sequenceFlow id="far" targetRef="e"/>'), "far"),
        (foreign(line(f'<subProcess id="sub">{line(ANY).replace(chr(34) + "s" + chr(34), chr(34) + "s2" + chr(34))}'
                      '<sequenceFlow id="out" sourceRef="x" targetRef="e"/></subProcess>')), "out"),
        (foreign(line(ANY).replace('<sequenceFlow id="fxe"', '<sequenceFlow id="fxe" flowable:skipExpression="${a}"')),
         "fxe"),
        (foreign(line(ANY).replace('targetRef="e"/>', 'targetRef="e"><extensionElements><camunda:executionListener '
                 'class="X" event="take"/></extensionElements></sequenceFlow>')), "fxe"),
        # Conditions in other languages.
        *(
            (foreign(asking(how)), "c")
            for how in ('language="javascript">amount &gt; 5', 'language="groovy">amount &gt; 5',
                        'camunda:resource="x.groovy">', ">${execution.getVariable('amount')}", ">${bean.check()}",
                        ">=list[1] = 2", ">=if amount then 1 else 2", ">amount <b>5</b>", ">${amount} &gt; ${other}")
        ),
        # Several processes, listeners of the whole, an element without an id, one id twice.
        (foreign(line(ANY), process=TWO), "q"),
        (foreign(line(ANY) + '<extensionElements><camunda:executionListener class="X"/></extensionElements>'), "p"),
        (foreign(line(ANY) + "<userTask/>"), "userTask"),
        (foreign(line(ANY, ANY)), "x"),
    ],
)  # fmt: skip
def test_what_hangs_around_the_tasks_is_refused_by_element_and_line_too(xml, element):
    _ours, wrong = taken(xml)
    named = [one for one in wrong if one.element == element]
    assert named, wrong
    assert all(one.line > 0 and one.message for one in named)


def test_a_chain_as_long_as_allowed_runs_and_a_longer_one_is_refused_at_once():
    def long(count: int) -> str:
        return foreign(line(*(TASK.replace('"a"', f'"a{number}"') for number in range(count))))

    ours, wrong = taken(long(240))
    assert wrong == []
    read = specs.parse(ours, process_id="p")
    run = engine.Run(read, None, names={}, now=clock.now(), service=lambda _node: None)
    assert [node for _task, node in run.go().ready] == ["a0"]
    with pytest.raises(BpmnUnreadable, match="500"):
        taken(long(3000))


def test_the_fields_of_camunda_and_flowable_become_the_form():
    fields = (
        '<camunda:formData><camunda:formField id="amount" label="金额" type="long"><camunda:validation>'
        '<camunda:constraint name="required"/></camunda:validation></camunda:formField></camunda:formData>'
    )
    later = (
        '<flowable:formProperty id="result" name="结论" type="enum" required="true"><flowable:value id="y" name="是"/>'
        '</flowable:formProperty><flowable:formProperty id="amount" writable="false"/>'
    )
    xml = foreign(
        line(TASK.replace("/>", f"><extensionElements>{later}</extensionElements></userTask>")).replace(
            '<startEvent id="s"/>',
            f'<startEvent id="s"><extensionElements>{fields}</extensionElements></startEvent>',
        )
    )
    assert bpmn_import_forms.form_of(xml, bpmn.read(taken(xml)[0])) == {
        "schema": {
            "type": "object",
            "required": ["amount"],
            "properties": {
                "amount": {"type": "integer", "title": "金额"},
                "result": {"type": "string", "title": "结论", "oneOf": [{"const": "y", "title": "是"}]},
            },
        },
        "rights": {"a": {"result": "write"}, "start": {"result": "hidden"}},
        "needed": {"a": ["result"]},
    }
    assert taken(xml)[1] == []
    signers = foreign(line(LOOP))
    made = bpmn_import_forms.form_of(signers, bpmn.read(taken(signers)[0]))["schema"]
    assert (made["required"], made["properties"]["people"]["items"]["format"]) == (["people"], "person")


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


ODD = {
    "bom": "\ufeff" + foreign(line(TASK)),
    "utf-16 said": '<?xml version="1.0" encoding="UTF-16"?>' + foreign(line(TASK)),
    "older namespace": foreign(line(TASK)).replace(BPMN, "http://schema.omg.org/spec/BPMN/2.0"),
    "no namespace": foreign(line(TASK)).replace(f'xmlns="{BPMN}"', ""),
    "outside": '<!DOCTYPE d SYSTEM "file:///etc/passwd">' + foreign(line(TASK)),
    "huge": foreign(line(TASK) + f"<!-- {'x' * 1_100_000} -->"),
    "many": foreign(line(*(TASK.replace('"a"', f'"a{number}"') for number in range(2000)))),
    "deep": foreign("<subProcess>" * 300 + "</subProcess>" * 300),
    "twice": foreign(line(TASK, TASK)),
    "hanging": foreign(line(TASK) + '<sequenceFlow id="far" sourceRef="a" targetRef="gone"/>'),
    "pools": foreign(line(TASK), process=TWO),
    "picture of words": foreign(
        line(TASK),
        process='<b:BPMNDiagram xmlns:b="http://www.omg.org/spec/BPMN/20100524/DI"><b:BPMNPlane bpmnElement="p">'
        '<b:BPMNShape bpmnElement="a"><d:Bounds xmlns:d="http://www.omg.org/spec/DD/20100524/DC" x="left" y="up"/>'
        "</b:BPMNShape></b:BPMNPlane></b:BPMNDiagram>",
    ),
    "long id": foreign(line(TASK.replace('"a"', f'"{"a" * 500}"'))),
    "empty": "",
    "words": "not xml",
    "json": "{}",
}


@pytest.mark.django_db
@pytest.mark.parametrize("xml", ODD.values(), ids=list(ODD))
def test_whatever_file_comes_it_is_a_draft_with_findings_or_refused(xml, appoint, city, call):
    appoint("civil_digital", "数字员", city.units["civil"], "digital_officer", "专员")
    drawer = call("civil_digital")
    told = drawer.post("/process-drafts/import", {"xml": xml, "key": "odd", "name": "来件"})
    assert told.status_code in {201, 400, 413}, told.content
    if told.status_code != 201:
        return
    wrong = [one for one in told.json()["findings"] if one["severity"] == "error"]
    draft = told.json()["draft"]
    if draft is None:
        assert wrong
        return
    tried = drawer.post(f"/process-drafts/{draft['id']}/route", {"data": {}})
    assert tried.status_code == (400 if wrong else 200), tried.content
    assert all(one["element"] and one["line"] > 0 for one in wrong), wrong


@pytest.mark.django_db
def test_a_join_that_waits_in_vain_refuses_the_deed_and_the_case_stays_with_who_has_it(publish, begin, do):
    publish("".join([
        '<bpmn:startEvent id="s"/>', user("a", "审核", head()), '<bpmn:exclusiveGateway id="g" default="fgb"/>',
        user("b", "甲", head()), user("c", "乙", head()), '<bpmn:parallelGateway id="j"/><bpmn:endEvent id="e"/>',
        flow("s", "a"), flow("a", "g"), flow("g", "b", key="fgb"), flow("g", "c", "reason == 'x'"), flow("b", "j"),
        flow("c", "j"), flow("j", "e"),
    ]))  # fmt: skip
    case = begin()
    do("civil_head", "agree", case)
    with pytest.raises(NotAllowedNowError, match="汇合"):
        do("civil_head", "agree", case)
    invariants.hold(case)
    assert [task.node for task in CaseTask.objects.filter(case=case, state="open")] == ["b"]
