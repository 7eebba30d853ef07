"""Queries on the table of moved days and on office hours."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import connection

from workflows.rules.office_hours import HoursRule, OfficeHours
from workflows.rules.working_days import DayRule
from workflows.store.models import CalendarDay, OfficeHoursRow

_LOCK = 0x7463616C  # one editor of the calendar at a time


def day_rules() -> list[DayRule]:
    rows = CalendarDay.objects.values_list("day", "worked", "name", "source")
    return [DayRule(*row) for row in rows]


def hours_rules() -> list[HoursRule]:
    return [hours_rule(row) for row in OfficeHoursRow.objects.all()]


def hours_rule(row: OfficeHoursRow) -> HoursRule:
    hours = OfficeHours(row.opens, row.closes, row.noon_from, row.noon_to, row.until_midnight)
    return HoursRule(row.region, hours, _month_day(row.begins), _month_day(row.ends), row.source)


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def lock() -> None:
    """Until the end of the transaction: an edit is judged by the table that it changes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def days_of(year: int) -> list[CalendarDay]:
    return list(CalendarDay.objects.filter(day__year=year))


def find_day(day: date) -> CalendarDay | None:
    return CalendarDay.objects.filter(day=day).first()


def put_days(rules: Iterable[DayRule]) -> None:
    CalendarDay.objects.bulk_create(
        [CalendarDay(day=rule.day, worked=rule.worked, name=rule.name, source=rule.source) for rule in rules],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["worked", "name", "source"],
    )


def remove_days(days: Iterable[date]) -> None:
    CalendarDay.objects.filter(day__in=list(days)).delete()


def hours_rows() -> list[OfficeHoursRow]:
    return list(OfficeHoursRow.objects.all())


def find_hours(key: UUID) -> OfficeHoursRow | None:
    return OfficeHoursRow.objects.filter(pk=key).first()


def remove_hours(key: UUID) -> None:
    OfficeHoursRow.objects.filter(pk=key).delete()
