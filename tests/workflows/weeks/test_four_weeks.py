"""Nineteen projects (and one decision of a meeting) for four weeks, against what was written down by hand before.

`acts.csv` is what people do; everything else happens by itself, by timers on the controlled clock. `colours.csv`,
`reminders.csv`, `notices.csv` and `ranking.csv` are what must come of it, each row with its reason; `days.csv` are the
working days.
"""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from common import clock, jobs, timers
from common.models import Timer
from directory.store.models import Appointment, Post, Staff
from tests.workflows.conftest import SAMPLE, UNITS, _appoint
from workflows.events import ReminderDue
from workflows.models import ColourNotice, Item, ItemHistory
from workflows.rules.working_days import SHANGHAI
from workflows.services import (
    acts,
    extensions,
    imports,
    items,
    rectifications,
    registering,
    reminders,
    taskforces,
)
from workflows.services.calendar import work_calendar
from workflows.services.items import NewItem
from workflows.taskforces import ranking_switch, rankings

HERE = Path(__file__).parent
pytestmark = pytest.mark.timeout(400)  # four weeks of timers

BEGIN, END = datetime(2026, 9, 14, 9, 0, tzinfo=SHANGHAI), datetime(2026, 10, 12, 0, 0, tzinfo=SHANGHAI)


def rows(name):
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def told(at):
    return f"{at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


class Weeks:
    """Does what `acts.csv` says, and between the acts whatever falls due."""

    def __init__(self, act, city) -> None:
        self.act, self.city, self.batch = act, city, None
        self.force = taskforces.check_found_taskforce(
            actor=act("leader"),
            name="数字政府建设专班",
            goal="建成19个数字政府项目",
            basis="咸政办发〔2026〕7号",
            unit_ids=[city.units[word].pk for word in UNITS],
            ends_on=date(2026, 11, 30),
            office_unit_id=city.units["data"].pk,
        )

    def item(self, number) -> Item:
        """Imported items are known by their number in the list."""
        return Item.objects.get(taskforce_id=self.force.id, number=int(number))

    def live(self) -> None:
        waiting = sorted(rows("acts"), key=lambda row: row["at"])
        for row in waiting:
            self.until(moment(row["at"]))
            with clock.travel(moment(row["at"])):
                self.do(row)
                work_off()
        self.until(END)

    def until(self, end) -> None:
        """Every timer before `end`, at its own moment."""
        while (
            due := Timer.objects.order_by("due_at").values_list("due_at", flat=True).first()
        ) and due < end:
            with clock.travel(due):
                timers.tick()
                work_off()

    def do(self, row) -> None:
        actor = None if row["who"] == "system" else self.act(row["who"])
        getattr(self, f"do_{row['act']}")(actor, row)

    def do_import(self, actor, row) -> None:
        batch = imports.check_upload(
            actor=actor,
            taskforce_id=self.force.id,
            file_name="projects.csv",
            data=SAMPLE,
            due_on=date.fromisoformat(row["value"]),
        )
        imports.check_apply(actor=actor, batch_id=batch.id)

    def do_create(self, actor, row) -> None:
        new = NewItem(
            title=row["text"],
            lead_unit_id=self.city.units["housing"].pk,
            starts_on=clock.today(),
            due_on=date.fromisoformat(row["value"]),
        )
        made = registering.check_create_item(actor=actor, taskforce_id=self.force.id, new=new).item
        assert made.number == int(row["item"])

    def do_dispatch(self, actor, _row) -> None:
        items.check_dispatch(actor=actor, taskforce_id=self.force.id, item_ids=None)

    def do_sign_for(self, actor, row) -> None:
        acts.check_sign_for(actor=actor, item_id=self.item(row["item"]).pk)

    def do_send_back(self, actor, row) -> None:
        acts.check_send_back(actor=actor, item_id=self.item(row["item"]).pk, reason=row["text"])

    def do_transfer(self, actor, row) -> None:
        unit = self.city.units[row["value"]]
        acts.check_transfer(actor=actor, item_id=self.item(row["item"]).pk, lead_unit_id=unit.pk)

    def do_report(self, actor, row) -> None:
        item = self.item(row["item"])
        acts.check_report(actor=actor, item_id=item.pk, percent=int(row["value"]), text=row["text"])

    def do_reject(self, actor, row) -> None:
        acts.check_reject_report(actor=actor, item_id=self.item(row["item"]).pk, reason=row["text"])

    def do_close(self, actor, row) -> None:
        acts.check_close(actor=actor, item_id=self.item(row["item"]).pk)

    def do_remind(self, actor, row) -> None:
        reminders.check_remind_now(actor=actor, item_id=self.item(row["item"]).pk)

    def do_ask_extension(self, actor, row) -> None:
        extensions.check_ask_extension(
            actor=actor,
            item_id=self.item(row["item"]).pk,
            due_on=date.fromisoformat(row["value"]),
            reason=row["text"],
        )

    def do_agree_extension(self, actor, row) -> None:
        extensions.check_decide_extension(actor=actor, item_id=self.item(row["item"]).pk, agree=True)

    def do_hand_over(self, _actor, row) -> None:
        """The post passes to a newcomer; whoever held it has left it today."""
        before, after = row["value"].split(">")
        held = Appointment.objects.get(staff__staff_number=before)
        Appointment.objects.filter(pk=held.pk).update(valid_to=clock.today())
        _appoint([(after, "程望舒", held.post.unit, "liaison", "联络员")])
        Appointment.objects.filter(staff__staff_number=after).update(post=held.post, valid_from=clock.today())
        Post.objects.get(code=f"{held.post.unit.code}.{after}").delete()

    def do_rank(self, actor, row) -> None:
        ranking_switch.check_switch(actor=actor, taskforce_id=self.force.id, is_on=True, basis=row["text"])
        first, last = map(date.fromisoformat, row["value"].split(":"))
        edition = rankings.check_open(
            actor=actor, taskforce_id=self.force.id, period_from=first, period_to=last
        ).edition
        rankings.check_freeze(actor=actor, edition_id=edition.id)
        rankings.check_compute(actor=actor, edition_id=edition.id)
        self.edition_id = edition.id

    def do_release(self, actor, _row) -> None:
        rankings.check_release(actor=actor, edition_id=self.edition_id)

    def do_order_rectification(self, actor, row) -> None:
        rectifications.check_order(actor=actor, item_id=self.item(row["item"]).pk, order=row["text"])

    def do_submit_plan(self, actor, row) -> None:
        day = date.fromisoformat(row["value"])
        item_id = self.item(row["item"]).pk
        rectifications.check_plan(actor=actor, item_id=item_id, plan=row["text"], due_on=day)

    def do_submit_result(self, actor, row) -> None:
        rectifications.check_result(actor=actor, item_id=self.item(row["item"]).pk, result=row["text"])

    def do_pass_recheck(self, actor, row) -> None:
        rectifications.check_recheck(actor=actor, item_id=self.item(row["item"]).pk, passed=True)


