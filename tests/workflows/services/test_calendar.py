"""The calendar as an administrator keeps it, and what follows from an edit."""

from datetime import date, datetime, time

import pytest

from chatops.services.admission import SecrecyRefusedError
from common import clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from common.models import AuditEntry
from workflows.models import CalendarDay, Item, Rectification, Reminder
from workflows.rules.working_days import SHANGHAI
from workflows.services import calendar, calendar_days, calendar_effects, calendar_hours, calendar_phrases
from workflows.services.calendar_hours import HoursFields

NOTICE = "国务院办公厅关于2027年部分节假日安排的通知"
TABLE_2027 = f"""日期,类别,名称,来源
2027-01-01,放假,元旦,{NOTICE}
2027年2月5日,上班,春节,{NOTICE}
2027/2/6,放假,春节,{NOTICE}
""".replace("2027年2月5日,上班", "2027年2月7日,上班")


@pytest.fixture
def admin(appoint, city, act):
    appoint("sysadmin", "管理员", city.government, "system_admin", "系统管理员")
    return act("sysadmin")


def put(admin, day, kind="off", name="调休", source="市政府办通知", **more):
    return calendar_days.check_put_day(actor=admin, day=day, kind=kind, name=name, source=source, **more)


def test_an_edit_is_audited_and_counts_at_once(admin, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = put(admin, date(2026, 7, 6))
    assert answer.applied
    assert [day.kind for day in answer.added] == ["off"]
    assert not calendar.work_calendar().is_working_day(date(2026, 7, 6))
    entry = AuditEntry.objects.get(verb="calendar.manage")
    assert entry.name == "管理员"
    assert entry.new is not None
    assert entry.new["2026-07-06"] == "off 调休 市政府办通知"
    assert entry.old is not None
    assert entry.old["2026-07-06"] == ""


def test_a_dry_run_changes_nothing(admin):
    before = CalendarDay.objects.count()
    assert not put(admin, date(2026, 7, 6), dry_run=True).applied
    assert CalendarDay.objects.count() == before
    assert not AuditEntry.objects.filter(verb="calendar.manage").exists()


def test_the_same_edit_twice_is_one(admin):
    put(admin, date(2026, 7, 6))
    again = put(admin, date(2026, 7, 6))
    assert (again.added, again.changed, again.removed) == ([], [], [])
    assert AuditEntry.objects.filter(verb="calendar.manage").count() == 1


@pytest.mark.parametrize(
    ("day", "fields", "field"),
    [
        (date(2026, 7, 6), {"kind": "half"}, "kind"),
        (date(2026, 7, 6), {"kind": "worked"}, "day"),  # a Monday
        (date(1999, 7, 6), {}, "day"),
        (date(2026, 7, 6), {"name": " "}, "name"),
        (date(2026, 7, 6), {"source": ""}, "source"),
    ],
)
def test_an_impossible_day_names_its_field(admin, day, fields, field):
    with pytest.raises(BadInputError) as refusal:
        put(admin, day, **fields)
    assert refusal.value.field == field
    assert refusal.value.user_message().endswith("。")


def test_a_secrecy_mark_is_refused_in_the_source(admin):
    with pytest.raises(SecrecyRefusedError):
        put(admin, date(2026, 7, 6), source="机密★3年")


def test_only_the_administrator_edits(act, city):
    with pytest.raises(ForbiddenError):
        put(act("leader"), date(2026, 7, 6))
    with pytest.raises(ForbiddenError):
        calendar_days.check_remove_day(actor=act("leader"), day=date(2026, 10, 1))
    with pytest.raises(ForbiddenError):
        calendar_days.check_import(actor=act("leader"), data=TABLE_2027.encode())
    with pytest.raises(ForbiddenError):
        calendar_effects.check_recompute(actor=act("leader"))


def test_a_day_is_moved_with_its_source(admin):
    answer = calendar_days.check_move_day(actor=admin, day=date(2026, 10, 10), to=date(2026, 10, 11))
    assert [day.day for day in answer.removed] == [date(2026, 10, 10)]
    assert answer.added[0].kind == "worked"
    assert answer.added[0].source == "国务院办公厅关于2026年部分节假日安排的通知"
    with pytest.raises(NotFoundError):
        calendar_days.check_move_day(actor=admin, day=date(2026, 10, 10), to=date(2026, 10, 18))
    with pytest.raises(BadInputError, match="本来上班"):
        calendar_days.check_move_day(actor=admin, day=date(2026, 10, 11), to=date(2026, 10, 12))
    with pytest.raises(BadInputError, match="已有登记"):
        calendar_days.check_move_day(actor=admin, day=date(2026, 10, 11), to=date(2026, 10, 1))


def test_a_file_is_the_whole_table_of_its_years(admin, django_capture_on_commit_callbacks):
    looked = calendar_days.check_import(actor=admin, data=TABLE_2027.encode("gb18030"))
    assert (len(looked.added), looked.applied) == (3, False)
    with django_capture_on_commit_callbacks(execute=True):
        calendar_days.check_import(actor=admin, data=TABLE_2027.encode(), dry_run=False)
    years = {year.year: year for year in calendar_days.list_years(admin)}
    assert not years[2027].provisional
    assert years[2027].sources == [NOTICE]
    assert (years[2027].days_off, years[2027].days_worked) == (2, 1)
    shorter = "\n".join(TABLE_2027.splitlines()[:2])
    second = calendar_days.check_import(actor=admin, data=shorter.encode(), dry_run=False)
    assert len(second.removed) == 2
    assert CalendarDay.objects.filter(day__year=2026).count() == 39


def test_every_wrong_line_is_told_and_none_is_taken(admin):
    text = (
        "日期,类别,名称,来源\n2027-13-01,放假,元旦,通知\n2027-01-04,上班,元旦,通知\n2027-01-01,玩,元旦,通知\n"
        "2027-01-01,放假,,通知\n"
    )
    answer = calendar_days.check_import(actor=admin, data=text.encode(), dry_run=False)
    assert [problem.line for problem in answer.problems] == [2, 3, 4, 5]
    assert all(problem.sentence.endswith("。") for problem in answer.problems)
    assert not CalendarDay.objects.filter(day__year=2027).exists()


def test_a_file_that_is_no_table_is_refused(admin):
    with pytest.raises(BadInputError, match="CSV"):
        calendar_days.check_import(actor=admin, data=b"PK\x03\x04")
    missing = calendar_days.check_import(actor=admin, data="日期,类别\n".encode())
    assert missing.problems[0].sentence == "缺少“名称”“来源”列，请补上后重新上传。"


# -- what follows --------------------------------------------------------------------------------------------------


@pytest.fixture
def due_monday(add, force, act):
    from workflows.services import acts, items

    item = add(due_on=date(2026, 7, 6))
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=[item.id])
    acts.check_sign_for(actor=act("civil_liaison"), item_id=item.id)
    return item


