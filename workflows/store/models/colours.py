from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.items import ColourChoice, Item, ItemKind
from workflows.store.models.ledgers import Ledger
from workflows.store.models.stamps import Stamped
from workflows.store.models.taskforces import TaskForce


class ColourRule(Stamped):
    """A table of the colour rule. Never changed: another table is another version, so every verdict can be repeated."""

    version = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=60)
    note = models.CharField(max_length=300, blank=True, default="")
    table = models.JSONField(help_text="as workflows.rules.colour_tables has it")

    class Meta:
        ordering = ["version"]

    def __str__(self) -> str:
        return f"{self.version} {self.name}"


class ColourRuleChoice(Stamped):
    """Which table judges: of a task force, a ledger or all (neither), of one type or all ("").

    The closest holds: home and type, home, type, all; nothing chosen is version 1.
    """

    taskforce = models.ForeignKey(TaskForce, models.CASCADE, null=True, blank=True, related_name="+")
    ledger = models.ForeignKey(Ledger, models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=20, choices=ItemKind.choices, blank=True, default="")
    rule = models.ForeignKey(ColourRule, models.PROTECT, related_name="choices")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["taskforce", "ledger", "kind"], name="colour_rule_chosen_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(taskforce__isnull=True) | models.Q(ledger__isnull=True),
                name="colour_rule_for_one_home",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.taskforce_id or self.ledger_id} {self.kind}: {self.rule_id}"


class OverrideState(models.TextChoices):
    ACTIVE = "active", _("生效中")
    EXPIRED = "expired", _("已到期")
    REPLACED = "replaced", _("已被替换")
    ENDED = "ended", _("已提前结束")


class ColourOverride(Stamped):
    """人工调整. `lowered_from`: what the figures said when an officer lowered it, "" for a raise.

    `ends_on` is the last day on which it holds; a raise may do without.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="overrides")
    colour = models.CharField(max_length=6, choices=ColourChoice.choices)
    lowered_from = models.CharField(max_length=6, blank=True, default="")
    reason = models.CharField(max_length=300)
    ends_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=OverrideState.choices, default=OverrideState.ACTIVE)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=60, blank=True, default="")
    ended_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["item", "at"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(state="active"), name="override_one_active_per_item"
            ),
            models.CheckConstraint(
                condition=models.Q(lowered_from="") | models.Q(ends_on__isnull=False),
                name="override_lowering_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.colour}"


class NoticeRole(models.TextChoices):
    OWNER = "owner", _("承办人")
    SUPERVISOR = "supervisor", _("督办人")
    LEADER = "leader", _("分管领导")


class ColourNotice(models.Model):
    """One change of the shown colour, told to one role. The key (item, change, role) makes it one, crash or not.

    `staff` is None where nobody holds the role: that it could not be told is on record.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="colour_notices")
    change_no = models.PositiveIntegerField()
    role = models.CharField(max_length=10, choices=NoticeRole.choices)
    staff = models.ForeignKey("directory.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    old = models.CharField(max_length=6, choices=ColourChoice.choices)
    new = models.CharField(max_length=6, choices=ColourChoice.choices)
    because = models.TextField()
    at = models.DateTimeField()
    deliver_at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "role"]
        constraints = [
            models.UniqueConstraint(fields=["item", "change_no", "role"], name="colour_notice_once"),
        ]
        indexes = [models.Index(fields=["staff", "-at"], name="colour_notice_staff")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.change_no} {self.role}"
