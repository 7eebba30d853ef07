"""All models of this floor, one file per noun."""

from workflows.store.models.calendar import CalendarDay
from workflows.store.models.deeds import Deed
from workflows.store.models.imports import ImportBatch, ImportRow
from workflows.store.models.items import Extension, Item, ItemHistory, Milestone, ProgressReport
from workflows.store.models.reminders import Reminder
from workflows.store.models.snapshots import ColourSnapshot
from workflows.store.models.taskforces import TaskForce, TaskForceUnit

__all__ = [
    "CalendarDay",
    "ColourSnapshot",
    "Deed",
    "Extension",
    "ImportBatch",
    "ImportRow",
    "Item",
    "ItemHistory",
    "Milestone",
    "ProgressReport",
    "Reminder",
    "TaskForce",
    "TaskForceUnit",
]
