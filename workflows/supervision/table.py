"""一表: by department, region, category or kind, from the snapshots of a day, with the period before beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from common import clock
from common.cursors import offset_of
from common.errors import BadInputError
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from workflows.items.card import item_link
from workflows.rules.moves import STATE_WORDS
from workflows.store import supervision as store
from workflows.store.models import ColourSnapshot
from workflows.store.models.items import ItemKind
from workflows.supervision.views import (
    By,
    Figures,
    SupervisedItem,
    SupervisedPage,
    SupervisionTable,
    TableRow,
)

VIEW = "supervision.view"
PAGE = 50
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class TableAsk:
    """`since` to `day`, both counted; without them this month so far. `by`: unit, region, category or kind."""

    by: str = "unit"
    day: date | None = None
    since: date | None = None
    category: str = ""
    kind: str = ""
    region: str = ""


@dataclass(frozen=True)
class _Period:
    since: date
    day: date

    def before(self) -> "_Period":
        """As many days, ending on the day before."""
        last = self.since - timedelta(days=1)
        return _Period(last - (self.day - self.since), last)


def describe_table(actor: Actor, ask: TableAsk) -> SupervisionTable:
    """Raises ForbiddenError; BadInputError: by, day, since."""
    require(actor, VIEW)
    period = _period(ask)
    as_of, found = _snapshots(actor, ask, period.day)
    before_as_of, found_before = _snapshots(actor, ask, period.before().day)
    rows = _rows(found, ask, period)
    older = dict(_rows(found_before, ask, period.before()))
    names = _names(ask.by, (key for key, _figures in rows))
    shown = [
        TableRow(key=key, name=names(key), figures=figures, before=older.get(key)) for key, figures in rows
    ]
    shown.sort(key=_urgency)
    total = TableRow(
        key="",
        name=_("合计"),
        figures=_sum(figures for _key, figures in rows),
        before=_sum(older.values()) if older else None,
    )
    return SupervisionTable(
        by=_by(ask.by),
        since=period.since,
        day=period.day,
        as_of=as_of,
        before_day=period.before().day,
        before_as_of=before_as_of,
        ahead_days=settings.SUPERVISION_AHEAD_DAYS,
        rows=shown,
        total=total,
    )


def list_supervised(
    actor: Actor, ask: TableAsk, *, key: str | None = None, which: str = "all", cursor: str | None = None
) -> SupervisedPage:
    """The items behind a figure of the table. Raises ForbiddenError; BadInputError: also which, cursor."""
    require(actor, VIEW)
    offset, found = offset_of(cursor), _narrowed(actor, ask, which)
    if key is not None:
        found = found.filter(_is_key(ask.by, key))
    rows = list(store.rows_with_items(found)[offset : offset + PAGE + 1])
    more = str(offset + PAGE) if len(rows) > PAGE else None
    return SupervisedPage(items=[_item(row) for row in rows[:PAGE]], next=more)


def pool_of(actor: Actor, ask: TableAsk, *, which: str, units: bool) -> list[UUID]:
    """Items, or units, that are not done, of those behind a figure of the table: what may be drawn."""
    found = _narrowed(actor, ask, which).exclude(state__in=store.DONE).order_by()
    return list(found.values_list("lead_unit_id" if units else "item_id", flat=True).distinct())


def _narrowed(actor: Actor, ask: TableAsk, which: str) -> QuerySet[ColourSnapshot]:
    if which not in store.WHICH and which != "closed":
        raise BadInputError(
            field="which", message=_("没有“{which}”这一栏，请从表中点选。").format(which=which)
        )
    period = _period(ask)
    _as_of, found = _snapshots(actor, ask, period.day)
    if which == "closed":
        return found.filter(state__in=store.DONE, closed_on__gte=period.since, closed_on__lte=period.day)
    return found.filter(store.WHICH[which])


def visible_units(actor: Actor, day: date) -> list[UUID]:
    """Units with items on that day whose table the actor may see: one query, then the cached tree."""
    return [
        unit
        for unit in store.units_of_day(day)
        if may(actor, VIEW, Scope(unit_id=unit, lead_unit_ids=(unit,)))
    ]


def last_day(until: date | None = None) -> date | None:
    return store.last_day(until or clock.today())


def _snapshots(actor: Actor, ask: TableAsk, day: date) -> tuple[date | None, QuerySet[ColourSnapshot]]:
    as_of = store.last_day(day)
    if as_of is None:
        return None, ColourSnapshot.objects.none()
    found = store.of_day(as_of).filter(lead_unit_id__in=visible_units(actor, as_of))
    for name in ("category", "kind", "region"):
        if wanted := getattr(ask, name):
            found = found.filter(**{name: wanted})
    return as_of, found


def _by(word: str) -> By:
    by: By = word  # type: ignore[assignment]  # checked by _period
    return by


def _period(ask: TableAsk) -> _Period:
    if ask.by not in store.KEYS:
        raise BadInputError(
            field="by",
            message=_("请选择按部门（unit）、区域（region）、类别（category）或类型（kind）汇总。"),
        )
    today = clock.today()
    day = ask.day or today
    if not EARLIEST <= day <= today:
        raise BadInputError(field="day", message=_("统计日期不能晚于今天，请改选今天或以前的日期。"))
    since = ask.since or day.replace(day=1)
    if not EARLIEST <= since <= day:
        raise BadInputError(field="since", message=_("开始日期不能晚于统计日期，请改选更早的开始日期。"))
    return _Period(since, day)


def _rows(found: QuerySet[ColourSnapshot], ask: TableAsk, period: _Period) -> list[tuple[str, Figures]]:
    told = store.figures(found, ask.by, period.since, period.day)
    return [("" if row["key"] is None else str(row["key"]), _figures(row)) for row in told]


def _figures(row: dict[str, Any]) -> Figures:
    counts = {name: row[name] for name in Figures.model_fields if name in row}
    percent, planned = (int((row[name] or 0) + 0.5) for name in ("percent_mean", "planned_mean"))
    return Figures(**{**counts, "percent": percent, "planned": planned})


def _sum(rows: Iterable[Figures]) -> Figures:
    """Counts add up; means are weighted by the rows' totals."""
    total = Figures()
    weight = {"percent": 0, "planned": 0}
    for row in rows:
        for name in Figures.model_fields:
            value = getattr(row, name)
            if name in weight:
                weight[name] += value * row.total
            else:
                setattr(total, name, getattr(total, name) + value)
    for name, value in weight.items():
        setattr(total, name, int(value / total.total + 0.5) if total.total else 0)
    return total


