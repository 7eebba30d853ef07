from datetime import time

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.consents import Consent
from workflows.store.models.items import Item, ItemKind
from workflows.store.models.parts import ItemPart
from workflows.store.models.stamps import Stamped


class ReminderLadder(Stamped):
    """The ladder of a type of item ("": of all that have none of their own). The newest version holds."""

    kind = models.CharField(max_length=20, choices=ItemKind.choices, blank=True, default="")
    version = models.PositiveIntegerField()
    steps = models.JSONField(help_text="code, offset, at, audience, daily")

    class Meta:
        ordering = ["kind", "-version"]
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="ladder_version_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class ChasePolicy(models.Model):
    """Quiet hours and how bulk sending is spread: one row, written by administrators."""

    quiet_from = models.TimeField(default=time(22, 0))
    quiet_to = models.TimeField(default=time(7, 0))
    resumes_at = models.TimeField(default=time(8, 30))
    quiet_on_rest_days = models.BooleanField(default=True)
    spread_s = models.PositiveIntegerField(default=600)
    manual_pause_hours = models.PositiveSmallIntegerField(default=4)

    def __str__(self) -> str:
        return f"{self.quiet_from}–{self.quiet_to}"


class SlipKind(models.TextChoices):
    REMINDER = "reminder", _("提醒")
    NOTICE = "notice", _("通知")


class SlipState(models.TextChoices):
    OPEN = "open", _("汇集中")
    SEALED = "sealed", _("待发送")
    HANDED = "handed", _("发送中")
    SENT = "sent", _("已发送")
    STOPPED = "stopped", _("已停止")


class Slip(models.Model):
    """What one person is told at one slot: all lines in one card. The key (kind, person, slot) makes it one.

    open while lines are being found, sealed when all are, handed to the bot as part of a `batch`, then sent; stopped
    when nothing was left to say. `send_at` spreads the people of a slot over some minutes.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    kind = models.CharField(max_length=8, choices=SlipKind.choices)
    staff = models.ForeignKey("directory.Staff", models.CASCADE, related_name="+")
    slot_at = models.DateTimeField()
    send_at = models.DateTimeField()
    sound = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=SlipState.choices, default=SlipState.OPEN)
    batch = models.UUIDField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "staff", "slot_at"], name="slip_once")]
        indexes = [
            models.Index(fields=["slot_at"], condition=models.Q(state="open"), name="slip_open_slot"),
            models.Index(fields=["send_at"], condition=models.Q(state="sealed"), name="slip_sealed_send"),
            models.Index(fields=["batch"], condition=models.Q(state="handed"), name="slip_handed_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.staff_id} {self.slot_at}"

    @property
    def key(self) -> str:
        """The bot's transaction id."""
        return f"{self.kind}:{self.pk}"


class SlipLine(models.Model):
    """One line of a slip: of an item, of a part of it, or of a consent that waits.

    `for_name`: the absent person in whose place the reader is told (代).
    """

    slip = models.ForeignKey(Slip, models.CASCADE, related_name="lines")
    item = models.ForeignKey(Item, models.CASCADE, null=True, blank=True, related_name="+")
    part = models.ForeignKey(ItemPart, models.CASCADE, null=True, blank=True, related_name="+")
    consent = models.ForeignKey(Consent, models.CASCADE, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=16)
    source = models.UUIDField(help_text="the reminder, notice or letter that it tells of")
    words = models.TextField(blank=True, default="")
    for_name = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        ordering = ["slip", "item__due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["slip", "source"], name="slip_line_once"),
            models.CheckConstraint(
                condition=models.Q(item__isnull=True) ^ models.Q(consent__isnull=True),
                name="slip_line_of_item_or_consent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id or self.consent_id} {self.code}"
