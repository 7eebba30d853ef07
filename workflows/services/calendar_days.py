"""The table of moved days, kept by an administrator: years, days, a whole file; each change is audited."""

import calendar as months
from collections.abc import Callable
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from common import audit, clock, jobs
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services.rights import may, require
from workflows.rules.day_tables import (
    FIRST_YEAR,
    LAST_YEAR,
    MOST_NAME,
    MOST_SOURCE,
    OFF,
    WORKED,
    Difference,
    day_problem,
    difference,
    read_table,
)
from workflows.rules.importing import UnreadableFile, decode
from workflows.rules.working_days import DayRule, WorkCalendar, chinese_day
from workflows.services import calendar
from workflows.services.calendar_effects import VERB, CalendarEffectsOut, counted, effects, follow
from workflows.store import calendar as store

MOST_BYTES = 200_000


class CalendarDayOut(BaseModel):
    """`kind`: work, rest (a plain weekend), off (a holiday), worked (a moved working day)."""

    day: date
    kind: str
    name: str
    source: str


class CalendarYearOut(BaseModel):
    year: int
    provisional: bool
    days_off: int
    days_worked: int
    working_days: int
    sources: list[str]


class CalendarGridOut(CalendarYearOut):
    """Every day of the year, January first; `may_edit` is the server's word for the page."""

    days: list[CalendarDayOut]
    may_edit: bool


class TableProblemOut(BaseModel):
    line: int
    sentence: str


class CalendarChangeOut(BaseModel):
    """What an edit changes, or would. `applied` False in a dry run or with problems."""

    applied: bool
    added: list[CalendarDayOut] = []
    changed: list[CalendarDayOut] = []
    removed: list[CalendarDayOut] = []
    problems: list[TableProblemOut] = []
    effects: CalendarEffectsOut


def list_years(_actor: Actor) -> list[CalendarYearOut]:
    """The years with a table, and this one and the next whether they have one or not."""
    table = calendar.work_calendar()
    here = clock.today().year
    return [_year(table, year) for year in sorted({*table.years, here, here + 1})]


