"""发文 goes to units as their 收文 and comes back as receipts; nothing is typed twice, nothing is sent twice."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from common.errors import BadInputError, ForbiddenError, NotFoundError
from directory.store.models import Appointment
from tests.workflows.processes.walking import begun, do, walk
from workflows.processes import distribution
from workflows.processes.receipts import describe
from workflows.store.models import Case, DocumentDelivery, FormalNumber

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(town, fixture_of):
    """A document that has gone all its way; its deliveries wait as jobs."""
    fixture = fixture_of("outgoing")
    case = begun(town, "outgoing", fixture)
    walk(town, case, fixture["steps"])
    case.refresh_from_db()
    return case


def deliver(case):
    for row in DocumentDelivery.objects.filter(case=case):
        distribution.deliver(row.pk)


def states(tree):
    return {unit.unit: unit.words for branch in tree.branches for unit in branch.units}


def received(case, town, unit):
    return Case.objects.get(source=case, starter_unit=town.units[unit])


def test_each_unit_gets_its_own_case_with_text_and_number(town, issued):
    jobs = ProcrastinateJob.objects.filter(task_name=distribution.TASK)
    assert jobs.count() == 3
    tree = describe(town.actor("civil.handler"), issued.pk).receipts
    assert set(states(tree).values()) == {"送达中"}
    deliver(issued)
    deliver(issued)
    assert Case.objects.filter(source=issued).count() == 3
    mine = received(issued, town, "health")
    assert mine.process.key == "incoming"
    assert {
        name: mine.data[name] for name in ("from_unit", "number", "title", "type", "urgency", "body")
    } == {
        "from_unit": "咸宁市人民政府办公室",
        "number": "咸政办发〔2026〕1号",
        "title": issued.title,
        "type": "通知",
        "urgency": "加急",
        "body": issued.data["body"],
    }
    assert [task.name for task in mine.tasks.all()] == ["签收"]


def test_receipts_follow_the_units_and_only_the_missing_get_it_again(town, issued):
    Appointment.objects.filter(post__unit=town.units["market"]).update(valid_to="2026-06-01")
    deliver(issued)
    do(town, "health.office", "agree", received(issued, town, "health"))
    do(town, "data.office", "refuse", received(issued, town, "data"), opinion="附件缺第二页")
    sender = town.actor("civil.handler")
    results = describe(sender, issued.pk)
    assert (results.receipts.due, results.receipts.received, results.receipts.missing) == (3, 1, 2)
    assert states(results.receipts) == {
        "咸宁市卫生健康委员会": "已签收",
        "咸宁市政务服务和大数据管理局": "退文",
        "咸宁市市场监督管理局": "未送达",
    }
    returned = next(one for one in results.receipts.branches[0].units if one.words == "退文")
    assert "附件缺第二页" in returned.reason
    assert results.may_send_again

    again = distribution.check_send_again(actor=sender, case_id=issued.pk, key="again")
    assert "2个单位" in again.message
    assert distribution.check_send_again(actor=sender, case_id=issued.pk, key="again") == again
    Appointment.objects.filter(post__unit=town.units["market"]).update(valid_to=None)
    deliver(issued)
    assert Case.objects.filter(source=issued, starter_unit=town.units["health"]).count() == 1
    assert Case.objects.filter(source=issued, starter_unit=town.units["data"]).count() == 2
    assert Case.objects.filter(source=issued, starter_unit=town.units["market"]).count() == 1
    assert "无需补发" in distribution.check_send_again(actor=sender, case_id=issued.pk).message


def test_each_arrival_is_told_to_who_sent_it_when_it_can_be_read(town, issued, monkeypatch):
    Appointment.objects.filter(post__unit=town.units["market"]).update(valid_to="2026-06-01")
    seen = []

    def tell(people, kind, body):
        there = DocumentDelivery.objects.filter(case=issued, received__isnull=False).count()
        seen.append((set(people) >= {issued.starter_id}, kind, body["id"] == str(issued.pk), there))

    monkeypatch.setattr(distribution, "tell_people", tell)
    deliver(issued)
    assert all(one[:3] == (True, "case", True) for one in seen)
    assert [one[3] for one in seen] in ([0, 1, 2], [1, 1, 2], [1, 2, 2]), (
        "also the one that could not be delivered"
    )


def test_who_may_send_again(town, issued):
    deliver(issued)
    office = town.actor("office.office")
    assert distribution.check_send_again(actor=office, case_id=issued.pk).message
    with pytest.raises(ForbiddenError):
        distribution.check_send_again(actor=town.actor("gov.vice"), case_id=issued.pk)
    with pytest.raises(NotFoundError):
        distribution.check_send_again(actor=town.actor("npc.handler"), case_id=issued.pk)
    with pytest.raises(BadInputError) as refused:
        distribution.check_send_again(actor=office, case_id=issued.pk, unit_ids=[town.units["npc"].pk])
    assert refused.value.field == "unit_ids"


def test_a_number_of_what_is_not_issued_stays_void_with_the_reason(town, fixture_of):
    fixture = fixture_of("outgoing")
    case = begun(town, "outgoing", fixture)
    walk(town, case, fixture["steps"][:5])
    case.refresh_from_db()
    assert case.number == "咸政办发〔2026〕1号"
    do(town, "office.office", "return", case, opinion="文种有误", node="recheck")
    do(town, "office.office", "refuse", case, opinion="不再印发")
    ended = Case.objects.get(pk=case.pk)
    assert (ended.state, ended.number) == ("refused", None)
    void = FormalNumber.objects.get()
    assert void.text == "咸政办发〔2026〕1号"
    assert "未获同意" in void.void_reason
    next_one = begun(town, "outgoing", fixture)
    walk(town, next_one, fixture["steps"])
    next_one.refresh_from_db()
    assert next_one.number == "咸政办发〔2026〕2号"


def test_numbering_needs_a_registered_code_word_of_the_own_office(town, fixture_of):
    fixture = fixture_of("outgoing")
    case = begun(town, "outgoing", fixture | {"data": fixture["data"] | {"organ_code": "咸民发"}})
    walk(town, case, fixture["steps"][:4])
    with pytest.raises(BadInputError) as refused:
        do(town, "office.office", "agree", case)
    assert refused.value.field == "organ_code"
    case.refresh_from_db()
    assert (case.number, FormalNumber.objects.count()) == (None, 0)
    do(town, "office.office", "agree", case, data={"organ_code": "咸政办发"})
    case.refresh_from_db()
    assert case.number == "咸政办发〔2026〕1号"


def test_before_it_is_numbered_a_document_has_its_running_number_only(town, fixture_of):
    fixture = fixture_of("outgoing")
    case = begun(town, "outgoing", fixture)
    for place, step in enumerate(fixture["steps"]):
        walk(town, case, [step])
        case.refresh_from_db()
        assert (case.number is not None) == (place >= 4)
        assert case.serial == "2026-000001"
