"""Values over time, for the metric's page and for export; and the newest values of a whole city."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from common import clock
from common.cursors import bad_cursor
from common.errors import BadInputError
from connectors.services import audience
from connectors.services.access import access_metric
from connectors.sheets import RISKY, xlsx
from connectors.store import history as store
from connectors.store.models import Metric, Quality, StatusItem, Subject
from directory.actors import Actor

Span = Literal["raw", "hour", "day", "auto"]
LONGEST = timedelta(days=366 * 5)
MOST_POINTS = 1000
MOST_ROWS = 20_000
PAGE = 500
ROWS = 50


@dataclass(frozen=True)
class HistoryPoint:
    """A moment or a stretch: `value` is the value or the mean; least and most are those of the stretch."""

    at: datetime
    value: Decimal
    least: Decimal
    most: Decimal
    quality: str = ""


@dataclass(frozen=True)
class History:
    subject: Subject
    metric: Metric
    span: str
    points: list[HistoryPoint]


def describe_history(
    actor: Actor, subject_id: UUID, key: str | None, *, since: datetime, until: datetime, span: Span = "auto"
) -> History:
    """One metric between two moments. `auto` thins raw values to at most a thousand stretches.

    Raises: NotFoundError; BadInputError(until): backwards, or longer than five years.
    """
    if not since < until <= since + LONGEST:
        text = _("时段应从早到晚，且不超过五年，请修改。")
        raise BadInputError(field="until", message=text)
    subject, metric = access_metric(actor, subject_id, key, hours=1)
    return History(subject, metric, span, _points(metric, since, until, span))


def _points(metric: Metric, since: datetime, until: datetime, span: Span) -> list[HistoryPoint]:
    if span in {"hour", "day"}:
        rows = store.figures(metric.pk, span, since, until)
        return [HistoryPoint(row.starts_at, row.mean, row.least, row.most) for row in rows]
    if span == "auto":
        stretches = store.thinned(metric.pk, since, until, MOST_POINTS)
        return [HistoryPoint(at, most, least, most) for at, least, most in stretches]
    items = store.items(metric.pk, since, until, MOST_ROWS)
    return [HistoryPoint(at, value, value, value, quality) for at, value, quality in items]


@dataclass(frozen=True)
class Value:
    """A stored value, and what stood in its place before, the newest first."""

    item: StatusItem
    replaced: list[StatusItem]


def list_values(
    actor: Actor, subject_id: UUID, key: str | None, *, since: datetime, before: datetime
) -> tuple[Metric, list[Value], datetime | None]:
    """Values of one metric as stored, newest first, a page at a time; the moment that the next page is before.

    Raises: NotFoundError.
    """
    _subject, metric = access_metric(actor, subject_id, key, hours=1)
    found = store.moments(metric.pk, since, before, ROWS + 1)
    shown = found[:ROWS]
    return metric, with_replaced(shown), shown[-1].observed_at if len(found) > ROWS else None


def with_replaced(items: Sequence[StatusItem]) -> list[Value]:
    earlier: dict[tuple[UUID, datetime], list[StatusItem]] = defaultdict(list)
    for one in store.replaced(items):
        earlier[one.metric_id, one.observed_at].append(one)
    return [
        Value(
            one,
            [old for old in earlier[one.metric_id, one.observed_at] if old.revision < one.revision],
        )
        for one in items
    ]


def export_csv(history: History) -> str:
    """With a BOM, as spreadsheet programs here expect it; source, unit and times of the values in each row."""
    out = io.StringIO()
    out.write("\ufeff")
    table = csv.writer(out)
    table.writerow(_heads())
    for row in _rows(history):
        table.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def export_xlsx(history: History) -> bytes:
    """The same as .xlsx, with a line that says when it was made."""
    note = _("由同舟于{time}导出").format(time=_moment(clock.now()))
    return xlsx(_("数据"), _heads(), _rows(history), note=note)


def _heads() -> list[str]:
    names = (_("对象"), _("指标"), _("单位"), _("观测时间"), _("数值"), _("最小"), _("最大"), _("质量"))
    return [*names, _("来源")]


def _rows(history: History) -> Iterator[list[str | Decimal]]:
    metric, source = history.metric, history.subject.connector.name
    for point in history.points:
        quality = str(Quality(point.quality).label) if point.quality else ""
        about = [str(history.subject), metric.name, metric.unit, _moment(point.at)]
        yield [*about, point.value, point.least, point.most, quality, source]


def _moment(at: datetime) -> str:
    return clock.local(at).strftime("%Y-%m-%d %H:%M:%S")


def _harmless(text: str) -> str:
    """What a spreadsheet would run as a formula is kept as text."""
    return f"'{text}" if text.startswith(RISKY) else text


def list_latest(
    actor: Actor, *, place: str = "", metric: str = "", cursor: str | None = None
) -> tuple[list[Metric], str | None]:
    """The newest value of every metric that the actor may see. Raises BadInputError(cursor)."""
    where = audience.visible_metrics(actor)
    if place:
        where &= Q(subject__place__icontains=place) | Q(subject__name__icontains=place)
    if metric:
        where &= Q(key=metric)
    try:
        after = UUID(cursor) if cursor else None
    except ValueError as err:
        raise bad_cursor() from err
    found = store.latest(where, after=after, limit=PAGE + 1)
    is_shown = audience.unmasked(actor)
    shown = [one for one in found[:PAGE] if is_shown(one)]
    return shown, str(found[PAGE - 1].pk) if len(found) > PAGE else None
