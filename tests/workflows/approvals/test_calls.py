"""A drawing that calls another: what is called is kept, and a call that cannot be made is named."""

import pytest

from tests.workflows.approvals.conftest import chain, drawing, flow, head, person, user
from tests.workflows.approvals.invariants import hold
from workflows.approvals import modelling, reading
from workflows.approvals.definitions import build
from workflows.approvals.shipped import FolderWrong
from workflows.store import approvals as store
from workflows.store.models import Case, ProcessVersion

pytestmark = pytest.mark.django_db


def call(key: str, wanted: str) -> str:
    return f'<bpmn:callActivity id="{key}" name="送审" calledElement="{wanted}"/>'


def open_nodes(case) -> list[str]:
    return [task.node for task in store.tasks_of(case) if task.state == "open"]


@pytest.fixture
def seal(publish):
    """A process of its own whose elements have the same ids as those of the caller, and a clock."""
    body = chain(user("a", "用印审核", person("data_office")), user("b", "用印", person("leader")))
    return publish(body, key="seal", name="用印", clocks={"a": {"limit": "P1D"}})


def test_a_called_drawing_runs_with_its_own_people_and_clocks(seal, publish, begin, do, look, act):
    publish(chain(user("a", "审核", head()), call("sub", "seal"), user("z", "签发", person("leader"))))
    case = begin()
    do("civil_head", "agree", case)
    assert open_nodes(case) == ["seal__a"]
    assert look("data_office", case).tasks[-1].due_at is not None
    assert reading.diagram(act("data_office"), case).current == ["seal__a", "sub"]
    do("data_office", "agree", case)
    do("leader", "return", case, opinion="再核", node="seal__a")
    do("data_office", "agree", case)
    do("leader", "agree", case)
    assert open_nodes(case) == ["z"]
    hold(case)
    do("leader", "agree", case)
    assert Case.objects.get(pk=case).state == "finished"
    hold(case)


def test_the_route_goes_through_what_is_called(seal, publish, act):
    from workflows.approvals import processes

    publish(chain(call("sub", "seal"), user("z", "签发", person("leader"))))
    assert [one.node for one in processes.simulate(act("civil_handler"), "p", {"reason": "x"})] == [
        "seal__a", "seal__b", "z",
    ]  # fmt: skip


def test_running_cases_and_published_versions_keep_what_they_called(seal, publish, begin, do):
    publish(chain(call("sub", "seal")))
    before = begin()
    publish(chain(user("n", "新环节", person("leader"))), key="seal", name="用印")
    assert open_nodes(before) == ["seal__a"]
    do("data_office", "agree", before)
    assert open_nodes(before) == ["seal__b"]
    assert open_nodes(begin()) == ["seal__a"]
    publish(chain(call("sub", "seal"), user("z", "签发", person("leader"))))
    assert open_nodes(begin()) == ["seal__n"]


def test_one_calls_another_that_calls_a_third(seal, publish, begin, do):
    publish(chain(call("sub", "seal"), user("m", "复核", person("leader"))), key="middle")
    publish(chain(call("sub", "middle")))
    case = begin()
    do("data_office", "agree", case)
    do("leader", "agree", case)
    assert open_nodes(case) == ["middle__m"]
    do("leader", "agree", case)
    assert Case.objects.get(pk=case).state == "finished"


@pytest.mark.parametrize("wanted", ["", "nowhere"])
def test_what_is_not_there_is_refused_by_element_and_line(publish, wanted):
    with pytest.raises(FolderWrong, match=r"sub \(line 3\): (没有指明|要调用的流程“nowhere”不存在)"):
        publish(chain(call("sub", wanted)))


def test_a_circle_is_refused_with_its_way(publish):
    publish(chain(user("a", "审核", head())), key="one")
    publish(chain(call("sub", "one")), key="two")
    with pytest.raises(FolderWrong, match=r"sub \(line 3\): 调用形成循环：one → two → one"):
        publish(chain(call("sub", "two")), key="one")
    with pytest.raises(FolderWrong, match="调用形成循环：self → self"):
        publish(chain(call("sub", "self")), key="self")


def test_a_condition_of_the_called_needs_a_field_of_the_callers_form(publish):
    way = '<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g" default="f_g_e"/><bpmn:endEvent id="e"/>'
    body = "".join([
        way, user("a", "审核", head()), flow("s", "g"), flow("g", "a", "amount > 5"), flow("g", "e"), flow("a", "e"),
    ])  # fmt: skip
    publish(body, key="called")
    form = {"schema": {"type": "object", "properties": {"reason": {"type": "string"}}}, "title": "{reason}"}
    with pytest.raises(FolderWrong, match=r"sub \(line 3\): 所调用的“测试审批”中的条件.*amount"):
        publish(chain(call("sub", "called")), form=form)


def test_what_a_draft_says_it_calls_is_not_believed(seal, city, act, appoint):
    """`called` is worked out here; a client that sends it changes nothing."""
    publisher = ProcessVersion.objects.get(process__key="seal")
    version = ProcessVersion(
        process=publisher.process, bpmn=drawing(chain(call("sub", "nowhere"))), form=publisher.form,
        meta={"called": {"nowhere": {"bpmn": publisher.bpmn, "clocks": {}, "decisions": {}, "name": "x"}}},
    )  # fmt: skip
    assert [one.element for one in build(version).wrong] == ["sub"]
    assert any("nowhere" in one.message for one in modelling.findings_of(version))
