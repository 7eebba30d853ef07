"""One card per person and slot, whatever is cut off; ladders as data; who is away; rungs with named approvers."""

import contextlib
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from common import clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from common.models import Timer
from workflows.consents import services as consents
from workflows.errors import NotAllowedNowError
from workflows.events import ReminderDue, SlipsHanded
from workflows.items import answers
from workflows.models import ChasePolicy, Consent, EscalationStep, Item, ItemHistory, Reminder, Slip, SlipLine
from workflows.rules.working_days import SHANGHAI
from workflows.services import (
    absences,
    acts,
    escalation,
    items,
    ladders,
    letterbox,
    overrides,
    reminders,
    slips,
)
from workflows.services.ladders import LadderStepOut


def at(text):
    return clock.travel(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


@pytest.fixture
def due_soon(add, act, force):
    """Three signed items of one unit, due on Wednesday 22 July."""
    made = [add(title, due_on=date(2026, 7, 22)) for title in ("智慧社区", "智慧养老", "智慧殡葬")]
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    for item in made:
        acts.check_sign_for(actor=act("civil_liaison"), item_id=item.id)
    return made


def lines():
    return [
        (line.slip.staff.staff_number, line.item.number, line.code, line.for_name)
        for line in SlipLine.objects.select_related("slip__staff", "item").order_by(
            "slip__staff__staff_number", "pk"
        )
        if line.slip.kind == "reminder" and line.item
    ]


def test_the_ladder_climbs_from_handler_to_head_leader_and_officer(due_soon, heard):
    asked = {}
    for day in ("2026-07-22", "2026-07-23", "2026-07-24", "2026-07-27", "2026-07-28", "2026-07-29"):
        with at(f"{day}T09:00"):
            reminders.send_due()
            asked[day[5:]] = sorted(
                slip.staff.staff_number
                for slip in Slip.objects.filter(kind="reminder", slot_at=clock.now()).select_related("staff")
            )
    assert asked == {
        "07-22": ["civil_liaison"],
        "07-23": ["civil_head", "civil_liaison"],
        "07-24": ["civil_liaison"],
        "07-27": ["civil_liaison", "leader"],
        "07-28": ["civil_liaison"],
        "07-29": ["civil_liaison", "inspector"],
    }
    assert all(len(event.lines) == 3 for event in heard.of(ReminderDue))


@pytest.mark.parametrize("cut", range(1, 7))
def test_cut_off_between_any_two_batches_nothing_is_lost_or_doubled(due_soon, heard, monkeypatch, cut):
    """The process dies after so many commits; it starts again and again until nothing is left."""
    monkeypatch.setattr(reminders, "BATCH", 1)
    monkeypatch.setattr(slips, "BATCH", 1)
    left, true_atomic = [cut], transaction.atomic

    def dying(*args, **kwargs):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return true_atomic(*args, **kwargs)

    with at("2026-07-23T09:00"):
        with monkeypatch.context() as dead, contextlib.suppress(KeyboardInterrupt):
            dead.setattr(transaction, "atomic", dying)
            reminders.send_due()
        reminders.send_due()
        reminders.send_due()
    found = lines()
    assert len(found) == len(set(found)) == 6
    assert len({event.key for event in heard.of(ReminderDue)}) == 2
    assert Slip.objects.filter(kind="reminder", state="sealed").count() == 2


def test_slips_are_spread_handed_in_batches_and_settled_once(due_soon, heard, monkeypatch):
    with at("2026-07-23T09:00"):
        reminders.send_due()
        slots = list(Slip.objects.filter(kind="reminder").order_by("send_at"))
        assert all(timedelta(0) <= slip.send_at - slip.slot_at < timedelta(seconds=600) for slip in slots)
        assert Timer.objects.filter(key="slips").exists()
    with clock.travel(slots[0].send_at):
        assert slips.hand() == 1
        assert slips.hand() == 0
        assert Timer.objects.get(key="slips").due_at >= slots[1].send_at
    with clock.travel(slots[1].send_at):
        slips.hand()
    batches = [event.batch for event in heard.of(SlipsHanded)]
    assert len(batches) == len(set(batches)) == 2
    acts_done = Item.objects.first()
    assert acts_done is not None
    Item.objects.filter(pk=acts_done.pk).update(state="reported")
    (letter,) = letterbox.waiting(batches[0])
    assert len(letter.lines) == 2  # what was done since is not said
    letterbox.settle([letter.slip_id], [])
    assert letterbox.waiting(batches[0]) == []
    assert Slip.objects.get(pk=letter.slip_id).state == "sent"


def test_gathering_costs_a_fixed_number_of_queries(add, act, force, django_assert_max_num_queries, heard):
    def many(count, day):
        for number in range(count):
            add(f"事项{day}{number}", due_on=day)
        items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)

    many(2, date(2026, 7, 22))
    many(9, date(2026, 8, 19))
    with at("2026-07-21T09:00"), django_assert_max_num_queries(45) as few:
        reminders.send_due()
    with at("2026-08-18T09:00"), django_assert_max_num_queries(len(few) + 2):
        reminders.send_due()


