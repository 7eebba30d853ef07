"""A question that waits is said again on each working day, in the one card of the slot, until it is answered."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from common.ids import new_uuid
from tests.workflows.conftest import START
from workflows.consents import ApproverRule, services
from workflows.items import answers
from workflows.items.card import reminder_card
from workflows.models import Absence, Reminder, Slip, SlipLine
from workflows.rules.working_days import SHANGHAI
from workflows.services import items, letterbox, reminders, slips

MORNINGS = (
    "2026-07-01T15:00",
    "2026-07-02T09:00",
    "2026-07-02T15:00",
    "2026-07-03T09:00",
    "2026-07-06T09:00",
)


def at(text):
    return clock.travel(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


def told():
    lines = SlipLine.objects.filter(slip__kind="reminder", consent__isnull=False).select_related(
        "slip__staff"
    )
    return sorted(
        (
            f"{clock.local(line.slip.slot_at):%m-%d %H:%M}",
            line.slip.staff.staff_number,
            line.for_name,
        )
        for line in lines
    )


def letters():
    slips.hand()
    return [
        letter
        for batch in Slip.objects.filter(state="handed").values_list("batch", flat=True).distinct()
        if batch
        for letter in letterbox.waiting(batch)
    ]


def test_each_working_morning_once_however_often_the_job_runs(question):
    question()
    for moment in MORNINGS:
        with at(moment):
            for _ in range(3):
                reminders.send_due()
    assert told() == [
        ("07-02 09:00", "inspector", ""),
        ("07-03 09:00", "inspector", ""),
        ("07-06 09:00", "inspector", ""),
    ]


@pytest.mark.parametrize("end", ["agreed", "refused", "withdrawn"])
def test_an_end_stops_it_also_when_the_card_is_about_to_go(question, act, end):
    consent = question()
    with at("2026-07-02T09:00"):
        reminders.send_due()
    with at("2026-07-02T09:30"):
        [letter] = letters()
        assert [(one.title, name) for one, name in letter.consents] == [("发布第3期", "")]
        if end == "withdrawn":
            services.check_withdraw(actor=act("civil_liaison"), consent_id=consent.pk)
        else:
            services.check_decide(
                actor=act("inspector"), consent_id=consent.pk, agree=end == "agreed", reason="已核"
            )
        [letter] = letters()
        assert letter.consents == ()
        assert not Reminder.objects.filter(state="planned").exists()
    with at("2026-07-03T09:00"):
        reminders.send_due()
    assert told() == [("07-02 09:00", "inspector", "")]


def test_one_card_for_what_is_due_and_what_waits(question, add, act, force):
    """The leader is asked for an item that has been overdue for three working days, and for a decision."""
    item = add("智慧社区", due_on=date(2026, 7, 1))
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    for day in ("2026-07-02T09:00", "2026-07-03T09:00"):
        with at(day):
            reminders.send_due()
    with at("2026-07-03T18:00"):
        question(approver=ApproverRule(post_id=act("leader").post_id), reason="已核对")
    with at("2026-07-06T09:00"):
        reminders.send_due()
    slip = Slip.objects.get(staff=act("leader").staff_id, kind="reminder", slot_at__day=6)
    with at("2026-07-06T09:30"):
        [letter] = [one for one in letters() if one.slip_id == slip.pk]
    assert [one.title for one, *_ in letter.lines] == [item.title]
    lines = [(one, code, name, part) for one, code, part, name in letter.lines]
    card = reminder_card(lines, consents=letter.consents, subject=str(slip.pk), as_of=START)
    assert card.title == "您有1项待办即将到期或已逾期，您有1项审批待办理"
    assert card.lines[1].text == "待审批：发布第3期（咸宁市民政局 民政联 7月3日提出）"
    assert card.actions
    alone = reminder_card([], consents=letter.consents, subject=str(slip.pk), as_of=START)
    assert (alone.title, alone.actions, alone.menu) == ("您有1项审批待办理", [], [])
    Slip.objects.update(state="sent")
    still = answers.abilities(act("leader"), [str(slip.pk)])
    assert still[str(slip.pk)].abilities, "the item on the card can still be answered"


def test_who_stands_in_is_reminded_and_who_asked_never(question, act):
    leader = act("leader")
    Absence.objects.create(
        staff_id=leader.staff_id,
        acting_id=act("data_office").staff_id,
        starts_on=date(2026, 7, 1),
        ends_on=date(2026, 7, 3),
        at=START,
        by_name="贺临川",
    )
    Absence.objects.create(
        staff_id=leader.staff_id,
        acting_id=act("civil_liaison").staff_id,
        starts_on=date(2026, 7, 1),
        ends_on=date(2026, 7, 3),
        at=START,
        by_name="贺临川",
    )
    question(by="civil_liaison", approver=ApproverRule(post_id=leader.post_id))
    with at("2026-07-02T09:00"):
        reminders.send_due()
    assert told() == [("07-02 09:00", "data_office", "贺临川"), ("07-02 09:00", "leader", "")]


def test_what_waits_for_the_same_people_is_not_asked_for_one_by_one(question):
    def queries(count, evening, morning):
        with at(evening):
            for number in range(count):
                question(subject=new_uuid(), reason=f"第{number}件")
        with at(morning), CaptureQueriesContext(connection) as asked:
            reminders.send_due()
        return len(asked)

    queries(1, "2026-07-01T18:00", "2026-07-02T09:00")
    few = queries(1, "2026-07-02T18:00", "2026-07-03T09:00")
    many = queries(20, "2026-07-03T18:00", "2026-07-06T09:00")
    assert len(told()) == 1 + 2 + 22
    assert many < few + 10, "timers and calendars are read anew now and then; no more than that"


def test_what_lapses_before_the_slot_is_not_said(question):
    question(lapses_at=START + timedelta(hours=3))
    assert not Reminder.objects.exists()
    with at("2026-07-02T09:00"):
        reminders.send_due()
    assert told() == []


def test_what_was_open_before_there_were_reminders_is_taken_up(question):
    question()
    Reminder.objects.all().delete()
    with at("2026-07-06T09:00"):
        reminders.send_due()
    with at("2026-07-07T09:00"):
        reminders.send_due()
    assert told() == [("07-07 09:00", "inspector", "")]
