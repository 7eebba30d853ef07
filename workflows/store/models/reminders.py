from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.consents import Consent
from workflows.store.models.items import Item
from workflows.store.models.parts import ItemPart


class ReminderState(models.TextChoices):
    PLANNED = "planned", _("待发送")
    SENT = "sent", _("已发送")
    STOPPED = "stopped", _("已停止")


class Reminder(models.Model):
    """One reminder of one item, of the part that a supporting unit owes with a clock of its own, or of a consent that
    waits. The key (item, part or consent, rule, due, slot) makes a repeated plan or job harmless.

    All that fall into one slot (`slot_at`) are sent by one job, merged into one card per person.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, null=True, blank=True, related_name="reminders")
    part = models.ForeignKey(ItemPart, models.CASCADE, null=True, blank=True, related_name="reminders")
    consent = models.ForeignKey(Consent, models.CASCADE, null=True, blank=True, related_name="+")
    rule = models.CharField(max_length=16)
    due_on = models.DateField()
    slot_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=ReminderState.choices, default=ReminderState.PLANNED)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "rule", "due_on", "slot_at"],
                condition=models.Q(part__isnull=True),
                name="reminder_once",
            ),
            models.UniqueConstraint(
                fields=["part", "rule", "due_on", "slot_at"], name="reminder_of_part_once"
            ),
            models.UniqueConstraint(fields=["consent", "rule", "slot_at"], name="reminder_of_consent_once"),
            models.CheckConstraint(
                condition=models.Q(item__isnull=True) ^ models.Q(consent__isnull=True),
                name="reminder_of_item_or_consent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["slot_at"], condition=models.Q(state="planned"), name="reminder_planned_slot"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id or self.consent_id} {self.rule} {self.slot_at}"
