"""The plan of an item: its due date and what moves with it."""

from datetime import date

from workflows.rules.milestones import shifted
from workflows.services.calendar import work_calendar
from workflows.store import items as store
from workflows.store.models import Item


def move_plan(item: Item, new_due_on: date) -> None:
    """Another due date, unsaved; open milestones move along with it. The first dates stay."""
    days = (new_due_on - item.due_on).days
    nodes = store.milestones(item)
    for node in nodes:
        if node.done_on is None:
            node.due_on = shifted(node.due_on, days, work_calendar(), new_due_on)
    store.save_milestones(nodes)
    item.due_on = new_due_on
