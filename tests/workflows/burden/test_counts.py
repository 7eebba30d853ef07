"""The monthly count equals what was put there by hand, and is seen by those whom it concerns."""

from datetime import date, datetime

import pytest

from chatops.models import Event, Mention, Room
from chatops.services import messages, rooms
from common import clock
from directory.store.models import Staff
from workflows.burden import counts
from workflows.models import BurdenCount, Order, OrderRecipient, OrderVersion
from workflows.rules.working_days import SHANGHAI
from workflows.services.calendar import work_calendar

JULY = date(2026, 7, 1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "off"),
    [
        ("2026-07-01T08:30", False),
        ("2026-07-01T12:30", False),
        ("2026-07-01T17:31", True),
        ("2026-07-01T07:00", True),
        ("2026-07-04T10:00", True),  # Saturday
        ("2026-10-10T10:00", False),  # a worked Saturday
        ("2026-10-01T10:00", True),
    ],
)
def test_off_hours(db, moment, off):
    assert counts.is_off_hours(at(moment), work_calendar()) == off


@pytest.fixture
def counted(city, act):
    """Two groups with the handler in both; a poll; named twice, once on a Saturday evening."""
    office = act("data_office")
    handler = Staff.objects.get(staff_number="civil_handler")
    first = rooms.create_room(actor=office, kind="work", name="汛情会商", members=[handler.pk])
    rooms.create_room(actor=office, kind="work", name="材料报送", members=[handler.pk])
    room = Room.objects.get(room_id=first.room_id)
    poll = {
        "m.poll": {
            "question": {"m.text": [{"body": "周三还是周四开会"}]},
            "answers": [{"m.id": str(n), "m.text": [{"body": f"周{n}"}]} for n in (3, 4)],
        },
        "m.text": [{"body": "周三还是周四开会"}],
    }
    messages.send(actor=office, room_id=first.room_id, type="m.poll.start", content=poll)
    for moment in ("2026-07-02T10:00", "2026-07-04T21:00"):
        with clock.travel(at(moment)):
            sent = messages.send(
                actor=office, room_id=first.room_id, type="m.room.message",
                content={"msgtype": "m.text", "body": "请看"},
            )  # fmt: skip
        event = Event.objects.get(event_id=sent.event_id)
        Mention.objects.get_or_create(room_id=room.pk, seq=event.seq, staff_id=handler.pk)
    with clock.travel(at("2026-07-20T02:20")):
        counts.count_month(JULY)
    return handler


def test_a_person(counted):
    row = BurdenCount.objects.get(staff=counted)
    assert (row.groups, row.orders, row.forms, row.off_hour_pings) == (2, 0, 1, 1)


def test_a_unit_is_the_sum_of_its_people(counted, city):
    unit = city.units["civil"]
    whole = BurdenCount.objects.get(unit=unit, staff=None)
    people = BurdenCount.objects.filter(unit=unit, staff__isnull=False)
    assert whole.people == people.count() == 3
    for name in counts.FIELDS:
        assert getattr(whole, name) == sum(getattr(row, name) for row in people)


def test_counting_again_changes_nothing(counted):
    before = list(BurdenCount.objects.order_by("unit", "staff").values_list("unit", "staff", *counts.FIELDS))
    counts.count_month(JULY)
    after = list(BurdenCount.objects.order_by("unit", "staff").values_list("unit", "staff", *counts.FIELDS))
    assert before == after


def test_an_issued_order_counts_and_its_correction_again(counted, city, act):
    office, post = act("data_office"), act("civil_handler")
    order = Order.objects.create(
        title="防汛", issuer_unit=city.units["data"], issuer_post_id=office.post_id, issuer_id=office.staff_id,
        issuer_name=office.name, created_at=clock.now(), changed_at=clock.now(),
    )  # fmt: skip
    for version, day in ((1, "2026-07-03T09:00"), (2, "2026-07-05T21:00")):
        OrderVersion.objects.create(
            order=order, version=version, title="防汛", text="到岗", urgency="normal", scope={}, rungs=[], digest="",
            issued_at=at(day), issued_by_name=office.name,
        )  # fmt: skip
        OrderRecipient.objects.create(
            order=order, version=version, unit=city.units["civil"], post_id=post.post_id, staff=counted,
            name=post.name, post_title=post.post_title, post_role=post.post_role, why="经办人", delivered_at=at(day),
        )  # fmt: skip
    with clock.travel(at("2026-07-20T02:20")):
        counts.count_month(JULY)
    row = BurdenCount.objects.get(staff=counted)
    assert (row.orders, row.off_hour_pings) == (2, 2)  # the correction came on a Sunday


def test_who_sees_what(counted, call):
    handler = call("civil_handler").get("/burden?month=2026-07").json()
    assert handler["mine"]["groups"] == 2
    assert (handler["people"], handler["units"]) == ([], [])
    head = call("civil_head").get("/burden?month=2026-07").json()
    assert [row["name"] for row in head["people"]] == ["民政科", "民政局", "民政联"]  # the directory's order
    assert [row["name"] for row in head["units"]] == ["咸宁市民政局"]
    leader = call("leader").get("/burden?month=2026-07").json()
    assert leader["people"] == []
    assert len(leader["units"]) == 15
    assert call("leader").get("/burden?month=7月").json()["field"] == "month"


def test_the_export_is_for_those_who_see_the_unit(counted, call):
    answer = call("civil_head").get("/burden/export.csv?month=2026-07")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "类别,名称,人数,群组,指令,表单和投票,非办公时间提醒"
    assert lines[1] == "单位,咸宁市民政局,3,2,0,1,1"
    assert call("civil_handler").get("/burden/export.csv").status_code == 403


def test_nothing_is_sorted_by_figures(counted, call):
    names = [row["name"] for row in call("leader").get("/burden?month=2026-07").json()["units"]]
    BurdenCount.objects.filter(staff=None).update(groups=0)
    BurdenCount.objects.filter(staff=None, unit__code="daily").update(groups=999)
    assert [row["name"] for row in call("leader").get("/burden?month=2026-07").json()["units"]] == names
