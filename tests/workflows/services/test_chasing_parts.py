"""A supporting unit is chased for its part by the part's own clock, and left alone once it has answered."""

from datetime import date, datetime

import pytest

from common import clock
from common.errors import NotFoundError
from workflows.items import answers
from workflows.models import ItemPart, Reminder, Slip, SlipLine
from workflows.rules.moves import ItemAct
from workflows.rules.part_moves import PartAct
from workflows.rules.working_days import SHANGHAI
from workflows.services import acts, items, letterbox, parts, reminders, slips
from workflows.services.day import describe_day


def at(text):
    return clock.travel(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


@pytest.fixture
def part(add, act, force, city):
    """会办 of the health commission, due on 10 July, of an item of the civil affairs bureau that is due on 31 July."""
    item = add("智慧养老平台", due_on=date(2026, 7, 31))
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    acts.check_sign_for(actor=act("civil_liaison"), item_id=item.id)
    parts.check_add_part(
        actor=act("civil_liaison"),
        item_id=item.id,
        unit_id=city.units["health"].pk,
        ask="提供老年人健康档案接口",
        due_on=date(2026, 7, 10),
    )
    return ItemPart.objects.get()


def told():
    """Who was told, of what, by which rung."""
    lines = SlipLine.objects.filter(slip__kind="reminder").select_related("slip__staff")
    lines = lines.order_by("slip__staff__staff_number", "pk")
    return [(line.slip.staff.staff_number, line.code, line.part_id is not None) for line in lines]


def test_the_ladder_of_a_part_follows_its_own_clock(part):
    asked = {}
    for day in ("2026-07-07", "2026-07-09", "2026-07-10", "2026-07-13", "2026-07-14", "2026-07-15"):
        with at(f"{day}T09:00"):
            reminders.send_due()
        asked[day] = told()
        SlipLine.objects.all().delete()
    assert asked == {
        "2026-07-07": [("health_liaison", "wd3", True)],
        "2026-07-09": [("health_liaison", "wd1", True)],
        "2026-07-10": [("health_liaison", "day", True)],
        "2026-07-13": [("health_head", "overdue", True), ("health_liaison", "overdue", True)],
        "2026-07-14": [("health_liaison", "overdue", True)],
        "2026-07-15": [("health_head", "overdue", True), ("health_liaison", "overdue", True)],
    }


def test_an_answer_stops_it_also_when_the_card_is_about_to_go(part, act):
    with at("2026-07-10T09:00"):
        reminders.send_due()
    with at("2026-07-10T09:30"):  # spread over ten minutes
        slips.hand()
        batch = Slip.objects.get(kind="reminder").batch
        assert batch is not None
        [letter] = letterbox.waiting(batch)
        [(item, code, words, _name)] = letter.lines
        assert (item.title, code, words) == (
            "智慧养老平台",
            "day",
            "会办“提供老年人健康档案接口”，7月10日前答复",
        )
        one = {"actor": act("health_liaison"), "item_id": part.item_id, "part_id": part.pk}
        parts.check_sign_part(**one)
        parts.check_answer_part(**one, act=PartAct.ANSWER, text="接口文档已提供")
        assert letterbox.waiting(batch)[0].lines == ()
        assert not Reminder.objects.filter(part=part, state="planned").exists()
    with at("2026-07-13T09:00"):
        reminders.send_due()
        assert [line for line in told() if line[1] == "overdue"] == []


def test_the_workbench_speaks_of_the_part_until_it_is_answered(part, act):
    with at("2026-07-13T09:00"):
        reminders.send_due()
        [note] = describe_day(act("health_liaison")).notes
        assert (note.text, note.link) == ("“智慧养老平台”的会办已超过时限7月10日", f"/sup/{part.item_id}")
        one = {"actor": act("health_liaison"), "item_id": part.item_id, "part_id": part.pk}
        parts.check_sign_part(**one)
        parts.check_answer_part(**one, act=PartAct.ANSWER, text="接口文档已提供")
        assert describe_day(act("health_liaison")).notes == []


def test_asked_again_it_is_chased_again(part, act):
    one = {"item_id": part.item_id, "part_id": part.pk}
    parts.check_return_part(actor=act("health_liaison"), **one, reason="应由市数据局提供")
    assert not Reminder.objects.filter(part=part, state="planned").exists()
    parts.check_ask_again(actor=act("civil_liaison"), **one, ask="请再核实接口归属", due_on=date(2026, 7, 20))
    assert set(Reminder.objects.filter(part=part, state="planned").values_list("due_on", flat=True)) == {
        date(2026, 7, 20)
    }


def test_nothing_doubles_when_plan_and_job_are_repeated(part, act):
    with at("2026-07-10T09:00"):
        for _ in range(3):
            reminders.send_due()
        assert told() == [("health_liaison", "day", True)]
    rows = Reminder.objects.filter(part=part).count()
    reminders.replan(part.item, clock.now())
    assert Reminder.objects.filter(part=part).count() == rows


def test_while_the_whole_rests_its_parts_are_not_chased(part, act):
    acts.check_suspend(actor=act("leader"), item_id=part.item_id, act=ItemAct.SUSPEND, reason="等待上级批复")
    assert not Reminder.objects.filter(item=part.item_id, state="planned").exists()


@pytest.fixture
def card(part):
    with at("2026-07-10T09:00"):
        reminders.send_due()
    with at("2026-07-10T09:30"):
        slips.hand()
        Slip.objects.update(state="sent")
        yield str(Slip.objects.get(kind="reminder").pk)


def press(act, card, action, by="health_liaison", **params):
    return answers.handle(actor=act(by), subject=card, action=action, params=params, key=f"k-{action}")


def test_done_on_the_card_signs_and_answers_the_part_once(part, act, card):
    for _ in range(2):
        press(act, card, "done", text="接口文档已提供")
    part.refresh_from_db()
    assert (part.state, part.answer, part.answered_by_name) == ("answered", "接口文档已提供", "卫健联")
    assert answers.abilities(act("health_liaison"), [card])[card].abilities == []
    part.item.refresh_from_db()
    assert part.item.state == "signed_for", "the lead unit's own state is not touched"


def test_doing_signs_for_it_and_send_back_returns_it(part, act, card):
    press(act, card, "doing", on="2026-07-12")
    part.refresh_from_db()
    assert part.state == "signed_for"
    press(act, card, "send_back", reason="应由市数据局提供")
    part.refresh_from_db()
    assert (part.state, part.returned_reason) == ("returned", "应由市数据局提供")


def test_a_card_is_answered_by_who_got_it(part, act, card):
    with pytest.raises(NotFoundError):
        press(act, card, "done", by="civil_liaison", text="代为答复")
