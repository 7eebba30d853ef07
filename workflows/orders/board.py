"""The issuer's board: the tree down to the person, the ladder, and every attempt to reach somebody."""

from datetime import timedelta
from typing import cast
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from common.cursors import offset_of
from common.errors import BadInputError
from directory.actors import Actor
from directory.store.models import Region
from workflows.orders import gates
from workflows.orders.reading import counts_of
from workflows.orders.views import (
    OrderAttemptOut,
    OrderCounts,
    OrderLadderOut,
    OrderNode,
    OrderRungOut,
    OrderTreeOut,
    StepWord,
)
from workflows.rules.orders import OPEN_STATES, RECIPIENT_WORDS, STEP_WORDS
from workflows.store import order_boards as store
from workflows.store import orders as order_store
from workflows.store.models import Order, OrderRecipient, OrderRung
from workflows.store.order_boards import Group, UnitLine

PAGE = 100
WATCH = timedelta(minutes=10)
ATTEMPT_WORDS = {
    "trying": "正在发送",
    "delivered": "已送达",
    "failed": "未送达",
    "no_answer": "无人接听",
    "stopped": "已签收，未再发送",
}


def tree(
    actor: Actor, order_id: UUID, *, by: str = "unit", parent: str = "", query: str = "", only: str = "",
    cursor: str | None = None,
) -> OrderTreeOut:  # fmt: skip
    """One level of the tree. Without a parent: places with units (`by=unit`), or people of all units.

    With a query units are listed at once, whatever place they are in. Whoever looks is told of changes for a while.

    Raises: NotFoundError, ForbiddenError, BadInputError.
    """
    if by not in {"unit", "person"}:
        raise BadInputError(field="by", message=_("请选择按单位或按人员查看。"))
    if only not in {"", "unreached"}:
        raise BadInputError(field="only", message=_("筛选方式不存在，请刷新页面。"))
    order = gates.access_board(actor, order_id)
    start, unreached = offset_of(cursor), only == "unreached"
    groups = store.by_place(order.pk, order.version)
    if actor.staff_id and not parent:
        order_store.watch(order.pk, actor.staff_id, clock.now() + WATCH)
    following = None
    if by == "person" or parent.startswith("unit:"):
        unit = _uuid(parent.removeprefix("unit:")) if parent.startswith("unit:") else None
        rows = store.people(order.pk, order.version, unit=unit, query=query, unreached=unreached)
        people = list(rows[start : start + PAGE + 1])
        items = [person_node(row, with_unit=unit is None) for row in people[:PAGE]]
        following = str(start + PAGE) if len(people) > PAGE else None
    elif parent or query.strip():
        units = store.units(
            order.pk, order.version, place=parent.removeprefix("place:"), query=query, unreached=unreached,
            offset=start, limit=PAGE + 1,
        )  # fmt: skip
        items = [unit_node(unit) for unit in units[:PAGE]]
        following = str(start + PAGE) if len(units) > PAGE else None
    else:
        items = _places(groups, unreached=unreached)
    return OrderTreeOut(
        counts=_sum(groups),
        by_level={level: _sum([one for one in groups if one.level == level]) for level in _levels(groups)},
        as_of=clock.now(),
        items=items,
        next=following,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadInputError(field="parent", message=_("所选单位不存在，请刷新页面。")) from error


def _levels(groups: list[Group]) -> list[str]:
    order = ["province", "prefecture", "county", "township", "village"]
    return sorted({group.level for group in groups}, key=order.index)


def _sum(groups: list[Group]) -> OrderCounts:
    total: dict[str, int] = {}
    for group in groups:
        for name, number in group.states.items():
            total[name] = total.get(name, 0) + number
    return counts_of(total)


def _places(groups: list[Group], *, unreached: bool) -> list[OrderNode]:
    """The prefecture's own units first, then counties by code, as the lists of the directory have them."""
    by_place: dict[str, list[Group]] = {}
    for group in groups:
        by_place.setdefault(group.place, []).append(group)
    regions = {row.code: row for row in Region.objects.filter(code__in=by_place)}
    nodes = []
    for code in sorted(
        by_place, key=lambda code: (regions[code].level not in {"province", "prefecture"}, code)
    ):
        counts, region = _sum(by_place[code]), regions[code]
        if unreached and not any(getattr(counts, state) for state in OPEN_STATES):
            continue
        own = region.level in {"province", "prefecture"}
        name = f"{region.name}直属" if own else region.name
        number = sum(group.units for group in by_place[code])
        nodes.append(
            OrderNode(id=f"place:{code}", kind="place", name=name, detail=f"{number}个单位", level=region.level,
                 counts=counts, has_children=True)
        )  # fmt: skip
    return nodes


def unit_node(unit: UnitLine) -> OrderNode:
    counts = counts_of(
        {**unit.states, "units_due": int(unit.expects), "units_received": int(bool(unit.received_at))}
    )
    state, words = _unit_state(unit)
    return OrderNode(
        id=f"unit:{unit.unit}",
        kind="unit",
        name=unit.name,
        level=unit.level,
        counts=counts,
        state=state,
        state_words=words,
        received=unit.received_at is not None,
        request=unit.is_request,
        why=unit.why,
        at=unit.received_at or unit.declined_at,
        via=unit.how,
        note=unit.reason,
        action=f"{unit.by_name} {unit.by_post}".strip(),
        has_children=True,
    )


def _unit_state(unit: UnitLine) -> tuple[str, str]:
    if unit.received_at:
        return "received", "值班代收" if unit.how == "substitute" else "单位已收"
    if unit.declined_at:
        return "declined", "婉拒商请" if unit.is_request else "已退回"
    return ("due", "单位未收") if unit.expects else ("person", "指定人员")


def person_node(row: OrderRecipient, *, with_unit: bool = False) -> OrderNode:
    detail = f"{row.unit.display_name} {row.post_title}" if with_unit else row.post_title
    return OrderNode(
        id=f"person:{row.pk}",
        kind="person",
        name=row.name,
        detail=detail,
        state=row.state,
        state_words=RECIPIENT_WORDS[row.state],
        received=row.state in {"signed_for", "reported", "substituted"},
        why=row.why,
        at=row.reported_at or row.ended_at or row.signed_at or row.read_at or row.delivered_at,
        via=row.via,
        note=row.report or row.note,
        action=row.by_name if row.state == "substituted" else "",
        user_id=row.staff.user_id,
    )


def ladder(actor: Actor, order_id: UUID) -> OrderLadderOut:
    """The steps with what each yielded. Raises NotFoundError, ForbiddenError."""
    order = gates.access_board(actor, order_id)
    rungs = store.rungs(order.pk, order.version)
    figures = store.rung_figures(order.pk, order.version)
    steps = [_rung_out(rung, figures.get(rung.pk, (0, 0, 0)), order) for rung in rungs]
    upcoming = next((step.step for step in steps if step.state == "planned"), None)
    failures = store.attempts(order.pk, order.version, failed=True).count()
    return OrderLadderOut(steps=steps, next=upcoming, failures=failures)


def _rung_out(rung: OrderRung, figures: tuple[int, int, int], order: Order) -> OrderRungOut:
    tried, failed, yielded = figures
    if rung.step == "app":
        tried, yielded = rung.reached, store.signed_people(order.pk, order.version)
    state = (
        "stopped"
        if rung.stopped
        else "done"
        if rung.ended_at
        else "running"
        if rung.started_at
        else "planned"
    )
    return OrderRungOut(
        step=cast("StepWord", rung.step), words=STEP_WORDS[rung.step], due_at=rung.due_at,
        started_at=rung.started_at, ended_at=rung.ended_at, state=state, reached=tried, failed=failed,
        yielded=yielded, stopped=rung.stopped,
    )  # fmt: skip


def attempts(
    actor: Actor, order_id: UUID, *, only: str = "", cursor: str | None = None
) -> tuple[list[OrderAttemptOut], str | None]:
    """Raises NotFoundError, ForbiddenError."""
    order = gates.access_board(actor, order_id)
    start = offset_of(cursor)
    rows = list(store.attempts(order.pk, order.version, failed=only == "failed")[start : start + PAGE + 1])
    shown = [
        OrderAttemptOut(
            id=row.pk, at=row.at, channel=row.channel, words=STEP_WORDS.get(row.channel, row.channel),
            to_name=row.to_name, unit_name=row.unit.display_name, address=row.address,
            state=row.state, answer=row.answer or ATTEMPT_WORDS.get(row.state, ""), answered_at=row.answered_at,
        )
        for row in rows[:PAGE]
    ]  # fmt: skip
    return shown, str(start + PAGE) if len(rows) > PAGE else None
