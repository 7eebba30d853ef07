"""What happens by itself: colours at night, snapshots, reminders, digests."""

from datetime import date, datetime

import pytest

from common import clock, timers
from common.errors import ForbiddenError
from common.models import Timer
from directory.store.models import Appointment
from workflows.errors import NotAllowedNowError, RemindedLatelyError
from workflows.events import DigestDue, ItemChanged, ItemColourChanged, ManualReminder, ReminderDue
from workflows.models import ColourSnapshot, Deed, Item, Reminder
from workflows.rules.working_days import SHANGHAI
from workflows.services import acts, digests, extensions, items, nightly, reminders, wall


def at(text):
    return clock.travel(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


@pytest.fixture
def due_soon(add, act, force):
    """Two signed items of one unit, due on Wednesday 22 July."""
    made = [add(title, due_on=date(2026, 7, 22)) for title in ("智慧社区", "智慧养老")]
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    for item in made:
        acts.check_sign_for(actor=act("civil_liaison"), item_id=item.id)
    return made


def test_the_night_changes_colours_once(signed, heard):
    with at("2027-01-01T00:05"):
        assert nightly.recolour_all() == 1
        assert nightly.recolour_all() == 0
    (event,) = heard.of(ItemColourChanged)
    assert (event.old, event.new) == ("green", "red")
    assert event.because == "红：已逾期1天，时限2026年12月31日，完成0%"
    assert [change.act for change in heard.of(ItemChanged)] == ["recolour"]


def test_a_night_in_which_nothing_shown_changes_edits_no_card(signed, heard):
    with at("2026-07-10T00:05"):
        nightly.recolour_all()
    item = Item.objects.get()
    assert (item.planned_percent, heard.of(ItemChanged)) == (5, [])


def test_a_night_without_news_costs_the_same_for_one_item_and_six(
    signed, add, force, act, django_assert_max_num_queries
):
    def night():
        nightly.recolour_home(force.id)

    night()
    with django_assert_max_num_queries(10) as few:
        night()
    for number in range(5):
        add(f"事项{number}")
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    with django_assert_max_num_queries(len(few)):
        night()


def test_recomputing_gives_the_same_answer(signed):
    with at("2026-09-10T00:05"):
        nightly.recolour_all()
        first = Item.objects.values().get()
        nightly.recolour_all()
    assert Item.objects.values().get() == first


def test_yellow_for_long_turns_red_and_a_report_makes_it_green(signed, act):
    acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=10)
    with at("2026-07-16T00:05"):
        nightly.recolour_all()
        assert Item.objects.get().colour_because == "黄：已15天未反馈（应每14天反馈一次）"
    with at("2026-08-13T00:05"):
        nightly.recolour_all()
        item = Item.objects.get()
    assert (item.colour, item.colour_reason, item.behind_since) == ("red", "stale", date(2026, 7, 16))
    with at("2026-08-13T10:00"):
        answer = acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=60)
    assert (answer.item.colour, answer.item.reason_code) == ("green", "on_plan")
    assert Item.objects.get().behind_since is None


def test_snapshots_give_the_change_against_last_week(signed, add, act, force):
    with at("2026-07-10T00:05"):
        nightly.recolour_all()
        nightly.recolour_all()
    assert ColourSnapshot.objects.count() == 1
    with at("2026-07-17T10:00"):
        acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=100)
        acts.check_close(actor=act("leader"), item_id=signed.id)
        add("又一项")
        kpi = wall.describe_wall(act("leader"), force.id).kpi
    assert kpi.compared_with == date(2026, 7, 10)
    assert kpi.counts == {"red": 0, "yellow": 0, "green": 0, "grey": 1, "done": 1}
    assert kpi.deltas == {"red": 0, "yellow": 0, "green": -1, "grey": 1, "done": 1}


def test_the_night_sets_its_next_timer_and_forgets_old_keys(signed, act):
    acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=30, key="old")
    with at("2026-12-01T00:05"):
        nightly.recolour_all()
    assert Timer.objects.get(key="nightly").due_at == datetime(2026, 12, 2, 0, 5, tzinfo=SHANGHAI)
    assert not Deed.objects.exists()


def test_reminders_are_planned_and_merged_per_person_and_slot(due_soon, heard):
    planned = Reminder.objects.filter(state="planned").order_by("slot_at")
    assert {(row.rule, f"{row.slot_at.astimezone(SHANGHAI):%m-%d %H:%M}") for row in planned} == {
        ("wd3", "07-17 09:00"),
        ("wd1", "07-21 09:00"),
        ("day", "07-22 09:00"),
        ("day", "07-22 15:00"),
        ("overdue", "07-23 09:00"),
    }
    assert Timer.objects.get(key="reminders:0900").due_at == datetime(2026, 7, 2, 9, 0, tzinfo=SHANGHAI)
    with at("2026-07-17T09:00"):
        assert reminders.send_due() == 2
        assert reminders.send_due() == 0
    monday = datetime(2026, 7, 20, 9, 0, tzinfo=SHANGHAI)
    assert Timer.objects.get(key="reminders:0900").due_at == monday
    (event,) = heard.of(ReminderDue)
    assert [rule for _item, rule in event.lines] == ["wd3", "wd3"]
    assert {item for item, _rule in event.lines} == {item.id for item in due_soon}
    assert event.key == f"reminder:{event.staff_id}:20260717T0900"


