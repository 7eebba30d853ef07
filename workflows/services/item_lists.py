"""Lists of items across homes: filters, counts by colour, pages, CSV."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import clock
from common.cursors import offset_of
from common.errors import BadInputError
from directory.actors import Actor
from workflows.rules.item_types import item_types
from workflows.rules.moves import STATE_WORDS, ItemState
from workflows.services.gates import access_ledger
from workflows.services.shapes import COLOUR_WORDS, ItemOut
from workflows.services.sight import in_sight
from workflows.services.views import colour_code, item_out
from workflows.services.wall import CODES, OPEN, harmless
from workflows.store import items as store
from workflows.store.models import Item

VIEWS = ("supervise", "undertake", "follow")
MOST_PER_PAGE, MOST_IN_CSV, MAX_WORDS = 100, 20_000, 100
SORTS = {
    "urgency": (),
    "number": ("number", "pk"),
    "due": ("due_on", "number", "pk"),
    "newest": ("-created_at", "pk"),
}


@dataclass(frozen=True)
class ItemQuery:
    """What is looked for; what is left out does not narrow.

    Attributes:
        view: supervise (我督办的), undertake (我承办的), follow (我关注的), or "" for all in sight.
        colour: a code of the wall, or `open` for all but done ones.
        overdue: not done, and its due day has gone by.
        words: part of the title, category, number, formal number or unit's name.
    """

    ledger_id: UUID | None = None
    taskforce_id: UUID | None = None
    view: str = ""
    colour: str | None = None
    state: str | None = None
    kind: str | None = None
    unit: UUID | None = None
    region: str | None = None
    parent: UUID | None = None
    due_from: date | None = None
    due_to: date | None = None
    overdue: bool = False
    words: str = ""
    sort: str = "urgency"


class ItemsOut(BaseModel):
    """`colours`, `total` and `overdue` are of everything that fits but for the colour filter; `next` as in every list.

    `counts`: how many there are in each tab (supervised, handled, followed), without any other filter.
    """

    items: list[ItemOut]
    next: str | None
    total: int
    colours: dict[str, int]
    overdue: int
    counts: dict[str, int]


def list_items(actor: Actor, query: ItemQuery, *, cursor: str | None = None, limit: int = 50) -> ItemsOut:
    """A page of items in sight. Raises NotFoundError: the ledger; BadInputError: names the filter."""
    start = offset_of(cursor)
    if not 1 <= limit <= MOST_PER_PAGE:
        raise BadInputError(field="limit", message=_("每页须为1至100项，请改正。"))
    all_colours = _found(actor, query)
    today = clock.today()
    sums = all_colours.aggregate(
        total=Count("pk"),
        late=Count("pk", filter=_late(today)),
        **{code: Count("pk", filter=_coloured(code)) for code in CODES},
    )
    sorted_ids = _sorted(_narrowed(all_colours, query), query.sort).values_list("pk", flat=True)
    ids = list(sorted_ids[start : start + limit + 1])
    by_id = {item.pk: item for item in store.shown().filter(pk__in=ids[:limit])}
    return ItemsOut(
        items=[item_out(actor, by_id[pk]) for pk in ids[:limit] if pk in by_id],
        next=str(start + limit) if len(ids) > limit else None,
        total=sums["total"],
        colours={code: sums[code] for code in CODES},
        overdue=sums["late"],
        counts=_tabs(actor),
    )


def _tabs(actor: Actor) -> dict[str, int]:
    """One query for all three."""
    tabs = {"supervised": "supervise", "handled": "undertake", "followed": "follow"}
    views = {tab: Count("pk", filter=_viewed(actor, view), distinct=True) for tab, view in tabs.items()}
    return Item.objects.exclude(state=ItemState.CANCELLED).aggregate(**views)


def _found(actor: Actor, query: ItemQuery) -> QuerySet[Item]:
    """All that fits but for the colour."""
    _check(query)
    found = Item.objects.filter(pk__in=Item.objects.filter(in_sight(actor)).values("pk"))
    if query.ledger_id:
        access_ledger(actor, query.ledger_id)
        found = Item.objects.filter(ledger_id=query.ledger_id)
    if query.taskforce_id:
        found = found.filter(taskforce_id=query.taskforce_id)
    found = found.filter(_viewed(actor, query.view))
    for name, value in (
        ("state", query.state),
        ("kind", query.kind),
        ("lead_unit_id", query.unit),
        ("lead_unit__region_id", query.region),
        ("parent_id", query.parent),
        ("due_on__gte", query.due_from),
        ("due_on__lte", query.due_to),
    ):
        if value:
            found = found.filter(**{name: value})
    if not query.state:
        found = found.exclude(state=ItemState.CANCELLED)
    if query.overdue:
        found = found.filter(_late(clock.today()))
    return found.filter(_worded(query.words.strip())) if query.words.strip() else found


def _check(query: ItemQuery) -> None:
    if query.view and query.view not in VIEWS:
        raise BadInputError(field="view", message=_("范围须为 supervise、undertake 或 follow，请改正。"))
    if query.colour and query.colour not in {*CODES, OPEN}:
        raise BadInputError(field="colour", message=_("颜色须为 red、yellow、green、grey、done 或 open。"))
    if query.state and query.state not in set(ItemState):
        raise BadInputError(field="state", message=_("状态无效，请从列表中选择。"))
    if query.kind and query.kind not in item_types():
        raise BadInputError(field="kind", message=_("事项类型无效，请从列表中选择。"))
    if query.sort not in SORTS:
        raise BadInputError(field="sort", message=_("排序须为 urgency、number、due 或 newest。"))
    if len(query.words) > MAX_WORDS:
        raise BadInputError(field="q", message=_("查找内容不超过100个字，请缩短。"))


def _viewed(actor: Actor, view: str) -> Q:
    """我督办的: mine to press, by name or by the unit that handed it out. 我承办的: the lead unit's or a part of it; a
    handler sees what is theirs or nobody's.
    """
    unit, nothing = actor.unit_id, Q(pk__in=[])
    if view == "supervise":
        found = Q(supervisor_id=actor.staff_id) if actor.staff_id else nothing
        if unit and actor.post_role in {"head", "deputy_head", "office", "supervision_officer"}:
            found |= Q(ledger__unit_id=unit) | Q(supervisor_unit_id=unit)
        return found | (Q(taskforce__lead_post_id=actor.post_id) if actor.post_id else nothing)
    if view == "undertake":
        if unit is None:
            return nothing
        lead = Q(lead_unit_id=unit)
        if actor.post_role == "handler":
            lead &= Q(handler_id=actor.staff_id) | Q(handler__isnull=True)
        parts = Item.objects.filter(parts__unit_id=unit).values("pk")
        return (lead | Q(pk__in=parts)) & ~Q(state=ItemState.REGISTERED)
    if view == "follow":
        return Q(pk__in=Item.objects.filter(follows__staff_id=actor.staff_id).values("pk"))
    return Q()


def _worded(words: str) -> Q:
    found = (
        Q(title__icontains=words)
        | Q(category__icontains=words)
        | Q(formal_number__icontains=words)
        | Q(lead_unit__name__icontains=words)
        | Q(lead_unit__short_name__icontains=words)
    )
    return found | Q(number=int(words)) if words.isascii() and words.isdecimal() and len(words) < 7 else found  # noqa: PLR2004 - short numbers


def _coloured(code: str) -> Q:
    if code == "done":
        return Q(state__in=store.DONE)
    return Q(colour=code) & ~Q(state__in=store.DONE)


def _late(today: date) -> Q:
    return Q(due_on__lt=today) & ~Q(state__in=(*store.FINAL, ItemState.REGISTERED, ItemState.SUSPENDED))


def _narrowed(found: QuerySet[Item], query: ItemQuery) -> QuerySet[Item]:
    if query.colour == OPEN:
        return found.exclude(state__in=store.DONE)
    return found.filter(_coloured(query.colour)) if query.colour else found


def _sorted(found: QuerySet[Item], sort: str) -> QuerySet[Item]:
    """Red, yellow, green, grey, done; then the sooner due. Never by unit or person."""
    return found.order_by(*SORTS[sort]) if SORTS[sort] else store.by_urgency(found)


def export_csv(actor: Actor, query: ItemQuery) -> bytes:
    """What `list_items` finds, all pages, as UTF-8 with BOM. Raises as it, and BadInputError beyond 20,000 rows."""
    found = _sorted(_narrowed(_found(actor, query), query), query.sort)
    if found.count() > MOST_IN_CSV:
        raise BadInputError(field="q", message=_("超过20000项，请增加筛选条件后再导出。"))
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if settings.DEMO:
        writer.writerow([_("演示数据：人员、进展、颜色均为虚构")])
    writer.writerow(
        _(
            "所在台账或专班,编号,文号,类型,类别,事项,牵头单位,配合单位,经办人,督办单位,开始日期,时限,原时限,状态,三色码,原因,进度（%）,序时进度（%）"
        ).split(",")
    )
    rows: Iterable[Item] = found.select_related(
        "taskforce", "ledger", "lead_unit", "handler", "supervisor_unit"
    ).prefetch_related("supporting_units")
    for item in rows:
        writer.writerow([harmless(cell) for cell in _cells(item)])
    return buffer.getvalue().encode("utf-8-sig")


def _cells(item: Item) -> list[object]:
    return [
        item.home_name,
        item.number,
        item.formal_number or "",
        item_types()[item.kind].name,
        item.category,
        item.title,
        item.lead_unit.name,
        "、".join(unit.name for unit in item.supporting_units.all()),
        item.handler.name if item.handler else "",
        item.supervisor_unit.name if item.supervisor_unit else "",
        item.starts_on.isoformat(),
        item.due_on.isoformat(),
        item.first_due_on.isoformat(),
        STATE_WORDS[item.state],
        COLOUR_WORDS[colour_code(item)],
        item.colour_because,
        item.percent,
        item.planned_percent,
    ]