def test_dates_set_by_hand_are_named_and_stay(admin, due_monday):
    answer = put(admin, date(2026, 7, 6))
    assert (answer.effects.set_by_hand, answer.effects.computed) == (1, 0)
    [effect] = answer.effects.items
    assert not effect.moves
    assert effect.because == (
        "时限2026年7月6日改为调休放假；日期由交办方确定，系统不自动改动，最近的前一工作日为2026年7月3日"
    )
    assert Item.objects.get(pk=due_monday.id).due_on == date(2026, 7, 6)


def test_computed_dates_follow_in_the_same_transaction(admin, due_monday):
    ordered = Rectification.objects.create(
        item_id=due_monday.id, order="整改", plan_due_on=date(2026, 7, 6), at=clock.now(), by_name="方既白"
    )
    looked = put(admin, date(2026, 7, 3), dry_run=True)
    assert looked.effects.computed == 1
    [effect] = [one for one in looked.effects.items if one.moves]
    assert (effect.old_due_on, effect.new_due_on) == (date(2026, 7, 6), date(2026, 7, 7))
    assert "其间7月3日放假" in effect.because
    put(admin, date(2026, 7, 3))
    ordered.refresh_from_db()
    assert ordered.plan_due_on == date(2026, 7, 7)
    assert AuditEntry.objects.filter(verb="calendar.follow", subject_id=str(ordered.pk)).exists()
    calendar.drop()
    calendar_days.check_remove_day(actor=admin, day=date(2026, 7, 3))
    ordered.refresh_from_db()
    assert ordered.plan_due_on == date(2026, 7, 6)