def test_a_type_may_have_a_ladder_of_its_own(due_soon, act, heard):
    step = LadderStepOut(code="wd5", offset=-5, at="10:30", audience=["handler", "head"])
    with pytest.raises(ForbiddenError):
        ladders.check_write_ladder(actor=act("civil_head"), kind="project", steps=[step])
    told = ladders.check_write_ladder(actor=act("inspector"), kind="project", steps=[step])
    assert [one.own for one in told.ladders if one.kind == "project"] == [True]
    assert Timer.objects.filter(key="reminders:1030").exists()
    item = Item.objects.first()
    assert item is not None
    reminders.replan(item, clock.now())
    planned = Reminder.objects.filter(item=item, state="planned")
    assert [(row.rule, f"{row.slot_at.astimezone(SHANGHAI):%m-%d %H:%M}") for row in planned] == [
        ("wd5", "07-15 10:30")
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"at": "9点"}, "steps.0.at"),
        ({"offset": -61, "code": "wd61"}, "steps.0.offset"),
        ({"code": "day"}, "steps.0.code"),
        ({"audience": []}, "steps.0.audience"),
        ({"audience": ["mayor"]}, "steps.0.audience"),
        ({"daily": True}, "steps.0.daily"),
    ],
)
def test_a_bad_ladder_names_line_and_field(act, change, field):
    step = {"code": "wd5", "offset": -5, "at": "10:30", "audience": ["handler"], **change}
    with pytest.raises(BadInputError) as refused:
        ladders.check_write_ladder(actor=act("inspector"), kind="", steps=[LadderStepOut(**step)])
    assert refused.value.field == field


def test_who_stands_in_is_told_as_well_and_so_is_for_whom(due_soon, act, heard):
    absences.check_set(
        actor=act("civil_liaison"),
        user_id="",
        acting="civil_handler",
        starts_on=date(2026, 7, 20),
        ends_on=date(2026, 7, 21),
        note="出差",
    )
    with at("2026-07-21T09:00"):
        reminders.send_due()
    found = lines()
    assert [one for one in found if one[0] == "civil_handler"] == [
        ("civil_handler", number, "wd1", "民政联") for number in (1, 2, 3)
    ]
    assert len([one for one in found if one[0] == "civil_liaison"]) == 3
    with at("2026-07-22T09:00"):
        reminders.send_due()
    assert {one[0] for one in lines() if one[2] == "day"} == {"civil_liaison"}


def test_absences_are_set_by_the_person_or_the_head_and_checked(act, call):
    plan: dict[str, Any] = {
        "acting": "civil_handler",
        "starts_on": date(2026, 7, 6),
        "ends_on": date(2026, 7, 8),
    }
    made = absences.check_set(actor=act("civil_head"), user_id="civil_liaison", **plan)
    assert (made.state, made.person.name, made.by_name) == ("coming", "民政联", "民政局")
    for who, change, field in (
        ("civil_liaison", {}, "starts_on"),
        ("civil_handler", {"acting": "civil_handler"}, "acting"),
        ("civil_handler", {"acting": "land_head"}, "acting"),
        ("civil_handler", {"acting": "civil_head", "ends_on": date(2026, 7, 5)}, "ends_on"),
        ("civil_handler", {"acting": "nobody"}, "acting"),
    ):
        with pytest.raises(BadInputError) as refused:
            absences.check_set(actor=act(who), user_id="", **{**plan, **change})
        assert refused.value.field == field
    with pytest.raises(ForbiddenError):
        absences.check_set(actor=act("land_head"), user_id="civil_liaison", **plan)
    with pytest.raises(NotFoundError):
        absences.check_call_off(actor=act("land_head"), absence_id=made.id)
    assert absences.check_call_off(actor=act("civil_liaison"), absence_id=made.id).state == "called_off"
    body = {"acting": "civil_handler", "starts_on": "2026-07-06", "ends_on": "2026-07-08"}
    assert call("civil_liaison").post("/absences", body).status_code == 201
    states = [one["state"] for one in call("civil_handler").get("/absences").json()["items"]]
    assert sorted(states) == ["called_off", "coming"]
    assert call("land_head").get("/absences?user_id=civil_liaison").status_code == 404


