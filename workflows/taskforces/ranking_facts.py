"""What an edition counts, read once from the ledger and then frozen. Units and outcomes: no person is in it."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from directory.store.models import Unit
from workflows.rules.ranking import GROUP_OF_LEVEL, Facts
from workflows.store.models import Item, Milestone, TaskForce

LEFT_OUT = ("registered", "suspended", "cancelled")


def collect_facts(force: TaskForce, period_from: date, period_to: date) -> list[Facts]:
    """Facts of each member unit down to the county, in protocol order.

    Nodes are milestones whose present due date lies in the period, of items that were dispatched and run; an item
    without milestones is one node itself.
    """
    units = list(
        Unit.objects.filter(pk__in=force.members.values("unit"), level__in=list(GROUP_OF_LEVEL)).order_by(
            "rank", "code"
        )
    )
    items = list(Item.objects.filter(taskforce=force).exclude(state__in=LEFT_OUT).order_by("number"))
    nodes: dict[UUID, list[Milestone]] = defaultdict(list)
    for node in Milestone.objects.filter(item__in=items):
        nodes[node.item_id].append(node)
    led: dict[UUID, list[Item]] = defaultdict(list)
    for item in items:
        led[item.lead_unit_id].append(item)
    return [
        _facts(unit, place, led[unit.pk], nodes, period_from, period_to) for place, unit in enumerate(units)
    ]


def _facts(
    unit: Unit, place: int, items: list[Item], nodes: dict[UUID, list[Milestone]], first: date, last: date
) -> Facts:
    due = on_time = done = 0
    for item in items:
        for due_on, done_on in _nodes_of(item, nodes[item.pk]):
            if first <= due_on <= last:
                due += 1
                done += done_on is not None and done_on <= last
                on_time += done_on is not None and done_on <= min(due_on, last)
    return Facts(
        unit=str(unit.pk),
        name=unit.display_name,
        level=str(unit.level),
        order=place,
        due=due,
        on_time=on_time,
        done=done,
        actual=sum(item.percent for item in items),
        planned=sum(item.planned_percent for item in items),
    )


def _nodes_of(item: Item, nodes: list[Milestone]) -> list[tuple[date, date | None]]:
    if nodes:
        return [(node.due_on, node.done_on) for node in nodes]
    return [(item.due_on, item.closed_at.date() if item.closed_at else None)]
