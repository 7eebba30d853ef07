from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.items import Item
from workflows.store.models.taskforces import TaskForce


class MeetingState(models.TextChoices):
    PLANNED = "planned", _("已排期")
    HELD = "held", _("已召开")
    ISSUED = "issued", _("纪要已印发")
    CANCELLED = "cancelled", _("已取消")


class MeetingPlan(models.Model):
    """When a force meets: `weekday` 0 is Monday; a day off moves the meeting to the next working day."""

    taskforce = models.OneToOneField(TaskForce, models.CASCADE, primary_key=True, related_name="meeting_plan")
    weekday = models.PositiveSmallIntegerField()
    at = models.TimeField()
    place = models.CharField(max_length=100, blank=True, default="")
    is_on = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.taskforce_id} {self.weekday} {self.at}"


class ForceMeeting(models.Model):
    """例会. `agenda` is taken from open problems and red and yellow items when the meeting opens; minutes are numbered
    〔year〕第n次 per force.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.PROTECT, related_name="meetings")
    meets_at = models.DateTimeField()
    slot = models.DateField(help_text="the day of the plan, before it was moved by a holiday")
    place = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=12, choices=MeetingState.choices, default=MeetingState.PLANNED)
    agenda = models.JSONField(default=list)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    minutes = models.TextField(max_length=10000, blank=True, default="")
    chair = models.CharField(max_length=60, blank=True, default="")
    held_at = models.DateTimeField(null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by_name = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        ordering = ["taskforce", "-meets_at"]
        constraints = [
            models.UniqueConstraint(fields=["taskforce", "slot"], name="force_meeting_once_a_slot"),
            models.UniqueConstraint(fields=["taskforce", "year", "number"], name="force_minutes_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.taskforce_id} {self.slot}"


class MeetingDecision(models.Model):
    """议定事项: becomes an item when the minutes are issued."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    meeting = models.ForeignKey(ForceMeeting, models.CASCADE, related_name="decisions")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)
    lead_unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    due_on = models.DateField()
    item = models.OneToOneField(Item, models.PROTECT, null=True, blank=True, related_name="decided_by")

    class Meta:
        ordering = ["meeting", "position"]
        constraints = [models.UniqueConstraint(fields=["meeting", "position"], name="decision_position_once")]

    def __str__(self) -> str:
        return self.text
