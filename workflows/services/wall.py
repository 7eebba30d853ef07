"""挂图作战: counts with the change against a week ago, items by urgency, milestones for the chart; the same
as CSV.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import clock
from common.errors import BadInputError
from directory.actors import Actor
from workflows.rules.moves import STATE_WORDS, ItemState
from workflows.services.gates import access_taskforce
from workflows.services.shapes import COLOUR_WORDS, ColourCode, ItemOut, TaskForceOut
from workflows.services.views import colour_code, force_out, item_out
from workflows.store import items as store
from workflows.store import snapshots
from workflows.store.models import Item
from workflows.taskforces import problem_store

CODES: tuple[ColourCode, ...] = ("red", "yellow", "green", "grey", "done")
OPEN = "open"  # every code but done: 在办
WEEK = timedelta(days=7)
SORTS = {"urgency", "number", "due", "percent", "budget"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t")


class NextNodeOut(BaseModel):
    """The next node of the whole force that is not done. `days` until it, negative when late."""

    item_id: UUID
    item_number: int
    item_title: str
    name: str
    due_on: date
    days: int


class KpiOut(BaseModel):
    """`percent`: closed items of all, in whole percent; `progress`: the mean of the items' own progress.

    `deltas` compare with the snapshot of seven days ago; None when there was none. `day_no` counts from 1.
    """

    total: int
    percent: int
    progress: int
    counts: dict[ColourCode, int]
    deltas: dict[ColourCode, int] | None
    compared_with: date | None
    day_no: int
    days_total: int
    ends_on: date
    next_node: NextNodeOut | None


class WallOut(BaseModel):
    taskforce: TaskForceOut
    kpi: KpiOut
    items: list[ItemOut]
    as_of: datetime
    demo: bool
    problems_open: int


def describe_wall(actor: Actor, taskforce_id: UUID) -> WallOut:
    """Everything that the wall shows, in a fixed number of queries. Cancelled items are left out."""
    force = access_taskforce(actor, taskforce_id)
    items = [item for item in store.of_force(taskforce_id) if item.state != ItemState.CANCELLED]
    counts = Counter(colour_code(item) for item in items)
    today, done = clock.today(), counts["done"]
    week_ago = today - WEEK
    before = snapshots.counts_on(taskforce_id, week_ago)
    kpi = KpiOut(
        total=len(items),
        percent=round(100 * done / len(items)) if items else 0,
        progress=round(sum(item.percent for item in items) / len(items)) if items else 0,
        counts={code: counts[code] for code in CODES},
        deltas=None if before is None else {code: counts[code] - before[code] for code in CODES},
        compared_with=week_ago if before is not None else None,
        day_no=max(1, (min(today, force.ends_on) - force.starts_on).days + 1),
        days_total=(force.ends_on - force.starts_on).days + 1,
        ends_on=force.ends_on,
        next_node=_next_node(items, today),
    )
    return WallOut(
        taskforce=force_out(actor, force),
        kpi=kpi,
        items=[item_out(actor, item) for item in items],
        as_of=clock.now(),
        demo=settings.DEMO,
        problems_open=problem_store.of_force(taskforce_id, "open").count(),
    )


def _next_node(items: Iterable[Item], today: date) -> NextNodeOut | None:
    open_nodes = [
        (node.due_on, item.number, node, item)
        for item in items
        if item.state not in store.FINAL
        for node in item.milestones.all()
        if node.done_on is None
    ]
    if not open_nodes:
        return None
    due_on, number, node, item = min(open_nodes, key=lambda one: one[:2])
    return NextNodeOut(
        item_id=item.pk,
        item_number=number,
        item_title=item.title,
        name=node.name,
        due_on=due_on,
        days=(due_on - today).days,
    )


def list_items(
    actor: Actor,
    taskforce_id: UUID,
    *,
    colour: str | None = None,
    state: str | None = None,
    unit: UUID | None = None,
    sort: str = "urgency",
) -> list[ItemOut]:
    """The ledger, filtered. `colour` is a code of the wall or `open`, `sort` one of urgency, number, due, percent,
    budget.

    Raises: NotFoundError. BadInputError: an unknown filter word.
    """
    access_taskforce(actor, taskforce_id)
    return [item_out(actor, item) for item in _filtered(taskforce_id, colour, state, unit, sort)]


def _filtered(
    taskforce_id: UUID, colour: str | None, state: str | None, unit: UUID | None, sort: str
) -> list[Item]:
    if colour and colour not in {*CODES, OPEN}:
        raise BadInputError(field="colour", message=_("颜色须为 red、yellow、green、grey、done 或 open。"))
    if state and state not in set(ItemState):
        raise BadInputError(field="state", message=_("状态无效，请从列表中选择。"))
    if sort not in SORTS:
        raise BadInputError(field="sort", message=_("排序须为 urgency、number、due、percent 或 budget。"))
    found = store.of_force(taskforce_id)
    if state:
        found = found.filter(state=state)
    if unit:
        found = found.filter(lead_unit_id=unit)
    orders = {"number": ("number",), "due": ("due_on", "number"), "percent": ("percent", "number")}
    orders["budget"] = ("-budget_wan", "number")
    if sort in orders:
        found = found.order_by(*orders[sort])
    if colour == OPEN:
        return [item for item in found if colour_code(item) != "done"]
    return [item for item in found if not colour or colour_code(item) == colour]


def export_csv(
    actor: Actor,
    taskforce_id: UUID,
    *,
    colour: str | None = None,
    state: str | None = None,
    unit: UUID | None = None,
) -> bytes:
    """The ledger as UTF-8 with BOM, so that WPS and Excel open it. The demo says so in its first line."""
    access_taskforce(actor, taskforce_id)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if settings.DEMO:
        writer.writerow([_("演示数据：人员、进展、颜色均为虚构")])
    plan = _("编号,序号,类别,项目名称,投资（万元）,牵头单位,经办人,开始日期,时限,原时限")
    progress = _("状态,三色码,原因,进度（%）,序时进度（%）,最近反馈")
    writer.writerow([*plan.split(","), *progress.split(",")])
    for item in _filtered(taskforce_id, colour, state, unit, "number"):
        writer.writerow([harmless(cell) for cell in _csv_cells(item)])
    return buffer.getvalue().encode("utf-8-sig")


def _csv_cells(item: Item) -> list[object]:
    last = item.last_report_at
    return [
        item.number,
        item.list_seq or "",
        item.category,
        item.title,
        "" if item.budget_wan is None else f"{item.budget_wan.normalize():f}",
        item.lead_unit.name,
        item.handler.name if item.handler else "",
        item.starts_on.isoformat(),
        item.due_on.isoformat(),
        item.first_due_on.isoformat(),
        STATE_WORDS[item.state],
        COLOUR_WORDS[colour_code(item)],
        item.colour_because,
        item.percent,
        item.planned_percent,
        f"{clock.local(last):%Y-%m-%d %H:%M}" if last else "",
    ]


def harmless(cell: object) -> object:
    """A text that a spreadsheet would take for a formula is quoted."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
