"""Partitions by time: values by month, what was received by week. Names carry their first day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

AHEAD = timedelta(days=93)


@dataclass(frozen=True)
class Parent:
    table: str
    moment: str
    by_month: bool


VALUES = Parent("connectors_statusitem", "observed_at", by_month=True)
PARENTS = (VALUES, Parent("connectors_rawintake", "received_at", by_month=False))


@dataclass(frozen=True)
class Part:
    name: str
    lower: datetime
    upper: datetime


def make_ahead(now: datetime) -> int:
    """Make what is missing from now to three months ahead; returns how many were made."""
    return sum(make(parent, now, now + AHEAD) for parent in PARENTS)


def make(parent: Parent, first: datetime, last: datetime) -> int:
    """Make what is missing between two moments; returns how many were made."""
    return sum(_make(parent, part) for part in parts(parent, first, last))


def drop_before(now: datetime, keep: dict[str, timedelta]) -> int:
    """Drop partitions that end before what is kept of their table; returns how many."""
    dropped = 0
    for parent in PARENTS:
        ends = now - keep[parent.table]
        for part in _known(parent):
            if part.upper <= ends:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f'DROP TABLE "{part.name}"')
                dropped += 1
    return dropped


def parts(parent: Parent, first: datetime, last: datetime) -> Iterator[Part]:
    """The partitions that cover first to last."""
    at = _start(parent, first.astimezone(UTC))
    while at <= last:
        after = _after(parent, at)
        yield Part(f"{parent.table}_{at:{_form(parent)}}", at, after)
        at = after


def _start(parent: Parent, moment: datetime) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day.replace(day=1) if parent.by_month else day - timedelta(days=day.weekday())


def _after(parent: Parent, start: datetime) -> datetime:
    return (start + timedelta(days=32)).replace(day=1) if parent.by_month else start + timedelta(days=7)


def _form(parent: Parent) -> str:
    return "%Y_%m" if parent.by_month else "%Y_%m_%d"


def _make(parent: Parent, part: Part) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT connectors_make_partition(%s, %s, %s, %s, %s)",
            [parent.table, parent.moment, part.name, part.lower, part.upper],
        )
        return bool(cursor.fetchone()[0])


def _known(parent: Parent) -> list[Part]:
    """Partitions in place, without that for the rest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
            " WHERE inhparent = to_regclass(%s) ORDER BY 1",
            [parent.table],
        )
        names = [name for (name,) in cursor.fetchall() if not name.endswith("_rest")]
    found = []
    for name in names:
        start = datetime.strptime(name.removeprefix(f"{parent.table}_"), _form(parent)).replace(tzinfo=UTC)
        found.append(Part(name, start, _after(parent, start)))
    return found
