"""Countersign, dissent, return, withdraw, add-sign, transfer, urge, record, must-read."""

from datetime import timedelta

import pytest

from common import clock
from common.errors import BadInputError, DomainError, ForbiddenError
from tests.workflows.approvals.conftest import chain, flow, head, person, user
from workflows.approvals import batches, cases, reading
from workflows.errors import NotAllowedNowError, UrgedLatelyError
from workflows.store.models import Case, CaseCc, CaseTask

pytestmark = pytest.mark.django_db
HEADS = [person(f"{word}_head") for word in ("civil", "health", "land")]


def waiting(case):
    rows = CaseTask.objects.filter(case=case, state__in=("open", "opened")).order_by("position", "created_at")
    return list(rows.values_list("assignee__staff_number", flat=True))


def state(case):
    return Case.objects.get(pk=case).state


def sign(publish, mode, *, order="parallel", veto="false", percent="60"):
    parts = f'sign mode="{mode}" order="{order}" veto="{veto}" percent="{percent}"'
    publish(chain(user("a", "会签", *HEADS, parts), user("z", "签发", person("leader"))))


def test_all_must_agree_and_a_dissent_is_answered_by_the_starter(publish, begin, do, look):
    sign(publish, "all")
    case = begin("data_office")
    assert waiting(case) == ["civil_head", "health_head", "land_head"]
    do("civil_head", "agree", case)
    do("health_head", "refuse", case, opinion="选址不当")
    do("land_head", "agree", case)
    assert waiting(case) == ["data_office"]
    assert "answer_dissent" in look("data_office", case).abilities
    with pytest.raises(BadInputError):
        do("data_office", "answer", case)
    do("data_office", "answer", case, opinion="已另选两处备选地块")
    assert waiting(case) == ["leader"]
    told = next(task for task in look("leader", case).tasks if task.outcome == "dissent")
    assert (told.opinion, told.answer) == ("选址不当", "已另选两处备选地块")


def test_a_veto_ends_it(publish, begin, do):
    sign(publish, "all", veto="true")
    case = begin("data_office")
    assert do("land_head", "refuse", case, opinion="违反规划").state == "refused"
    assert waiting(case) == []


def test_any_is_decided_by_the_first(publish, begin, do):
    sign(publish, "any")
    case = begin("data_office")
    do("land_head", "agree", case)
    assert waiting(case) == ["leader"]
    assert CaseTask.objects.filter(case=case, node="a", state="cancelled").count() == 2


def test_a_percentage_goes_on_when_reached_and_ends_when_it_cannot_be(publish, begin, do):
    sign(publish, "percentage")
    case = begin("data_office")
    do("civil_head", "refuse", case, opinion="不宜")
    do("health_head", "agree", case)
    assert waiting(case) == ["land_head"]
    do("land_head", "agree", case)
    assert waiting(case) == ["leader"]
    other = begin("data_office", reason="另一件")
    do("civil_head", "refuse", other, opinion="不宜")
    assert do("land_head", "refuse", other, opinion="不宜").state == "refused"


def test_one_after_the_other(publish, begin, do):
    sign(publish, "all", order="sequential")
    case = begin("data_office")
    seen = []
    for number in ("civil_head", "health_head", "land_head"):
        seen.append(waiting(case))
        do(number, "agree", case)
    assert seen == [["civil_head"], ["health_head"], ["land_head"]]
    assert waiting(case) == ["leader"]


LINE = chain(
    user("a", "审核", head()), user("b", "核稿", person("data_office")), user("c", "签发", person("leader"))
)


def test_returned_to_a_node_it_walks_again(publish, begin, do):
    publish(LINE)
    case = begin()
    do("civil_head", "agree", case)
    do("data_office", "agree", case)
    with pytest.raises(BadInputError):
        do("leader", "return", case, node="a")
    with pytest.raises(BadInputError) as refused:
        do("leader", "return", case, node="zz", opinion="补充")
    assert "核稿、审核" in refused.value.user_message()
    do("leader", "return", case, node="a", opinion="补充依据")
    assert waiting(case) == ["civil_head"]
    do("civil_head", "agree", case)
    assert waiting(case) == ["data_office"]
    do("data_office", "agree", case)
    assert do("leader", "agree", case).state == "finished"


def test_returned_and_straight_back(publish, begin, do):
    publish(LINE)
    case = begin()
    do("civil_head", "agree", case)
    do("data_office", "agree", case)
    do("leader", "return", case, node="a", mode="back", opinion="补充依据")
    assert waiting(case) == ["civil_head"]
    do("civil_head", "agree", case)
    assert waiting(case) == ["leader"]
    assert do("leader", "agree", case).state == "finished"


