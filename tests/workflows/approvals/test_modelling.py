"""Drawing, checking, importing, trying and publishing processes."""

from pathlib import Path

import pytest

from common.errors import BadInputError, ConflictError, ForbiddenError
from tests.workflows.approvals.conftest import FORM, chain, drawing, flow, head, person, user
from workflows.approvals import modelling, reviewing
from workflows.rules import bpmn_import, bpmn_lint
from workflows.store.models import Case, ProcessVersion

pytestmark = pytest.mark.django_db
GOOD = chain(user("a", "审核", head()))
FIXTURE = {
    "cases": [
        {
            "name": "同意", "starter": "civil_handler", "data": {"reason": "试"},
            "steps": [{"node": "a", "actor": "civil_head", "deed": "agree"}],
            "expect": {"state": "finished", "trail": ["start", "agree"]},
        }
    ]
}  # fmt: skip
DMN = (Path(__file__).parent / "level_table.dmn").read_text()


@pytest.fixture
def drawers(appoint, city):
    for number, name, role in (
        ("civil_digital", "数字员", "digital_officer"),
        ("civil_second", "复核员", "digital_officer"),
    ):
        appoint(number, name, city.units["civil"], role, "专员")


@pytest.fixture
def draft(drawers, act):
    made = modelling.check_new_draft(actor=act("civil_digital"), key="own", name="自拟流程")
    return modelling.check_save_draft(
        actor=act("civil_digital"), version_id=made.id, edit=made.edit,
        parts={"bpmn": drawing(GOOD, "own"), "form": {**FORM, "rights": {}}, "fixture": FIXTURE},
    )  # fmt: skip


def test_published_by_another_than_its_author(draft, act):
    author, other = act("civil_digital"), act("civil_second")
    with pytest.raises(ForbiddenError):
        modelling.check_new_draft(actor=act("civil_handler"), key="x", name="x")
    told = modelling.check_try(actor=author, version_id=draft.id)
    assert (told.passed, told.failed) == (1, 0), told
    assert not Case.objects.exists()
    reviewing.check_submit(actor=author, version_id=draft.id, note="请审")
    with pytest.raises(ForbiddenError):
        reviewing.check_publish(actor=author, version_id=draft.id)
    with pytest.raises(BadInputError):
        reviewing.check_send_back(actor=other, version_id=draft.id, note="")
    done = reviewing.check_publish(actor=other, version_id=draft.id, note="同意")
    assert (done.state, done.number, done.reviewer) == ("published", 1, "复核员")
    assert modelling.export(author, "own") == drawing(GOOD, "own")
    assert [one.number for one in modelling.versions_of(author, "own")] == [1]


def test_running_cases_keep_their_version(draft, act, begin, look, do):
    author, other = act("civil_digital"), act("civil_second")
    reviewing.check_submit(actor=author, version_id=draft.id, note="")
    reviewing.check_publish(actor=other, version_id=draft.id)
    case = begin(process="own")
    again = modelling.check_new_draft(actor=author, key="own", name="自拟流程")
    changed = drawing(chain(user("a", "审核", head()), user("b", "复核", person("leader"))), "own")
    modelling.check_save_draft(
        actor=author, version_id=again.id, edit=again.edit, parts={"bpmn": changed, "fixture": {}}
    )
    reviewing.check_submit(actor=author, version_id=again.id, note="")
    reviewing.check_publish(actor=other, version_id=again.id)
    assert (look("civil_handler", case).version, look("civil_handler", begin(process="own")).version) == (
        1,
        2,
    )
    assert do("civil_head", "agree", case).state == "finished"


def test_two_at_one_draft_and_failing_tests(draft, act):
    author = act("civil_digital")
    with pytest.raises(ConflictError):
        modelling.check_save_draft(actor=author, version_id=draft.id, edit=1, parts={"bpmn": "x"})
    wrong = {"cases": [{**FIXTURE["cases"][0], "expect": {"state": "refused"}}]}
    modelling.check_save_draft(actor=author, version_id=draft.id, edit=draft.edit, parts={"fixture": wrong})
    with pytest.raises(BadInputError) as refused:
        reviewing.check_submit(actor=author, version_id=draft.id, note="")
    assert refused.value.field == "tests"