def test_reminders_follow_the_recompute(admin, due_monday):
    planned = set(Reminder.objects.filter(state="planned").values_list("slot_at", flat=True))
    answer = put(admin, date(2026, 7, 3))
    assert answer.effects.reminders == 1
    done = calendar_effects.check_recompute(actor=admin)
    assert done["items"] >= 1
    after = set(Reminder.objects.filter(state="planned").values_list("slot_at", flat=True))
    assert after != planned
    assert all(slot.astimezone(SHANGHAI).date() != date(2026, 7, 3) for slot in after)
    calendar_effects.recompute()
    assert set(Reminder.objects.filter(state="planned").values_list("slot_at", flat=True)) == after


def test_an_edit_sets_the_recompute_going(admin):
    from procrastinate.contrib.django.models import ProcrastinateJob

    put(admin, date(2026, 7, 6))
    put(admin, date(2026, 7, 7))
    assert ProcrastinateJob.objects.filter(task_name="workflows.recompute_calendar").count() == 1


# -- hours ---------------------------------------------------------------------------------------------------------


def summer(**changes):
    fields = {
        "region": "421200", "begins": "05-01", "ends": "09-30", "opens": time(8), "noon_from": time(12),
        "noon_to": time(15), "closes": time(18), "source": "咸宁市夏季作息时间通知",
    }  # fmt: skip
    return HoursFields(**{**fields, **changes})


def test_hours_of_a_region_change_what_is_received_today(admin, act, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        made = calendar_hours.check_put_hours(actor=admin, fields=summer())
    assert (made.region_name, made.words) == ("咸宁市", "08:00—12:00，15:00—18:00")
    with clock.travel(datetime(2026, 7, 1, 17, 45, tzinfo=SHANGHAI)):
        found = calendar_phrases.understand_phrase(act("leader"), "1个工作日内")
        assert found.due == datetime(2026, 7, 2, 18, tzinfo=SHANGHAI)
    with django_capture_on_commit_callbacks(execute=True):
        calendar_hours.check_remove_hours(actor=admin, key=made.id)
    assert calendar_hours.list_hours(admin).items == []
    with clock.travel(datetime(2026, 7, 1, 17, 45, tzinfo=SHANGHAI)):
        assert calendar_phrases.understand_phrase(act("leader"), "1个工作日内").due_on == "2026-07-03"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"begins": "02-30"}, "begins"),
        ({"ends": "13-01"}, "ends"),
        ({"closes": time(7)}, "closes"),
        ({"region": "990000"}, "region"),
        ({"source": " "}, "source"),
        ({"begins": "09-01", "ends": "10-31"}, "begins"),
    ],
)
def test_impossible_hours_name_their_field(admin, changes, field):
    calendar_hours.check_put_hours(actor=admin, fields=summer())
    changes = {"begins": "10-01", "ends": "12-31", **changes}
    with pytest.raises(BadInputError) as refusal:
        calendar_hours.check_put_hours(actor=admin, fields=summer(**changes))
    assert refusal.value.field == field


def test_only_the_administrator_sets_hours(act, city):
    with pytest.raises(ForbiddenError):
        calendar_hours.check_put_hours(actor=act("leader"), fields=summer())