@pytest.mark.parametrize(("mode", "then"), [("redo", "civil_head"), ("back", "leader")])
def test_returned_to_the_starter_who_puts_it_right(publish, begin, do, look, mode, then):
    publish(LINE)
    case = begin()
    do("civil_head", "agree", case)
    do("data_office", "agree", case)
    do("leader", "return", case, mode=mode, opinion="金额有误")
    assert waiting(case) == ["civil_handler"]
    assert "resubmit" in look("civil_handler", case).abilities
    with pytest.raises(BadInputError):
        do("civil_handler", "agree", case, data={"reason": ""})
    do("civil_handler", "agree", case, data={"reason": "购置桌椅", "amount": 5})
    assert waiting(case) == [then]
    assert Case.objects.get(pk=case).data["amount"] == 5


def test_a_countersign_pauses_while_its_return_is_answered(publish, begin, do):
    sign(publish, "all")
    case = begin("data_office")
    do("civil_head", "agree", case)
    do("health_head", "return", case, mode="back", opinion="缺附件")
    assert waiting(case) == ["data_office"]
    with pytest.raises(DomainError):
        do("land_head", "agree", case)
    do("data_office", "agree", case)
    assert sorted(waiting(case)) == ["health_head", "land_head"]
    do("health_head", "agree", case)
    do("land_head", "agree", case)
    assert waiting(case) == ["leader"]


def test_withdrawn_until_the_next_has_opened_it(publish, begin, do, act):
    publish(LINE)
    case = begin()
    assert do("civil_handler", "withdraw", case).state == "withdrawn"
    case = begin()
    cases.check_open(actor=act("civil_head"), case_id=case)
    with pytest.raises(NotAllowedNowError) as refused:
        do("civil_handler", "withdraw", case)
    assert "已打开" in refused.value.user_message()
    do("civil_head", "agree", case)
    do("civil_head", "withdraw", case)
    assert waiting(case) == ["civil_head"]
    do("civil_head", "agree", case)
    assert waiting(case) == ["data_office"]


def test_what_a_return_has_forgotten_is_not_taken_back(publish, begin, do):
    """Two branches; one returns the case to before both in the same moment in which somebody agreed in the other."""
    ways = [("s", "a"), ("a", "fork"), ("fork", "b"), ("fork", "c"), ("b", "j"), ("c", "j"), ("j", "e")]
    publish("".join([
        '<bpmn:startEvent id="s"/>', user("a", "审核", head()), '<bpmn:parallelGateway id="fork"/>',
        user("b", "会签", person("health_head")), user("c", "核稿", person("data_office")),
        '<bpmn:parallelGateway id="j"/>', '<bpmn:endEvent id="e"/>', *(flow(*way) for way in ways),
    ]))  # fmt: skip
    case = begin()
    do("civil_head", "agree", case)
    do("health_head", "agree", case)
    do("data_office", "return", case, opinion="重拟", node="a")
    agreed = CaseTask.objects.filter(case=case, node="b")
    agreed.update(decided_at=clock.now() + timedelta(seconds=1))  # as another machine's clock may have it
    with pytest.raises(NotAllowedNowError):
        do("health_head", "withdraw", case)
    assert waiting(case) == ["civil_head"]
    do("civil_head", "agree", case)
    assert sorted(waiting(case)) == ["data_office", "health_head"]


def test_a_vote_of_a_countersign_is_taken_back(publish, begin, do):
    sign(publish, "all")
    case = begin("data_office")
    do("health_head", "refuse", case, opinion="不妥")
    assert "data_office" in waiting(case)
    do("health_head", "withdraw", case)
    assert sorted(waiting(case)) == ["civil_head", "health_head", "land_head"]


def test_added_signers_before_after_and_beside(publish, begin, do):
    publish(LINE)
    case = begin()
    do("civil_head", "add_sign", case, to=["health_head"], mode="before")
    assert waiting(case) == ["health_head"]
    do("health_head", "agree", case)
    assert waiting(case) == ["civil_head"]
    do("civil_head", "add_sign", case, to=["land_head"], mode="after")
    assert waiting(case) == ["civil_head"]
    do("civil_head", "agree", case)
    assert waiting(case) == ["land_head"]
    do("land_head", "agree", case)
    assert waiting(case) == ["data_office"]
    do("data_office", "add_sign", case, to=["health_head"], mode="parallel")
    assert sorted(waiting(case)) == ["data_office", "health_head"]
    do("data_office", "agree", case)
    assert waiting(case) == ["health_head"]
    do("health_head", "agree", case)
    assert waiting(case) == ["leader"]


def test_handed_on_to_one_other_but_not_to_the_starter(publish, begin, do):
    publish(LINE)
    case = begin()
    with pytest.raises(BadInputError):
        do("civil_head", "transfer", case, to=["civil_handler"])
    with pytest.raises(BadInputError):
        do("civil_head", "transfer", case, to=["health_head", "land_head"])
    do("civil_head", "transfer", case, to=["health_head"], opinion="请你办")
    assert waiting(case) == ["health_head"]
    with pytest.raises(ForbiddenError):
        do("civil_head", "agree", case)
    do("health_head", "agree", case)
    assert waiting(case) == ["data_office"]


