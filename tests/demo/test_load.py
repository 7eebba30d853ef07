"""The demo city is loaded once, by the real services, and is alive: four weeks of work up to this minute."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from bots.desk import DUBAN, SHENPI, SHUJU, TIXING
from bots.services import cases, consents
from bots.services.rendering import digest_of, render_item, render_status
from bots.store.models import CardPost
from chatops.services.rooms import list_rooms
from chatops.store.models import Event, Membership, Room
from common import audit, clock
from common.store.models import AuditEntry, Timer
from connectors.store.models import Connector, StatusItem, Subject
from demo.city.days import Days
from demo.city.load import NotEmptyError, load
from demo.city.tables import rows
from demo.offices import LEAD_UNITS
from directory.services import demo_accounts, devices, lookup
from directory.services.acting import actor_of
from directory.store.models import Appointment, Post, Region, Staff, Unit, UnitName, UnitRelation
from tests.support.world import make_person, make_unit
from workflows.approvals.reading import waiting_tasks
from workflows.rules.working_days import WorkCalendar
from workflows.services.calendar import work_calendar
from workflows.store.models import Case, ColourSnapshot, Extension, Item, ProgressReport, TaskForce

pytestmark = pytest.mark.django_db
SHOWN = {
    DUBAN.number: lambda subject, _room: render_item(subject),
    SHENPI.number: cases.render,
    SHUJU.number: render_status,
    TIXING.number: consents.render,
}
BY_TABLE = {
    "regions": Region,
    "units": Unit,
    "posts": Post,
    "appointments": Appointment,
    "relations": UnitRelation,
}


@pytest.mark.timeout(300)
def test_the_demo_city(settings, monkeypatch):
    """One load for all that is to be seen: it is the slow part."""
    settings.DEMO = True
    assert load().made
    directory_is_the_files()
    every_lead_department_of_the_project_list_is_found()
    everybody_signs_in_with_the_one_password()
    every_persona_has_something_to_do()
    forces_show_every_colour_and_open_matters()
    nothing_lies_in_the_future_and_rooms_are_in_order()
    cards_show_the_present_and_are_known_to_the_bots()
    approvals_are_on_their_way()
    the_gauge_has_a_day_behind_it()
    no_work_of_the_past_is_left_over()
    loading_again_changes_nothing_but_the_address(monkeypatch)


def directory_is_the_files() -> None:
    for table, model in BY_TABLE.items():
        assert model._default_manager.count() == len(rows(table)), table
    assert Staff.objects.filter(kind="person").count() == len(rows("people"))
    assert UnitName.objects.get(name="市住建局").unit.name == "咸宁市住房和城市更新局"
    tax = Unit.objects.get(code="xn-swu")
    assert tax.is_line_managed
    assert tax.block_parent is None
    branch = Unit.objects.get(code="xa-hjf")
    assert branch.line_parent is not None
    assert branch.line_parent.code == "xn-sthj"
    assert Staff.objects.get(name="单书田").initials == "sst"


def every_lead_department_of_the_project_list_is_found() -> None:
    """As people wrote them in the published list: short forms, an old name, full names."""
    found = [lookup.find_unit_tolerant(row["lead_department"]) for row in rows("xianning_projects")]
    assert len(found) == 19
    assert all(match.unit for match in found), [match for match in found if not match.unit]
    assert {match.unit.code for match in found if match.unit} == LEAD_UNITS


def everybody_signs_in_with_the_one_password() -> None:
    people = Staff.objects.filter(kind="person")
    assert people.values("password").distinct().count() == 1, "一次散列，人人共用"
    assert next(one["title"] for one in demo_accounts.list_accounts()) == "市政务和大数据局 局长"
    for row in rows("personas"):
        signed = devices.sign_in(
            staff_number=row["staff_number"], password=demo_accounts.DEMO_PASSWORD, kind="web", addr="::1"
        )
        assert devices.actor_for_secret(signed.secret, "web").post_title


def every_persona_has_something_to_do() -> None:
    for row in rows("personas"):
        actor = actor_of(row["staff_number"], "web")
        assert actor is not None
        seen = list_rooms(actor)
        assert len(seen) >= 2, row["label"]
        assert sum(one["unread"] for one in seen) > 0, row["label"]
    lead = actor_of(rows("personas")[0]["staff_number"], "web")
    assert lead is not None
    assert {one["name"] for one in list_rooms(lead)} >= {"电子政务外网改造专班", "淦河防汛专班"}


def forces_show_every_colour_and_open_matters() -> None:
    assert set(TaskForce.objects.values_list("name", "state")) == {
        ("电子政务外网改造专班", "running"),
        ("淦河防汛专班", "running"),
    }
    for force, count in (("电子政务外网改造专班", 16), ("淦河防汛专班", 11)):
        mine = Item.objects.filter(taskforce__name=force)
        assert list(mine.values_list("number", flat=True)) == list(range(1, count + 1))
        colours = Counter(mine.exclude(state="closed").values_list("colour", flat=True))
        assert set(colours) >= {"red", "yellow", "green"}, (force, colours)
        assert mine.filter(state="closed").count() >= 2
        assert mine.filter(state="dispatched").count() == 1, "一项待签收"
        days = set(ColourSnapshot.objects.filter(taskforce__name=force).values_list("day", flat=True))
        assert len(days) >= 25, "每晚一次留痕，作战图才有上周可比"
    assert Item.objects.filter(state="reported").count() == 1, "一项待核查"
    assert Item.objects.filter(colour="grey", state="signed_for").count() == 1, "一项未到开始日期"
    assert Counter(Extension.objects.values_list("state", flat=True)) == {"asked": 1, "agreed": 1}
    assert ProgressReport.objects.filter(state="returned").count() == 1


def nothing_lies_in_the_future_and_rooms_are_in_order() -> None:
    now = clock.now()
    long_ago = now - timedelta(days=70)
    for room in Room.objects.all():
        events = list(Event.objects.filter(room_id=room.pk).order_by("seq").values_list("seq", "ts"))
        assert [seq for seq, _ in events] == list(range(1, room.last_seq + 1))
        assert all(a <= b for (_, a), (_, b) in pairwise(events)), room.name
        assert long_ago < datetime.fromtimestamp(events[0][1] / 1000, UTC)
        assert datetime.fromtimestamp(events[-1][1] / 1000, UTC) <= now
        assert not Membership.objects.filter(room=room, read_seq__gt=room.last_seq).exists()
    assert not ProgressReport.objects.filter(at__gt=now).exists()
    founded = TaskForce.objects.order_by("created_at").first()
    assert founded is not None
    assert now - founded.created_at >= timedelta(days=26), "四个星期的历史"


def cards_show_the_present_and_are_known_to_the_bots() -> None:
    dispatched = Item.objects.exclude(dispatched_at=None)
    posts = CardPost.objects.filter(bot=DUBAN.number)
    assert {post.subject for post in posts} == {str(item.pk) for item in dispatched}
    assert posts.count() == dispatched.count(), "一事一卡"
    for post in CardPost.objects.all():
        room = Room.objects.get(room_id=post.room_id)
        event = Event.objects.get(room_id=room.pk, event_id=post.event_id)
        assert event.content["org.tongzhou.card"]["subject"] == post.subject
        card = SHOWN[post.bot](post.subject, post.room_id)
        assert card is not None
        # An approval that was only urged shows the same words under a newer version: there is nothing to post.
        same = post.digest == digest_of(card) if post.bot == SHENPI.number else post.version == card.version
        assert same, "机器人启动后没有要补发的"


def approvals_are_on_their_way() -> None:
    assert Counter(Case.objects.filter(source=None).values_list("state", flat=True)) == {
        "running": 7,
        "finished": 1,
    }
    issued = Case.objects.get(source=None, state="finished")
    assert issued.number is not None
    assert issued.number.endswith("〕1号")
    assert Counter(Case.objects.filter(source=issued).values_list("state", flat=True)) == {
        "running": 5,
        "refused": 1,
    }
    leader = actor_of("xn0009", "web")
    assert leader is not None
    waiting = {task.case.process.key for task in waiting_tasks(leader)}
    assert "outgoing" in waiting


def the_gauge_has_a_day_behind_it() -> None:
    station = Subject.objects.get(name="西河桥站")
    card = render_status(str(station.pk), Room.objects.get(name="淦河防汛专班").room_id)
    assert card is not None
    assert card.series is not None
    assert len(card.series.points) >= 40
    assert card.series.points[-1][0] - card.series.points[0][0] >= timedelta(hours=23).total_seconds() * 1000
    assert (
        CardPost.objects.filter(
            bot=SHUJU.number, room_id=Room.objects.get(name="淦河防汛专班").room_id
        ).count()
        == 1
    )
    assert StatusItem.objects.filter(metric__subject=station, metric__key="stage").count() >= 45


def no_work_of_the_past_is_left_over() -> None:
    assert not ProcrastinateJob.objects.filter(status="todo").exists()
    late = Timer.objects.filter(due_at__lt=clock.now()).values_list("task", flat=True)
    assert set(late) <= {"connectors.pull"}, "只有水情取数等着开机后立即开始"
    assert Timer.objects.filter(task="workflows.post_digest").count() == 2
    audit.seal(limit=10_000)
    assert list(audit.find_breaks()) == []


def loading_again_changes_nothing_but_the_address(monkeypatch) -> None:
    counted = (Staff, Post, Room, Event, Item, CardPost, StatusItem, Connector)
    before = [model.objects.count() for model in counted]
    entries = AuditEntry.objects.count()
    assert not load().made
    assert AuditEntry.objects.count() == entries
    monkeypatch.setenv("NEIGHBOUR_URL", "http://127.0.0.1:45678")
    assert not load().made
    assert Connector.objects.get().config["url"] == "http://127.0.0.1:45678/api/latest"
    assert [model.objects.count() for model in counted] == before


def test_a_directory_with_people_is_left_alone():
    make_person(unit=make_unit())
    with pytest.raises(NotEmptyError) as refused:
        load()
    assert "DEMO=0" in refused.value.user_message()
    assert Unit.objects.count() == 1


@pytest.mark.parametrize(
    ("today", "count", "expected"),
    [
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
        (date(2026, 11, 22), 0, date(2026, 11, 20)),
        (date(2026, 11, 22), 1, date(2026, 11, 19)),
        (date(2026, 10, 9), 2, date(2026, 9, 30)),
    ],
)
def test_days_of_the_script_are_working_days(today, count, expected):
    assert Days(today, work_calendar()).ago(count) == expected


def test_days_ahead_skip_weekends():
    days = Days(date(2026, 11, 20), WorkCalendar())
    assert days.ahead(0) == date(2026, 11, 20)
    assert days.ahead(1) == date(2026, 11, 23)
    assert days.ahead(-1) == date(2026, 11, 19)
