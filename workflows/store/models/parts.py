"""What hangs on an item: parts of supporting units, evidence, orders to rectify, disputes over the lead."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.items import Item, ProgressReport
from workflows.store.models.stamps import Stamped


class PartState(models.TextChoices):
    DISPATCHED = "dispatched", _("待签收")
    SIGNED_FOR = "signed_for", _("办理中")
    ANSWERED = "answered", _("已答复")
    NO_OPINION = "no_opinion", _("无意见")
    RETURNED = "returned", _("已退回")


class ItemPart(Stamped):
    """会办: what a supporting unit supplies, with its own clock. `first_due_on` never changes.

    `dissent` is its different opinion; the lead unit must answer it (`dissent_answer`) before it reports the whole.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="parts")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    ask = models.CharField(max_length=500)
    due_on = models.DateField()
    first_due_on = models.DateField()
    state = models.CharField(max_length=12, choices=PartState.choices, default=PartState.DISPATCHED)
    signed_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(max_length=2000, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by_name = models.CharField(max_length=60, blank=True, default="")
    answered_by_post = models.CharField(max_length=80, blank=True, default="")
    dissent = models.TextField(max_length=2000, blank=True, default="")
    dissent_answer = models.TextField(max_length=2000, blank=True, default="")
    dissent_answered_at = models.DateTimeField(null=True, blank=True)
    dissent_answered_by_name = models.CharField(max_length=60, blank=True, default="")
    returned_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["item", "at", "id"]
        constraints = [models.UniqueConstraint(fields=["item", "unit"], name="item_part_once_per_unit")]
        indexes = [models.Index(fields=["unit", "state"], name="item_part_unit_state")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.unit_id}"


class Evidence(Stamped):
    """佐证: a file or a link, of one report or of the item as a whole."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="evidence")
    report = models.ForeignKey(ProgressReport, models.CASCADE, null=True, blank=True, related_name="evidence")
    media_id = models.CharField(max_length=80, blank=True, default="")
    url = models.CharField(max_length=500, blank=True, default="")
    name = models.CharField(max_length=200)
    mimetype = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["item", "at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(media_id="") & ~Q(url="")) | (~Q(media_id="") & Q(url="")),
                name="evidence_file_or_link",
            )
        ]

    def __str__(self) -> str:
        return self.name


class RectificationState(models.TextChoices):
    ORDERED = "ordered", _("待报整改方案")
    PLANNED = "planned", _("整改中")
    DONE = "done", _("待复核")
    PASSED = "passed", _("复核通过")
    FAILED = "failed", _("复核未通过")


class Rectification(Stamped):
    """整改: ordered (`at`, `by`), planned, done, checked again. A failed one is followed by a new one."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="rectifications")
    order = models.CharField(max_length=500)
    plan_due_on = models.DateField()
    plan = models.TextField(max_length=2000, blank=True, default="")
    planned_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True, help_text="when the result is due, as planned")
    result = models.TextField(max_length=2000, blank=True, default="")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey("directory.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(
        max_length=8, choices=RectificationState.choices, default=RectificationState.ORDERED
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by_name = models.CharField(max_length=60, blank=True, default="")
    checked_by_post = models.CharField(max_length=80, blank=True, default="")
    check_words = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["item", "at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"],
                # One by one: PostgreSQL rewrites a list when it is restored, and the two must compare equal.
                condition=Q(state="ordered") | Q(state="planned") | Q(state="done"),
                name="rectification_one_open_per_item",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.state}"


class LeadDispute(Stamped):
    """A dispute over who leads. After two working days it waits for the lowest common superior."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="disputes")
    claimed_unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    escalates_at = models.DateTimeField()
    superior = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    escalated_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by_name = models.CharField(max_length=60, blank=True, default="")
    settled_by_post = models.CharField(max_length=80, blank=True, default="")
    settled_unit = models.ForeignKey(
        "directory.Unit", models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["item", "at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(settled_at__isnull=True), name="lead_dispute_one_open_per_item"
            )
        ]
        indexes = [
            models.Index(
                fields=["superior"],
                condition=Q(settled_at__isnull=True),
                name="lead_dispute_open_superior",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.claimed_unit_id}"


class ItemFollow(models.Model):
    """我关注的: who wants to see an item in a list of one's own."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="follows")
    staff = models.ForeignKey("directory.Staff", models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "staff"], name="item_follow_once")]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.item_id}"
