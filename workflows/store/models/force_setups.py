from django.db import models

from common.ids import new_uuid
from workflows.store.models.taskforces import TaskForce


class ForceSetup(models.Model):
    """What a template gave its force: roster and report times as they were at the founding."""

    taskforce = models.OneToOneField(TaskForce, models.CASCADE, primary_key=True, related_name="setup")
    template = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField()
    roster = models.JSONField(default=list)
    report_times = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.taskforce_id} {self.template}"


class ForceGroup(models.Model):
    """工作组 of a force or headquarters: a room of its own."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.CASCADE, related_name="groups")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    duty = models.CharField(max_length=200, blank=True, default="")
    lead_unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    room_id = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        ordering = ["taskforce", "position"]
        constraints = [models.UniqueConstraint(fields=["taskforce", "position"], name="force_group_once")]

    def __str__(self) -> str:
        return self.name
