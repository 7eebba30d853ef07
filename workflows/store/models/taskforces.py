from datetime import time

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.rules.colours import DEFAULT_RULE


class ForceStateChoice(models.TextChoices):
    PROPOSED = "proposed", _("筹建中")
    APPROVED = "approved", _("已批准")
    RUNNING = "running", _("运行中")
    CLOSING = "closing", _("收尾中")
    DISSOLVED = "dissolved", _("已撤销")


class TaskForce(models.Model):
    """专班: a temporary team with a goal, a lead, member units, an end date and a room.

    `lead_post` answers for it and its rights follow the post; `lead_staff` is who held it at the founding.
    The posts of role `office` in `office_unit` are its office (专班办公室). `next_number` is read and raised
    under this row's lock only.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    name = models.CharField(max_length=100)
    goal = models.TextField(max_length=2000)
    basis = models.CharField(max_length=200, blank=True, default="", help_text="founding document")
    lead_post = models.ForeignKey("directory.Post", models.PROTECT, related_name="+")
    lead_staff = models.ForeignKey("directory.Staff", models.PROTECT, related_name="+")
    lead_unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    office_unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    units = models.ManyToManyField("directory.Unit", through="TaskForceUnit", related_name="+")
    room_id = models.CharField(max_length=255, blank=True, default="", db_index=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(
        max_length=12, choices=ForceStateChoice.choices, default=ForceStateChoice.PROPOSED
    )
    digest_at = models.TimeField(
        null=True, blank=True, default=time(8, 40), help_text="on working days; none if empty"
    )
    next_number = models.PositiveIntegerField(default=1)
    rule_version = models.PositiveIntegerField(default=DEFAULT_RULE.version)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("directory.Staff", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="taskforce_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TaskForceUnit(models.Model):
    """A member unit."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.CASCADE, related_name="members")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["taskforce", "unit"], name="taskforce_unit_once")]

    def __str__(self) -> str:
        return f"{self.taskforce_id} {self.unit_id}"