def test_the_answers_on_a_reminder(due_soon, act, heard):
    with at("2026-07-21T09:00"):
        reminders.send_due()
        slip = str(Slip.objects.get(kind="reminder").pk)
        liaison = act("civil_liaison")
        assert answers.abilities(liaison, [slip])[slip].abilities == ["done", "doing", "send_back"]
        assert answers.abilities(act("land_head"), [slip]) == {}
        with pytest.raises(NotFoundError):
            answers.handle(actor=act("civil_head"), subject=slip, action="done", params={}, key=None)
        with pytest.raises(BadInputError) as refused:
            answers.handle(actor=liaison, subject=slip, action="done", params={"text": "办完"}, key=None)
        assert refused.value.field == "number"
        done = {"number": "1", "text": "全部办完"}
        answers.handle(actor=liaison, subject=slip, action="done", params=done, key="d")
        answers.handle(actor=liaison, subject=slip, action="done", params=done, key="d")
        doing = answers.handle(
            actor=liaison, subject=slip, action="doing", params={"number": "2", "on": "2026-07-22"}, key="e"
        )
        assert doing.message == "已记录：第2项预计2026年7月22日完成"
        with pytest.raises(BadInputError) as refused:
            answers.handle(
                actor=liaison,
                subject=slip,
                action="doing",
                params={"number": "2", "on": "2026-07-01"},
                key="f",
            )
        assert refused.value.field == "on"
    assert Item.objects.get(number=1).state == "reported"
    assert ItemHistory.objects.filter(act="doing").count() == 1


@pytest.fixture
def reminded(signed, act):
    reminders.check_remind_now(actor=act("leader"), item_id=signed.id)
    return signed


def climb(act, item, rung, text="请于三日内整改", by="inspector"):
    escalation.check_ask_rung(
        actor=act(by), item_id=item.id, rung=rung, text=text, approver_post_id=act("leader").post_id
    )
    consent = Consent.objects.get(state="asked")
    return consents.check_decide(actor=act("leader"), consent_id=consent.pk, agree=True)


def test_rungs_need_the_one_before_and_a_named_approver(signed, act):
    asked = {"item_id": signed.id, "text": "请整改", "approver_post_id": act("leader").post_id}
    with pytest.raises(NotAllowedNowError, match="请先催办"):
        escalation.check_ask_rung(actor=act("inspector"), rung="yellow_letter", **asked)
    reminders.check_remind_now(actor=act("leader"), item_id=signed.id)
    with pytest.raises(ForbiddenError):
        escalation.check_ask_rung(actor=act("civil_head"), rung="yellow_letter", **asked)
    with pytest.raises(BadInputError) as refused:
        escalation.check_ask_rung(
            actor=act("inspector"),
            rung="yellow_letter",
            **{**asked, "approver_post_id": act("land_head").post_id},
        )
    assert refused.value.field == "approver_post_id"
    with pytest.raises(NotAllowedNowError, match="请先发黄牌提醒函"):
        escalation.check_ask_rung(actor=act("inspector"), rung="red_letter", **asked)
    escalation.check_ask_rung(actor=act("inspector"), rung="yellow_letter", **asked)
    with pytest.raises(NotAllowedNowError):
        escalation.check_ask_rung(actor=act("data_office"), rung="yellow_letter", **asked)
    assert EscalationStep.objects.count() == 0  # asked is not taken