def work_off() -> None:
    """Jobs of the worker's queues, in the order in which they were deferred; those of the bots are theirs."""
    while job := ProcrastinateJob.objects.exclude(queue_name="bots").order_by("id").first():
        ProcrastinateJob.objects.filter(pk=job.pk).delete()
        jobs.app.tasks[job.task_name].func(**job.args)


@pytest.fixture
def lived(act, city, heard):
    with clock.travel(BEGIN - timedelta(minutes=30)):
        weeks = Weeks(act, city)
    weeks.live()
    return weeks


def test_the_days_agree_with_the_table_and_with_chinesecalendar(db):
    table = work_calendar()
    for row in rows("days"):
        day, worked = date.fromisoformat(row["day"]), row["is"] == "worked"
        assert (table.is_working_day(day), chinese_calendar.is_workday(day)) == (worked, worked), row["why"]


def test_four_weeks_are_as_written_down(lived, heard, subtests):
    with subtests.test("colours"):
        written = {
            (row["at"], int(row["item"]), row["colour"], row["reason_code"]) for row in rows("colours")
        }
        assert sorted(colours_of(lived)) == sorted(written)
    with subtests.test("reminders"):
        written = {(row["slot"], row["person"], *row["lines"].split(";")) for row in rows("reminders")}
        assert sorted(reminders_of(lived, heard)) == sorted(written)
    with subtests.test("notices"):
        each = [(row["at"], int(row["item"]), row["role"], row["who"]) for row in rows("notices")]
        assert sorted(notices_of(lived)) == sorted(each)
    with subtests.test("ranking"):
        edition = rankings.latest_released(lived.act("civil_liaison"), lived.force.id)
        assert edition is not None
        words = {unit.display_name: code for code, unit in lived.city.units.items()}
        found = [(words[line.name], str(line.rank or ""), str(line.score or "")) for line in edition.lines]
        assert found == [(row["unit"], row["rank"], row["score"]) for row in rows("ranking")]


def colours_of(weeks):
    """Changes of colour as the history of the items tells them."""
    found = ItemHistory.objects.filter(act="colour", item__taskforce_id=weeks.force.id)
    return {
        (told(one.at), one.item.number, one.facts["new"], one.facts["reason"])
        for one in found.select_related("item")
    }


def notices_of(weeks):
    """Each with its number of times: one more would be one too many."""
    found = ColourNotice.objects.filter(item__taskforce_id=weeks.force.id)
    facts = found.values_list("at", "item__number", "role", "staff__staff_number")
    return [(told(at), number, role, who) for at, number, role, who in facts]


def reminders_of(weeks, heard):
    numbers = dict(Item.objects.filter(taskforce_id=weeks.force.id).values_list("pk", "number"))
    people = dict(Staff.objects.values_list("pk", "staff_number"))
    return {
        (
            told(event.slot_at),
            people[event.staff_id],
            *(
                f"{numbers[item]}:{rule}"
                for item, rule in sorted(event.lines, key=lambda line: numbers[line[0]])
            ),
        )
        for event in heard.of(ReminderDue)
    }
