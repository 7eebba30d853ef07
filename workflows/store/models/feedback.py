"""投诉建议: what people say about the platform and the burden it makes, with an owner unit and a public answer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.stamps import Stamped


class FeedbackKind(models.TextChoices):
    COMPLAINT = "complaint", _("投诉")
    SUGGESTION = "suggestion", _("建议")


class FeedbackState(models.TextChoices):
    RECEIVED = "received", _("待答复")
    ANSWERED = "answered", _("已答复")
    WITHDRAWN = "withdrawn", _("已撤回")


class Feedback(Stamped):
    """`page`: where it was said. `due_at` is when the owner must have answered. The asker's name is seen by the owner
    unit alone; text and answer are public once answered.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    kind = models.CharField(max_length=10, choices=FeedbackKind.choices)
    text = models.TextField(max_length=1000)
    page = models.CharField(max_length=200, blank=True, default="")
    owner_unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=FeedbackState.choices, default=FeedbackState.RECEIVED)
    due_at = models.DateTimeField()
    because = models.CharField(max_length=300)
    answer = models.TextField(max_length=2000, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by_name = models.CharField(max_length=60, blank=True, default="")
    answered_by_post = models.CharField(max_length=80, blank=True, default="")
    answered_by_unit = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["owner_unit", "state"], name="feedback_owner_state"),
            models.Index(fields=["state", "-answered_at"], name="feedback_answered"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class BurdenCount(models.Model):
    """How much reached a person or a unit in a month (its first day). `staff` None: the whole unit.

    `groups`: as of the end of the month; `orders`, `forms`, `off_hour_pings`: within it.
    """

    month = models.DateField()
    unit = models.ForeignKey("directory.Unit", models.CASCADE, related_name="+", db_constraint=False)
    staff = models.ForeignKey(
        "directory.Staff", models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    people = models.PositiveIntegerField(default=1)
    groups = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    forms = models.PositiveIntegerField(default=0)
    off_hour_pings = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "unit", "staff"], name="burden_count_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.unit_id} {self.staff_id or ''}"


class ItemReading(models.Model):
    """Which measured figure of a connector speaks for an item; reports are filled in from it."""

    item = models.ForeignKey("workflows.Item", models.CASCADE, related_name="readings")
    metric_id = models.UUIDField()
    added_by = models.CharField(max_length=60)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "metric_id"], name="item_reading_once")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.metric_id}"