def test_what_is_wrong_is_kept_and_named(draft, act):
    author = act("civil_digital")
    told = modelling.check_save_draft(
        actor=author, version_id=draft.id, edit=draft.edit, parts={"bpmn": "<nonsense"}
    )
    assert told.bpmn == "<nonsense"
    assert "XML" in told.findings[0].message
    with pytest.raises(BadInputError):
        reviewing.check_submit(actor=author, version_id=draft.id, note="")


def lint(body: str, **more) -> list[tuple[str, int, str]]:
    found = bpmn_lint.check(drawing(body), names={"amount", "outcome", "starter"}, services={"archive"})
    return [(one.element, one.line, one.message) for one in found if one.severity == "error"]


def extension(inner: str) -> str:
    return f"<bpmn:extensionElements><{inner}/></bpmn:extensionElements>"


START, END = '<bpmn:startEvent id="s"/>', '<bpmn:endEvent id="e"/>'
ALONE = user("a", "甲", head()) + user("b", "乙", head())
SERVICE = '<bpmn:serviceTask id="x">{}</bpmn:serviceTask>'
TIMER = '<bpmn:intermediateCatchEvent id="x"><bpmn:timerEventDefinition>{}</bpmn:timerEventDefinition>{}'
STARTER = extension("tz:assignee kind='starter'")
LOOP = f'<bpmn:userTask id="x">{STARTER}<bpmn:multiInstanceLoopCharacteristics/>'
SCRIPT = "<spiffworkflow:preScript>import os</spiffworkflow:preScript><tz:"
WRONG = {
    "没有结束事件": START + user("a", "审核", head()) + flow("s", "a"),
    "脚本任务": chain('<bpmn:scriptTask id="x"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>'),
    "没有设置办理人": chain('<bpmn:userTask id="x" name="空"/>'),
    "发送任务": chain('<bpmn:sendTask id="x"/>'),
    "没有名为": chain(SERVICE.format(extension("tz:service name='rm'"))),
    "多实例": chain(LOOP + "</bpmn:userTask>"),
    "循环定时": chain(
        TIMER.format("<bpmn:timeCycle>R3/PT1H</bpmn:timeCycle>", "</bpmn:intermediateCatchEvent>")
    ),
    "会运行代码": chain(user("x", "审核", head()).replace("<tz:", SCRIPT, 1)),
    "没有填写person": chain(user("x", "审核", 'assignee kind="person"')),
    "重复": START + user("a", "审核", head()) + END + flow("s", "a", key="a") + flow("a", "e"),
    "从开始走不到这里": START + ALONE + END + flow("s", "a") + flow("a", "e") + flow("b", "e"),
    "走不到任何结束事件": START + ALONE + END + flow("s", "a") + flow("a", "b") + flow("b", "a"),
}


@pytest.mark.parametrize("words", WRONG)
def test_what_cannot_run_is_named_with_its_line(words):
    found = lint(WRONG[words])
    assert any(words in message for _e, _l, message in found), found
    assert all(line > 0 for _e, line, _m in found)


OUTSIDE = ["__import__('os').system('x')", "().__class__", "open('/etc/passwd')", "amount.__class__"]


@pytest.mark.parametrize("condition", [*OUTSIDE, "nothing &gt; 1", "amount &gt;"])
def test_a_condition_that_reaches_outside_is_refused(condition):
    body = "".join([
        START, user("a", "审核", head()), '<bpmn:exclusiveGateway id="g" default="d"/>', END, flow("s", "a"),
        flow("a", "g"), flow("g", "e", condition, key="c"), flow("g", "a", key="d"),
    ])  # fmt: skip
    assert [element for element, _line, _message in lint(body)] == ["c"]


