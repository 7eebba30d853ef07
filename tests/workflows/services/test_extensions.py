from datetime import date, timedelta

import pytest

from common.errors import BadInputError, ForbiddenError
from workflows.consents import services as consents
from workflows.consents.approvers import approvers_of
from workflows.errors import ConsentEndedError, NotAllowedNowError
from workflows.events import ExtensionAsked, ExtensionDecided
from workflows.models import Consent, Extension, Item, Milestone
from workflows.pending import page_pending
from workflows.services import acts, extensions, items

NEW = date(2027, 3, 31)


@pytest.fixture
def ask(signed, act):
    def run(due_on=NEW, reason="设备到货推迟", by="civil_liaison", **more):
        return extensions.check_ask_extension(
            actor=act(by), item_id=signed.id, due_on=due_on, reason=reason, **more
        )

    return run


@pytest.fixture
def decide(signed, act):
    def run(agree=True, reason="", by="leader", **more):
        return extensions.check_decide_extension(
            actor=act(by), item_id=signed.id, agree=agree, reason=reason, **more
        )

    return run


def test_an_agreed_extension_moves_the_date_and_keeps_the_first(ask, decide, signed, heard):
    asked = ask().item
    assert (asked.due_on, asked.open_extension.new_due_on) == (date(2026, 12, 31), NEW)
    agreed = decide()
    assert agreed.message == "同意第1项延期至2027年3月31日，原时限2026年12月31日保留在记录中"
    assert (agreed.item.due_on, agreed.item.first_due_on) == (NEW, date(2026, 12, 31))
    assert agreed.item.open_extension is None
    assert len(heard.of(ExtensionAsked)) == 1
    assert [event.agreed for event in heard.of(ExtensionDecided)] == [True]


def test_open_nodes_move_along_and_reached_ones_stay(ask, decide, signed, act):
    acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=20)
    before = {node.name: node.due_on for node in Milestone.objects.filter(item_id=signed.id)}
    ask()
    decide()
    nodes = {node.name: node for node in Milestone.objects.filter(item_id=signed.id)}
    assert nodes["招标"].due_on == before["招标"]
    assert nodes["验收"].due_on == NEW
    assert nodes["建设"].due_on >= before["建设"] + timedelta(days=90)
    assert {node.first_due_on for node in nodes.values()} == set(before.values())


def test_a_returned_request_changes_no_date_and_says_why(ask, decide, signed, act):
    ask()
    with pytest.raises(BadInputError) as refused:
        decide(agree=False)
    assert refused.value.field == "reason"
    item = decide(agree=False, reason="工期可以压缩").item
    assert item.due_on == date(2026, 12, 31)
    (extension,) = items.describe_item(act("civil_head"), signed.id).extensions
    assert (extension.state, extension.decision_reason, extension.decided_by_name) == (
        "returned",
        "工期可以压缩",
        "贺临川",
    )


@pytest.mark.parametrize("day", [date(2026, 12, 31), date(2026, 8, 1), date(2040, 1, 1)])
def test_a_date_that_is_not_later_or_absurd_is_refused(ask, day):
    with pytest.raises(BadInputError) as refused:
        ask(day)
    assert refused.value.field == "due_on"
    assert not Extension.objects.exists()


def test_asked_before_the_due_time_only(ask, later):
    with later(on="2026-12-31T17:31"), pytest.raises(NotAllowedNowError, match="时限2026年12月31日已过"):
        ask()
    with later(on="2026-12-31T17:30"):
        assert ask().item.open_extension


def test_one_request_at_a_time_and_at_most_two(ask, decide):
    ask()
    with pytest.raises(NotAllowedNowError, match="待审批"):
        ask(date(2027, 4, 1))
    decide()
    ask(date(2027, 4, 1))
    decide(agree=False, reason="再压缩")
    ask(date(2027, 4, 2))
    decide()
    with pytest.raises(NotAllowedNowError, match="已延期2次"):
        ask(date(2027, 5, 1))


def test_who_asks_and_who_decides(ask, decide):
    for number in ("land_liaison", "leader"):
        with pytest.raises(ForbiddenError):
            ask(by=number)
    ask()
    for number in ("civil_head", "inspector", "land_head"):
        with pytest.raises(ForbiddenError):
            decide(by=number)
    assert decide(by="data_office").item.due_on == NEW


