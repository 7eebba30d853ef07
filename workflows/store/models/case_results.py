"""What a case leaves behind beside its own trail: documents sent to units, items, its file in the archive."""

from django.db import models

from workflows.store.models.cases import Case
from workflows.store.models.items import Item
from workflows.store.models.stamps import Stamped


class DocumentDelivery(Stamped):
    """分发: one document on its way to one unit. `at`, `by`: when and by whom it was last sent.

    Attributes:
        received: that unit's 收文; None while nobody there can take it, `reason` says why.
        is_copy: 抄送, else 主送; tries: how often it was sent.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="deliveries")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    unit_name = models.CharField(max_length=120)
    is_copy = models.BooleanField(default=False)
    received = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["is_copy", "id"]
        constraints = [models.UniqueConstraint(fields=["case", "unit"], name="delivery_once")]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.unit_name}"


class CaseItem(models.Model):
    """An item that a case has become: a decision of a meeting, a voted livelihood project.

    `row`: its place in the form's table; `links`: what it goes back to, such as suggestions, as {"no", "text"}.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="items")
    item = models.OneToOneField(Item, models.PROTECT, related_name="made_by")
    row = models.PositiveIntegerField()
    links = models.JSONField(default=list)

    class Meta:
        ordering = ["case_id", "row"]
        constraints = [models.UniqueConstraint(fields=["case", "row"], name="caseitem_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.row}"


class CaseArchive(Stamped):
    """归档: what the case held on that day, as a digest of form, files and trail. `keep`: how long it is kept."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="archive")
    keep = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    entries = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.case_id} {self.digest[:12]}"