def test_decision_tables_choose_and_are_tried(publish, begin, look, drawers, act):
    called = "<spiffworkflow:calledDecisionId>level_table</spiffworkflow:calledDecisionId>"
    rule = f'<bpmn:businessRuleTask id="r"><bpmn:extensionElements>{called}</bpmn:extensionElements>'
    rule += "</bpmn:businessRuleTask>"
    body = "".join([
        START, rule, '<bpmn:exclusiveGateway id="g" default="d"/>', user("a", "小额", head()),
        user("b", "大额", person("leader")), END, flow("s", "r"), flow("r", "g"), flow("g", "a", "level == 'small'"),
        flow("g", "b", key="d"), flow("a", "e"), flow("b", "e"),
    ])  # fmt: skip
    table = DMN.replace("{answer}", "'large'")
    version = publish(body, decisions={"level_table": table})
    assert [task.node for task in look("civil_handler", begin(amount=50)).tasks] == ["a"]
    assert [task.node for task in look("civil_handler", begin(amount=500)).tasks] == ["b"]
    version.decisions["level_table"]["cases"] = (
        "amount,=level,why\n100,small,x\n101,large,\n101,small,wrong\n"
    )
    from workflows.approvals.trials import try_all

    assert [row.ok for row in try_all(version).rows] == [True, True, False]


def test_a_table_that_reaches_outside_is_refused(publish):
    from workflows.approvals.shipped import FolderWrong

    with pytest.raises(FolderWrong, match="open"):
        publish(GOOD, decisions={"level_table": DMN.replace("{answer}", "open('x')")})


CAMUNDA = (Path(__file__).parent / "camunda.bpmn").read_text()


def test_a_camunda_drawing_comes_in_and_runs(drawers, act, begin, do, look):
    author = act("civil_digital")
    told = modelling.check_import(actor=author, xml=CAMUNDA, key="im", name="导入的流程")
    errors = [one.element for one in told.findings if one.severity == "error"]
    assert errors == ["f4"]
    assert any("formKey" in one.message for one in told.findings)
    assert told.draft is not None
    saved = modelling.check_save_draft(
        actor=author, version_id=told.draft.id, edit=told.draft.edit, parts={"form": {**FORM, "rights": {}}}
    )
    assert [one.message for one in saved.findings if one.severity == "error"] == []
    reviewing.check_submit(actor=author, version_id=saved.id, note="")
    reviewing.check_publish(actor=act("civil_second"), version_id=saved.id)
    from common import ids

    people = [ids.user_id(one) for one in ("health_head", "land_head", "farm_head")]
    case = begin(process="im", people=people, amount=6)
    for number in ("health_head", "land_head"):
        do(number, "agree", case)
    assert do("civil_head", "agree", case).state == "finished"
    assert ProcessVersion.objects.get(pk=saved.id).bpmn == modelling.export(author, "im")


@pytest.mark.parametrize(
    ("old", "new", "element", "word"),
    [
        ('camunda:candidateGroups="head"', 'camunda:candidateGroups="bosses"', "c", "candidateGroups"),
        ('camunda:assignee="${starter}"', 'camunda:assignee="${bean.pick()}"', "a", "assignee"),
        ("nrOfCompletedInstances/nrOfInstances &gt;= 0.6", "bean.done(execution)", "b", "多实例"),
        ("amount > 5", "execution.getVariable('x') > 5", "f4", "条件"),
        (
            '<bpmn:userTask id="c"',
            '<bpmn:serviceTask id="z" camunda:class="x.Y"/><bpmn:userTask id="c"',
            "z",
            "class",
        ),
    ],
)
def test_what_cannot_be_taken_over_is_refused_by_name(old, new, element, word):
    text, _changed = bpmn_import.convert(CAMUNDA.replace(old, new), {"head"})
    found = bpmn_lint.check(text, names={"amount", "reason"}, services=set())
    assert any(one.element == element and word in one.message and one.line for one in found)


def test_flowables_names_are_known_too():
    text = CAMUNDA.replace("http://camunda.org/schema/1.0/bpmn", "http://flowable.org/bpmn")
    text = text.replace("camunda:", "flowable:").replace("xmlns:camunda", "xmlns:flowable")
    ours, changed = bpmn_import.convert(text, {"head"})
    found = bpmn_lint.check(ours, names={"amount", "reason"}, services=set())
    assert [one for one in found if one.severity == "error"] == []
    assert any("Flowable" in one.message for one in changed)


def test_our_own_drawing_comes_back_equal():
    assert bpmn_import.convert(drawing(GOOD), set())[0] == drawing(GOOD)


def test_hostile_xml_is_refused():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + drawing(GOOD)
    assert any("DOCTYPE" in one.message for one in bpmn_lint.check(bomb, names=set(), services=set()))