def test_the_second_to_decide_is_told_who_was_first(ask, decide):
    ask()
    decide(by="data_office")
    with pytest.raises(NotAllowedNowError) as refused:
        decide(by="leader")
    assert refused.value.user_message() == "周牧远已于07月01日 10:00同意该申请，无需再次处理。"


def test_closing_ends_an_open_request(ask, signed, act):
    ask()
    acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=100)
    acts.check_close(actor=act("leader"), item_id=signed.id)
    extension = Extension.objects.get()
    assert (extension.state, extension.decision_reason) == ("returned", "事项已终结，无需延期")


def test_an_extension_by_itself_is_no_colour(ask, decide, signed):
    before = Item.objects.get(pk=signed.id).colour
    ask()
    decide()
    assert Item.objects.get(pk=signed.id).colour == before == "green"


def test_handing_the_item_on_ends_an_open_request(ask, signed, act, city):
    ask()
    acts.check_transfer(actor=act("leader"), item_id=signed.id, lead_unit_id=city.units["land"].pk)
    assert Extension.objects.get().decision_reason == "事项已转出，原申请不再办理"


def question():
    (found,) = Consent.objects.filter(kind="extension")
    return found


def test_the_request_is_a_consent_and_either_door_decides_it_once(ask, decide, signed, act, heard):
    ask()
    consent = question()
    assert (consent.state, consent.subject_id, consent.by_name) == ("asked", signed.id, "民政联")
    assert consent.title == "第1项“咸宁市智慧社区服务平台”由2026年12月31日延期至2027年3月31日"
    assert set(approvers_of(consent)) == {act("leader").staff_id, act("data_office").staff_id}
    done = consents.check_decide(actor=act("data_office"), consent_id=consent.pk, agree=True, key="k")
    again = consents.check_decide(actor=act("data_office"), consent_id=consent.pk, agree=True, key="k")
    assert done == again
    assert done.message.startswith("同意第1项延期至2027年3月31日")
    item = Item.objects.get(pk=signed.id)
    assert (item.due_on, item.first_due_on) == (NEW, date(2026, 12, 31))
    assert [event.agreed for event in heard.of(ExtensionDecided)] == [True]
    with pytest.raises(NotAllowedNowError, match="周牧远已于07月01日 10:00同意"):
        decide(by="leader")


def test_deciding_on_the_item_ends_the_question(ask, decide, signed, act):
    ask()
    decide(agree=False, reason="工期可以压缩")
    consent = question()
    assert (consent.state, consent.decision_reason, consent.decided_by_name) == (
        "refused",
        "工期可以压缩",
        "贺临川",
    )
    with pytest.raises(ConsentEndedError) as refused:
        consents.check_decide(actor=act("data_office"), consent_id=consent.pk, agree=True)
    assert "贺临川" in refused.value.user_message()
    assert Item.objects.get(pk=signed.id).due_on == date(2026, 12, 31)


def test_who_asked_may_take_it_back_and_ask_again(ask, signed, act):
    ask()
    consents.check_withdraw(actor=act("civil_liaison"), consent_id=question().pk)
    extension = Extension.objects.get()
    assert (extension.state, extension.decision_reason) == ("returned", "申请人已撤回")
    ask(date(2027, 4, 1))
    assert Consent.objects.filter(state="asked").count() == 1


def test_what_the_item_ends_is_withdrawn(ask, signed, act):
    ask()
    acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=100)
    acts.check_close(actor=act("leader"), item_id=signed.id)
    assert (question().state, question().decision_reason) == ("withdrawn", "事项已终结，无需延期")


def test_it_stands_in_the_list_once(ask, act):
    ask()
    assert [row.source for row in page_pending(act("leader")).items] == ["decide_extension"]


def test_how_often_is_data(ask, decide, monkeypatch):
    monkeypatch.setattr(extensions, "counts", lambda: {"extensions": 1})
    ask()
    decide()
    with pytest.raises(NotAllowedNowError, match="已延期1次"):
        ask(date(2027, 4, 1))