def _urgency(row: TableRow) -> tuple[float, float, str]:
    """Most red first, by share: a unit with few items is not hidden behind one with many."""
    whole = row.figures.total or 1
    return -row.figures.red / whole, -row.figures.yellow / whole, row.name


class _Names:
    def __init__(self, known: dict[str, str], blank: str) -> None:
        self.known, self.blank = known, blank

    def __call__(self, key: str) -> str:
        return self.known.get(key) or key or self.blank


def _names(by: str, keys: Iterable[str]) -> _Names:
    wanted = [key for key in keys if key]
    if by == "unit":
        units = store.unit_names([UUID(key) for key in wanted])
        return _Names({key: name for key, (_rank, name) in units.items()}, _("未定单位"))
    if by == "region":
        return _Names(store.region_names(wanted), _("未定区域"))
    if by == "kind":
        return _Names({value: str(label) for value, label in ItemKind.choices}, _("未定类型"))
    return _Names({}, _("未分类"))


def _is_key(by: str, key: str) -> Q:
    if by == "unit":
        try:
            return Q(lead_unit_id=UUID(key))
        except ValueError as error:
            raise BadInputError(field="key", message=_("请从表中点选单位。")) from error
    return Q(**{store.KEYS[by]: key})


def _item(row: ColourSnapshot) -> SupervisedItem:
    item = row.item
    return SupervisedItem(
        item=item.pk,
        number=item.number,
        formal_number=item.formal_number or "",
        title=item.title,
        home=item.home_name,
        unit=row.lead_unit.display_name if row.lead_unit else "",
        category=row.category,
        colour="done" if row.state in store.DONE else row.colour,
        ahead=row.ahead,
        state_words=STATE_WORDS[row.state],
        percent=row.percent,
        planned=row.planned_percent,
        due_on=row.due_on,
        first_due_on=row.first_due_on,
        link=item_link(item),
    )
