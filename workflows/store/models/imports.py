from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from directory.store.models import Unit
from workflows.store.models.items import Item
from workflows.store.models.ledgers import Ledger
from workflows.store.models.stamps import Stamped
from workflows.store.models.taskforces import TaskForce


class BatchState(models.TextChoices):
    PREVIEW = "preview", _("待确认")
    APPLIED = "applied", _("已导入")


class ImportBatch(Stamped):
    """One uploaded edition of a project list. `digest` is the SHA-256 of the file."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.CASCADE, null=True, blank=True, related_name="imports")
    ledger = models.ForeignKey(Ledger, models.CASCADE, null=True, blank=True, related_name="imports")
    file_name = models.CharField(max_length=200, blank=True, default="")
    digest = models.BinaryField(max_length=32)
    encoding = models.CharField(max_length=12)
    columns = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    stated_total_wan = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField(help_text="the plan of added items")
    due_on = models.DateField()
    is_edition = models.BooleanField(
        default=True, help_text="of the whole list; else rows that are added to it"
    )
    state = models.CharField(max_length=8, choices=BatchState.choices, default=BatchState.PREVIEW)
    applied_at = models.DateTimeField(null=True, blank=True)
    outcome = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(taskforce__isnull=True, ledger__isnull=False)
                | models.Q(taskforce__isnull=False, ledger__isnull=True),
                name="import_has_one_home",
            )
        ]

    @property
    def home_id(self) -> UUID:
        found = self.taskforce_id or self.ledger_id
        if found is None:
            raise LookupError("an import has one home; the table has a constraint for it")
        return found

    @property
    def near_unit(self) -> Unit:
        """Where the search for unit names begins."""
        if self.ledger is not None:
            return self.ledger.unit
        if self.taskforce is None:
            raise LookupError("an import has one home; the table has a constraint for it")
        return self.taskforce.lead_unit

    def __str__(self) -> str:
        return f"{self.home_id} {self.file_name}"


class ImportRow(models.Model):
    """One line of the file, with what a person has put right. `line` counts from 1 as an editor shows it.

    `cells` is what the file said and never changes; the other fields hold the present reading.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    cells = models.JSONField(default=dict)
    seq = models.PositiveIntegerField(null=True, blank=True)
    category = models.CharField(max_length=200, blank=True, default="")
    name = models.CharField(max_length=500, blank=True, default="")
    budget_wan = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    lead_text = models.CharField(max_length=200, blank=True, default="")
    lead_unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(null=True, blank=True, help_text="the row's own; null: as the batch says")
    supporting_units = models.JSONField(default=list, help_text="ids of units")
    match = models.CharField(max_length=10, default="none")
    candidates = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    item = models.ForeignKey(Item, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["batch", "line"]
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="import_row_line_once")]

    def __str__(self) -> str:
        return f"{self.line} {self.name}"