def test_nobody_decides_their_own_request(publish, begin, look):
    publish(chain(user("a", "审核", head())))
    case = begin("civil_head")
    (task,) = look("civil_head", case).tasks
    assert task.assignee.name == "贺临川"
    assert task.why.startswith("申请人本人是")


def test_urging_a_leader_is_asking_and_not_too_often(publish, begin, do, later, look):
    publish(LINE)
    case = begin()
    with pytest.raises(ForbiddenError):
        do("civil_head", "urge", case)
    assert "提请审阅" in do("civil_handler", "urge", case).message
    with pytest.raises(UrgedLatelyError):
        do("civil_handler", "urge", case)
    with later(minutes=31):
        do("civil_handler", "urge", case)


def test_an_urged_leaders_office_has_it_among_its_copies_unread_with_each_urging(
    publish, begin, do, act, later, look, appoint, city
):
    appoint("gov_office", "秘书甲", city.government, "office", "秘书")
    publish(chain(user("a", "签发", person("leader"))))
    case = begin()
    office = act("gov_office")
    assert reading.list_cases(office, box="cc").items == []
    do("civil_handler", "urge", case)
    assert [one.id for one in reading.list_cases(office, box="cc").items] == [case]
    assert look("civil_handler", case).trail[-1].reason == "提请审阅，同时告知秘书甲"
    cases.check_open(actor=office, case_id=case)
    assert CaseCc.objects.get().is_read
    with later(minutes=31):
        do("civil_handler", "urge", case)
    assert not CaseCc.objects.get().is_read
    # Below a leader it is chasing, and nobody else hears of it.
    publish(chain(user("a", "经办", person("civil_liaison"))), key="q")
    other = begin(process="q")
    do("civil_handler", "urge", other)
    assert look("civil_handler", other).trail[-1].reason == "催办"
    assert CaseCc.objects.count() == 1


def test_must_read_is_opened_first_and_left_out_of_batches(publish, begin, do, act):
    publish(chain(user("a", "审核", head(), 'reading required="true"')))
    publish(chain(user("a", "审核", head())), key="q")
    case, plain = begin(), begin(process="q")
    with pytest.raises(NotAllowedNowError):
        do("civil_head", "agree", case)
    cases.check_open(actor=act("civil_head"), case_id=case)
    told = batches.check_agree_many(actor=act("civil_head"), case_ids=[case, plain], key="b")
    assert told.done == [plain]
    assert [one.title for one in told.refused] == ["购置桌椅"]
    do("civil_head", "agree", case)
    assert (state(case), state(plain)) == ("finished", "finished")


def test_a_read_mark_is_read_on_a_reading_node_and_agreement_elsewhere(publish, begin, do, look):
    publish(
        chain(
            user("a", "签发", head(), 'opinion required="true"'),
            user("r", "传阅", person("leader"), 'kind value="read"'),
        )
    )
    case = begin()
    do("civil_head", "agree", case, mode="read_mark")
    with pytest.raises(NotAllowedNowError):
        do("leader", "refuse", case, opinion="不看")
    do("leader", "agree", case, mode="read_mark")
    words = {task.node: task.outcome_words for task in look("civil_handler", case).tasks}
    assert words == {"a": "同意", "r": "已阅"}


def test_copies_and_comments(publish, begin, do, look, act):
    publish(LINE)
    case = begin()
    do("civil_handler", "cc", case, to=["outside_head"])
    cases.check_open(actor=act("outside_head"), case_id=case)
    assert CaseCc.objects.get().is_read
    do("outside_head", "comment", case, opinion="知悉")
    assert [entry.deed for entry in look("outside_head", case).trail] == ["start", "cc", "comment"]
    assert look("outside_head", case).abilities == ["comment", "cc"]


def test_a_refusal_goes_where_the_drawing_says(publish, begin, do):
    body = "".join([
        '<bpmn:startEvent id="s"/>', user("a", "审核", head()), '<bpmn:exclusiveGateway id="g" default="no"/>',
        user("b", "复议", person("leader")), '<bpmn:endEvent id="e"/>', flow("s", "a"), flow("a", "g"),
        flow("g", "e", "outcome == 'agree'"), flow("g", "b", key="no"), flow("b", "e", key="be"),
    ])  # fmt: skip
    publish(body)
    case = begin()
    assert do("civil_head", "refuse", case, opinion="不同意").to == ["贺临川"]


def test_fields_of_the_node_and_what_is_hidden(publish, begin, do, look):
    publish(LINE)
    case = begin(secret="只给审核看")
    assert look("civil_head", case).data["secret"] == "只给审核看"
    do("civil_head", "agree", case)
    with pytest.raises(BadInputError) as refused:
        do("data_office", "agree", case, data={"reason": "改了"})
    assert refused.value.field == "reason"
    do("data_office", "agree", case, data={"note": "文字已核"})
    page = look("leader", case)
    assert "secret" not in page.data
    assert page.rights["secret"] == "hidden"
    assert page.data["note"] == "文字已核"
