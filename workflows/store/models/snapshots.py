from django.db import models

from workflows.store.models.items import ColourChoice, Item, ItemStateChoice
from workflows.store.models.ledgers import Ledger
from workflows.store.models.taskforces import TaskForce


class ColourSnapshot(models.Model):
    """How an item stood at the start of a day, for comparisons over weeks. Written once and not corrected
    later.

    It holds what the one table is made of, so that the table of a past day stays what it was: the unit that led then
    and its region, both due dates, and `ahead`, the colour that it will have some days on if nothing is done ("" where
    that was not judged).
    """

    taskforce = models.ForeignKey(TaskForce, models.CASCADE, null=True, blank=True, related_name="+")
    ledger = models.ForeignKey(Ledger, models.CASCADE, null=True, blank=True, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="snapshots")
    day = models.DateField()
    colour = models.CharField(max_length=6, choices=ColourChoice.choices)
    state = models.CharField(max_length=12, choices=ItemStateChoice.choices)
    percent = models.PositiveSmallIntegerField()
    planned_percent = models.PositiveSmallIntegerField(default=0)
    lead_unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    region = models.CharField(max_length=12, blank=True, default="")
    category = models.CharField(max_length=50, blank=True, default="")
    kind = models.CharField(max_length=20, blank=True, default="")
    due_on = models.DateField(null=True, blank=True)
    first_due_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    ahead = models.CharField(max_length=6, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "day"], name="snapshot_once_a_day")]
        indexes = [
            models.Index(fields=["taskforce", "day"], name="snapshot_force_day"),
            models.Index(fields=["ledger", "day"], name="snapshot_ledger_day"),
            models.Index(fields=["day", "lead_unit"], name="snapshot_day_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.day}"
