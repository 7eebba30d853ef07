"""The monthly count of groups, orders, forms and off-hour pings, per person and unit, from what is stored anyway.

It measures what the platform costs people, not people: nothing is sorted by figures, persons are seen by themselves
and by head and office of their own unit, and units by those above them.
"""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import clock, timers
from common.errors import BadInputError, ForbiddenError
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from workflows.rules.clocks import add_months
from workflows.rules.working_days import SHANGHAI, WorkCalendar
from workflows.services.calendar import next_moment, work_calendar
from workflows.store import burden as store
from workflows.store.models import BurdenCount

VERB, PEOPLE = "burden.view", "burden.view_people"
FIELDS = ("groups", "orders", "forms", "off_hour_pings")
NIGHT = time(2, 20)


class BurdenCountOut(BaseModel):
    """`people`: how many a unit's row adds up."""

    name: str
    people: int
    groups: int
    orders: int
    forms: int
    off_hour_pings: int


class BurdenOut(BaseModel):
    """`mine` is the reader's own; `people` those of the own unit, `units` what the post may see of units."""

    month: str
    months: list[str]
    counted_at: datetime | None
    mine: BurdenCountOut | None
    people: list[BurdenCountOut]
    units: list[BurdenCountOut]
    unit_name: str


def is_off_hours(at: datetime, calendar: WorkCalendar) -> bool:
    """Before opening, after closing, or on a day off; the noon break is not counted. `at` is aware."""
    local = at.astimezone(SHANGHAI)
    if not calendar.is_working_day(local.date()):
        return True
    hours = calendar.hours_on(local.date())
    return not hours.opens <= local.time() <= hours.closes


def count_month(month: date) -> int:
    """Count a month (any day of it) anew from the facts; returns how many people. Safe to repeat."""
    first = month.replace(day=1)
    since = datetime.combine(first, datetime.min.time(), SHANGHAI)
    until = datetime.combine(add_months(first, 1), datetime.min.time(), SHANGHAI)
    since_ms, until_ms = int(since.timestamp() * 1000), int(until.timestamp() * 1000)
    now = clock.now()
    with transaction.atomic():
        homes = store.homes(min(add_months(first, 1) - timedelta(days=1), clock.today()))
        calendar, off = work_calendar(), Counter[int]()
        for staff_id, ms in store.pings(since_ms, until_ms):
            off[staff_id] += is_off_hours(datetime.fromtimestamp(ms / 1000, UTC), calendar)
        found = (store.groups(until_ms), store.orders(since, until), store.forms(since_ms, until_ms), off)
        units: dict[UUID, BurdenCount] = {}
        rows = []
        for staff_id, unit_id in homes.items():
            figures = {name: counts.get(staff_id, 0) for name, counts in zip(FIELDS, found, strict=True)}
            rows.append(
                BurdenCount(month=first, unit_id=unit_id, staff_id=staff_id, counted_at=now, **figures)
            )
            whole = units.setdefault(
                unit_id, BurdenCount(month=first, unit_id=unit_id, people=0, counted_at=now)
            )
            whole.people += 1
            for name, figure in figures.items():
                setattr(whole, name, getattr(whole, name) + figure)
        store.replace(first, [*rows, *units.values()])
    return len(rows)


def set_timer(now: datetime) -> None:
    """One timer for all; setting it again changes nothing."""
    timers.set_timer("burden", next_moment(NIGHT, now), "workflows.count_burden")


def count_nightly() -> None:
    """The running month, and on its first days also the one that has ended."""
    set_timer(clock.now())
    today = clock.today()
    if today.day <= 3:  # noqa: PLR2004 - receipts of the last night may come late
        count_month(today.replace(day=1) - timedelta(days=1))
    count_month(today)


def describe(actor: Actor, month: str = "") -> BurdenOut:
    """Raises BadInputError for a month that is none."""
    day = _month(month)
    scope = Scope(unit_id=actor.unit_id)
    mine = store.of_person(actor.staff_id, day)
    people = store.people_of(actor.unit_id, day) if actor.unit_id and may(actor, PEOPLE, scope) else []
    units = _units(actor, day) if may(actor, VERB) else []
    counted = mine or (people[0] if people else None) or (units[0] if units else None)
    return BurdenOut(
        month=f"{day:%Y-%m}",
        months=[f"{one:%Y-%m}" for one in store.months()],
        counted_at=counted.counted_at if counted else None,
        mine=_out(mine, actor.name) if mine else None,
        people=[_out(row, row.staff.name) for row in people if row.staff],
        units=[_out(row, row.unit.name) for row in units],
        unit_name=actor.unit_name,
    )


def export(actor: Actor, month: str = "") -> tuple[str, str]:
    """(name, CSV with a byte order mark) of what the actor's page shows. Raises ForbiddenError, BadInputError."""
    if not may(actor, VERB):
        raise ForbiddenError(message=_("减负清单由单位负责人和办公室导出；您可以查看本人的数字。"))
    require(actor, VERB, Scope(unit_id=actor.unit_id))
    found = describe(actor, month)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_("类别,名称,人数,群组,指令,表单和投票,非办公时间提醒").split(","))
    for kind, rows in ((_("单位"), found.units), (_("人员"), found.people)):
        for row in rows:
            figures = [row.groups, row.orders, row.forms, row.off_hour_pings]
            writer.writerow([kind, _plain(row.name), row.people, *figures])
    return _("减负清单-{month}").format(month=found.month), "\ufeff" + out.getvalue()


def _plain(text: str) -> str:
    """A cell that a spreadsheet would take for a formula is kept as text."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


def _month(text: str) -> date:
    if not text:
        return clock.today().replace(day=1)
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadInputError(field="month", message=_("月份请写作2026-07的形式。")) from None


def _units(actor: Actor, day: date) -> list[BurdenCount]:
    return [row for row in store.of_units(day) if may(actor, VERB, Scope(unit_id=row.unit_id))]


def _out(row: BurdenCount, name: str) -> BurdenCountOut:
    return BurdenCountOut(
        name=name, people=row.people, groups=row.groups, orders=row.orders, forms=row.forms,
        off_hour_pings=row.off_hour_pings,
    )  # fmt: skip