def test_reminders_go_to_the_handler_or_else_the_liaison(add, act, force, heard):
    item = add(due_on=date(2026, 7, 22))
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    with at("2026-07-17T09:00"):
        reminders.send_due()
    acts.check_sign_for(actor=act("civil_liaison"), item_id=item.id)
    acts.check_name_handler(actor=act("civil_head"), item_id=item.id, user_id="civil_handler")
    with at("2026-07-21T09:00"):
        reminders.send_due()
    expected = [act("civil_liaison").staff_id, act("civil_handler").staff_id]
    assert [event.staff_id for event in heard.of(ReminderDue)] == expected


def test_reminders_stop_at_once_when_done_and_return_with_a_rejected_report(due_soon, act, heard):
    first, second = due_soon
    acts.check_report(actor=act("civil_head"), item_id=first.id, percent=100)
    with at("2026-07-17T09:00"):
        assert reminders.send_due() == 1
    with at("2026-07-20T10:00"):
        acts.check_return(actor=act("leader"), item_id=first.id, reason="缺材料")
        acts.check_report(actor=act("civil_head"), item_id=second.id, percent=100)
    with at("2026-07-21T09:00"):
        reminders.send_due()
    assert [event.lines for event in heard.of(ReminderDue)] == [((second.id, "wd3"),), ((first.id, "wd1"),)]


def test_an_extension_moves_the_reminders(due_soon, act, heard):
    item = due_soon[0]
    extensions.check_ask_extension(
        actor=act("civil_head"), item_id=item.id, due_on=date(2026, 8, 26), reason="设备推迟"
    )
    extensions.check_decide_extension(actor=act("leader"), item_id=item.id, agree=True)
    planned = Reminder.objects.filter(item_id=item.id, state="planned").order_by("slot_at")
    assert [row.due_on for row in planned] == [date(2026, 8, 26)] * 5
    with at("2026-07-17T09:00"):
        assert reminders.send_due() == 1


def test_overdue_is_said_each_working_morning(due_soon, heard, act):
    for day in ("2026-07-23", "2026-07-24", "2026-07-25", "2026-07-26", "2026-07-27"):
        with at(f"{day}T09:00"):
            reminders.send_due()
    overdue = [event for event in heard.of(ReminderDue) if event.lines[0][1] == "overdue"]

    def days(number):
        told = act(number).staff_id
        return [f"{event.slot_at.astimezone(SHANGHAI):%m-%d}" for event in overdue if event.staff_id == told]

    assert days("civil_liaison") == ["07-23", "07-24", "07-27"]
    assert days("civil_head") == ["07-23"]
    assert days("leader") == ["07-27"]


def test_slots_missed_by_a_long_stop_are_not_made_up(due_soon, heard):
    with at("2026-07-24T10:00"):
        assert reminders.send_due() == 0
    assert heard.of(ReminderDue) == []
    with at("2026-07-27T09:00"):
        assert reminders.send_due() == 2


def test_the_ticker_turns_due_timers_into_jobs(due_soon):
    from procrastinate.contrib.django.models import ProcrastinateJob

    with at("2026-07-17T09:00"):
        timers.tick()
    names = set(ProcrastinateJob.objects.values_list("task_name", flat=True))
    assert {"workflows.send_reminders", "workflows.recolour_all", "workflows.post_digest"} <= names


def test_pressing_by_hand_is_limited(signed, act, heard):
    reminders.check_remind_now(actor=act("leader"), item_id=signed.id)
    with at("2026-07-01T13:59"), pytest.raises(RemindedLatelyError) as refused:
        reminders.check_remind_now(actor=act("data_office"), item_id=signed.id)
    assert refused.value.retry_after_ms == 60_000
    assert refused.value.user_message() == "该事项4小时内已催办过，请在1分钟后再催办。"
    with at("2026-07-01T14:00"):
        reminders.check_remind_now(actor=act("data_office"), item_id=signed.id)
    told = heard.of(ManualReminder)
    assert [event.by_name for event in told] == ["贺临川", "周牧远"]
    assert told[0].staff_ids == (act("civil_liaison").staff_id,)
    assert told[0].key != told[1].key


def test_pressing_what_needs_none_and_who_may_not(signed, act):
    with pytest.raises(ForbiddenError):
        reminders.check_remind_now(actor=act("land_head"), item_id=signed.id)
    acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=100)
    with pytest.raises(NotAllowedNowError, match="无需催办"):
        reminders.check_remind_now(actor=act("leader"), item_id=signed.id)


def test_the_daily_digest_comes_on_working_days_only(force, heard):
    for day in ("2026-07-03", "2026-07-04", "2026-07-06"):
        with at(f"{day}T08:40"):
            digests.post_daily(force.id)
    assert [event.key[-8:] for event in heard.of(DigestDue)] == ["20260703", "20260706"]
    assert Timer.objects.get(key=f"digest:{force.id}").due_at == datetime(2026, 7, 7, 8, 40, tzinfo=SHANGHAI)


def test_a_digest_on_demand(force, act, heard):
    digests.check_ask_digest(actor=act("leader"), taskforce_id=force.id, key="d")
    digests.check_ask_digest(actor=act("leader"), taskforce_id=force.id, key="d")
    assert [event.room_id for event in heard.of(DigestDue)] == [force.room_id]
    with pytest.raises(ForbiddenError):
        digests.check_ask_digest(actor=act("civil_handler"), taskforce_id=force.id)


def test_who_has_left_the_unit_is_not_reminded(due_soon, act, heard):
    seat = Appointment.objects.get(staff__staff_number="civil_liaison")
    seat.valid_to = date(2026, 7, 15)
    seat.save()
    with at("2026-07-17T09:00"):
        reminders.send_due()
    assert [event.staff_id for event in heard.of(ReminderDue)] == [act("civil_head").staff_id]