def test_letters_are_numbered_and_in_the_items_history(reminded, act):
    climb(act, reminded, "yellow_letter")
    climb(act, reminded, "red_letter")
    assert list(EscalationStep.objects.values_list("number", flat=True)) == [
        "督黄〔2026〕1号",
        "督红〔2026〕1号",
    ]
    told = ItemHistory.objects.filter(act="rung_yellow_letter").get()
    assert told.text == "黄牌提醒函 督黄〔2026〕1号：请于三日内整改"
    found = escalation.describe(act("inspector"), reminded.id)
    assert [(one.rung, one.state) for one in found.rungs] == [
        ("reminder", "taken"),
        ("yellow_letter", "taken"),
        ("red_letter", "taken"),
        ("circular", "next"),
        ("talk", "later"),
        ("accountability", "later"),
    ]
    letters = {line.slip.staff.staff_number for line in SlipLine.objects.filter(code="letter")}
    assert letters == {"civil_liaison", "civil_head", "leader"}


def test_who_asks_for_a_rung_is_offered_those_who_may_approve_it(reminded, act, city):
    told = escalation.describe(act("leader"), reminded.id)
    assert (told.next, told.next_words) == ("yellow_letter", "黄牌提醒函")
    assert told.abilities == {"ask": True}
    assert [one.name for one in told.approvers] == []  # the only entitled post is the asker's own
    told = escalation.describe(act("inspector"), reminded.id)
    assert [(one.name, one.post_title, one.post_id) for one in told.approvers] == [
        ("贺临川", "副市长", act("leader").post_id)
    ]
    unit = escalation.describe(act("civil_liaison"), reminded.id)
    assert (unit.approvers, unit.abilities) == ([], {"ask": False})


def test_what_held_before_stays_to_be_read(act):
    first = [ladders.LadderStepOut(code="wd2", offset=-2, at="09:00", audience=["handler"])]
    second = [ladders.LadderStepOut(code="day", offset=0, at="10:00", audience=["handler", "head"])]
    ladders.check_write_ladder(actor=act("inspector"), kind="livelihood", steps=first)
    told = ladders.check_write_ladder(actor=act("inspector"), kind="livelihood", steps=second)
    ladder = next(one for one in told.ladders if one.kind == "livelihood")
    assert (ladder.version, [one.code for one in ladder.steps]) == (2, ["day"])
    assert [(one.version, one.by_name, one.steps[0].words) for one in ladder.past] == [
        (1, "方既白", "距时限2个工作日")
    ]
    assert [one.past for one in told.ladders if one.kind == ""] == [[]]


def test_rungs_at_rest(reminded, call, act):
    body = {"rung": "yellow_letter", "text": "请整改", "approver_post_id": str(act("leader").post_id)}
    assert call("outside_head").post(f"/items/{reminded.id}/rungs", body).status_code == 404
    assert call("civil_head").post(f"/items/{reminded.id}/rungs", body).status_code == 403
    wrong = call("inspector").post(f"/items/{reminded.id}/rungs", {**body, "rung": "fine"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "rung")
    assert call("inspector").post(f"/items/{reminded.id}/rungs", body, key="r").status_code == 200
    assert call("inspector").post(f"/items/{reminded.id}/rungs", body, key="r").status_code == 200
    strip = call("civil_head").get(f"/items/{reminded.id}/rungs").json()
    assert (strip["rungs"][1]["state"], strip["abilities"]) == ("asked", {"ask": False})
    told = call("civil_head").get("/reminder-ladders").json()
    assert (told["policy"]["spread_s"], told["abilities"]) == (600, {"manage": False})


def test_notices_of_one_person_are_one_card_even_when_the_slip_is_gone(signed, act, heard):
    for colour in ("red", "yellow"):
        overrides.check_override(
            actor=act("inspector"), item_id=signed.id, colour=colour, reason="核", ends_on=date(2026, 7, 9)
        )
        slips.seal("notice")
    told = SlipLine.objects.filter(slip__kind="notice", slip__staff__staff_number="civil_liaison")
    assert told.count() == len({line.source for line in told}) >= 2
    ChasePolicy.objects.update(spread_s=0)
    assert slips.hand() >= 1