def describe_year(actor: Actor, year: int) -> CalendarGridOut:
    """Raises BadInputError for a year beyond the calendar."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadInputError(
            field="year",
            message=_("年份须在{first}至{last}之间，请核对。").format(first=FIRST_YEAR, last=LAST_YEAR),
        )
    table = calendar.work_calendar()
    days = [_day(table, date(year, month, day)) for month in range(1, 13) for day in _month(year, month)]
    return CalendarGridOut(**_year(table, year).model_dump(), days=days, may_edit=may(actor, VERB))


def _month(year: int, month: int) -> range:
    return range(1, months.monthrange(year, month)[1] + 1)


def _year(table: WorkCalendar, year: int) -> CalendarYearOut:
    rules = [rule for day, rule in table.days.items() if day.year == year]
    first = date(year, 1, 1)
    working = sum(
        table.is_working_day(first + timedelta(days=n)) for n in range((date(year, 12, 31) - first).days + 1)
    )
    return CalendarYearOut(
        year=year,
        provisional=year not in table.years,
        days_off=sum(not rule.worked for rule in rules),
        days_worked=sum(rule.worked for rule in rules),
        working_days=working,
        sources=list(dict.fromkeys(rule.source for rule in rules)),
    )


def _day(table: WorkCalendar, day: date) -> CalendarDayOut:
    if rule := table.days.get(day):
        return _rule_out(rule)
    return CalendarDayOut(day=day, kind="work" if table.is_working_day(day) else "rest", name="", source="")


def _rule_out(rule: DayRule) -> CalendarDayOut:
    kind = WORKED if rule.worked else OFF
    return CalendarDayOut(day=rule.day, kind=kind, name=rule.name, source=rule.source)


# -- edits ---------------------------------------------------------------------------------------------------------


def check_put_day(
    *, actor: Actor, day: date, kind: str, name: str, source: str, dry_run: bool = False
) -> CalendarChangeOut:
    """Enter a day off or a worked weekend day, or correct what was entered.

    Raises:
        ForbiddenError, SecrecyRefusedError.
        BadInputError: the kind, a worked weekday, name or source.
    """
    require(actor, VERB)
    rule = _checked(actor, day, kind, name, source)
    return _change(actor, lambda rows: [row for row in rows if row.day != day] + [rule], dry_run=dry_run)


def check_remove_day(*, actor: Actor, day: date, dry_run: bool = False) -> CalendarChangeOut:
    """The day goes back to what its weekday makes it. Raises NotFoundError when it has no row."""
    require(actor, VERB)

    def without(rows: list[DayRule]) -> list[DayRule]:
        if all(row.day != day for row in rows):
            raise NotFoundError(message=_("{day}没有登记，无需删除。").format(day=chinese_day(day)))
        return [row for row in rows if row.day != day]

    return _change(actor, without, dry_run=dry_run)


def check_move_day(*, actor: Actor, day: date, to: date, dry_run: bool = False) -> CalendarChangeOut:
    """Move an entry to another day, with its kind, name and source.

    Raises: NotFoundError when `day` has no row; BadInputError when `to` has one or cannot have this kind.
    """
    require(actor, VERB)

    def moved(rows: list[DayRule]) -> list[DayRule]:
        known = {row.day: row for row in rows}
        if day not in known:
            raise NotFoundError(message=_("{day}没有登记，无法移动。").format(day=chinese_day(day)))
        if to in known:
            raise BadInputError(
                field="to", message=_("{day}已有登记，请先删除或改选一天。").format(day=chinese_day(to))
            )
        if sentence := day_problem(to, worked=known[day].worked):
            raise BadInputError(field="to", message=sentence)
        rule = known.pop(day)
        return [*known.values(), DayRule(to, rule.worked, rule.name, rule.source)]

    return _change(actor, moved, dry_run=dry_run)


def check_import(*, actor: Actor, data: bytes, dry_run: bool = True) -> CalendarChangeOut:
    """Take a CSV file as the whole table of the years in it: 日期, 类别 (放假 or 上班), 名称, 来源.

    With a problem in any line nothing is taken; all problems are answered together.

    Raises: ForbiddenError, SecrecyRefusedError; BadInputError: too large, or not text.
    """
    require(actor, VERB)
    if len(data) > MOST_BYTES:
        raise BadInputError(field="file", message=_("文件超过200KB，请只留日历表格后重新上传。"))
    try:
        text, _encoding = decode(data)
    except UnreadableFile:
        raise BadInputError(
            field="file",
            message=_("文件不是有内容的CSV文本，请在WPS或Excel中另存为CSV（UTF-8或GB18030）后重新上传。"),
        ) from None
    admission.check(text, actor=actor, where="import")
    rules, problems = read_table(text)
    if problems:
        nothing = CalendarEffectsOut(computed=0, set_by_hand=0, reminders=0, items=[])
        told = [TableProblemOut(line=one.line, sentence=one.sentence) for one in problems]
        return CalendarChangeOut(applied=False, problems=told, effects=nothing)
    years = {rule.day.year for rule in rules}
    return _change(
        actor, lambda rows: [row for row in rows if row.day.year not in years] + rules, dry_run=dry_run
    )


def _change(
    actor: Actor, edit: Callable[[list[DayRule]], list[DayRule]], *, dry_run: bool
) -> CalendarChangeOut:
    with transaction.atomic():
        store.lock()
        rows, hours = store.day_rules(), store.hours_rules()
        wanted = edit(rows)
        change = _between(rows, wanted)
        old, new = calendar.calendar_of(rows, hours), calendar.calendar_of(wanted, hours)
        found = effects(old, new)
        answer = CalendarChangeOut(
            applied=not dry_run,
            added=[_rule_out(rule) for rule in change.added],
            changed=[_rule_out(rule) for rule in change.changed],
            removed=[_rule_out(rule) for rule in change.removed],
            effects=found,
        )
        if dry_run or not change.days:
            return answer
        store.remove_days(rule.day for rule in change.removed)
        store.put_days([*change.added, *change.changed])
        follow(actor=actor, old=old, new=new)
        before = {row.day: row for row in rows}
        audit.record(
            actor=actor,
            verb=VERB,
            subject="calendar",
            subject_id=min(change.days).year,
            old={str(day): _words(before.get(day)) for day in change.days},
            new={
                **{str(rule.day): _words(rule) for rule in wanted if rule.day in change.days},
                **counted(found),
            },
        )
        jobs.defer("workflows.recompute_calendar", key="recompute_calendar")
        transaction.on_commit(calendar.drop)
    return answer


def _between(rows: list[DayRule], wanted: list[DayRule]) -> Difference:
    """Over all years, also those that lose their last row."""
    change = difference(rows, wanted)
    left = {rule.day for rule in wanted}
    gone = tuple(rule for rule in rows if rule.day not in left)
    return Difference(change.added, change.changed, gone)


def _words(rule: DayRule | None) -> str:
    return f"{WORKED if rule.worked else OFF} {rule.name} {rule.source}" if rule else ""


def _checked(actor: Actor, day: date, kind: str, name: str, source: str) -> DayRule:
    if kind not in {OFF, WORKED}:
        raise BadInputError(field="kind", message=_("类别须为“放假”或“上班”，请改选。"))
    if sentence := day_problem(day, worked=kind == WORKED):
        raise BadInputError(field="day", message=sentence)
    name, source = name.strip(), source.strip()
    if not 0 < len(name) <= MOST_NAME:
        raise BadInputError(field="name", message=_("名称须为1至{most}个字，请改写。").format(most=MOST_NAME))
    if not 0 < len(source) <= MOST_SOURCE:
        raise BadInputError(
            field="source", message=_("来源须为1至{most}个字，请写明依据的文件。").format(most=MOST_SOURCE)
        )
    for where, text in (("name", name), ("source", source)):
        admission.check(text, actor=actor, where=where)
    return DayRule(day, kind == WORKED, name, source)
