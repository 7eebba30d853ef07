from django.db import models

from workflows.store.models.items import ColourChoice, Item, ItemStateChoice
from workflows.store.models.ledgers import Ledger
from workflows.store.models.taskforces import TaskForce


class ColourSnapshot(models.Model):
    """How an item stood at the end of a day, for comparisons over weeks. Written once and not corrected
    later.
    """

    taskforce = models.ForeignKey(TaskForce, models.CASCADE, null=True, blank=True, related_name="+")
    ledger = models.ForeignKey(Ledger, models.CASCADE, null=True, blank=True, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="snapshots")
    day = models.DateField()
    colour = models.CharField(max_length=6, choices=ColourChoice.choices)
    state = models.CharField(max_length=12, choices=ItemStateChoice.choices)
    percent = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "day"], name="snapshot_once_a_day")]
        indexes = [
            models.Index(fields=["taskforce", "day"], name="snapshot_force_day"),
            models.Index(fields=["ledger", "day"], name="snapshot_ledger_day"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.day}"
