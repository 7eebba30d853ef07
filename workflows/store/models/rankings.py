from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.stamps import Stamped
from workflows.store.models.taskforces import TaskForce


class EditionState(models.TextChoices):
    COLLECTING = "collecting", _("归集数据")
    FROZEN = "frozen", _("数据已冻结")
    DRAFT = "draft", _("待审定发布")
    RELEASED = "released", _("已发布")
    DROPPED = "dropped", _("已作废")


class RankingSwitch(Stamped):
    """晾晒 of a force: off until a basis document switches it on. One row per setting, the newest holds.

    `every_days`: the interval when the basis document names one; without it at most monthly.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.CASCADE, related_name="ranking_switches")
    is_on = models.BooleanField()
    basis = models.CharField(max_length=200, blank=True, default="")
    every_days = models.PositiveSmallIntegerField(null=True, blank=True)
    formula = models.JSONField(default=dict)

    class Meta:
        ordering = ["taskforce", "-at", "-id"]

    def __str__(self) -> str:
        return f"{self.taskforce_id} {self.is_on}"


class RankingEdition(models.Model):
    """One edition. `facts` and `formula` are frozen; `lines` follow from them. Released, it never changes."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    period_from = models.DateField()
    period_to = models.DateField()
    state = models.CharField(max_length=12, choices=EditionState.choices, default=EditionState.COLLECTING)
    basis = models.CharField(max_length=200)
    formula = models.JSONField()
    facts = models.JSONField(default=list)
    lines = models.JSONField(default=list)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    reason = models.CharField(
        max_length=500, blank=True, default="", help_text="of a correction or of dropping"
    )
    created_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by_name = models.CharField(max_length=60, blank=True, default="")
    released_by_post = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ["taskforce", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["taskforce", "number"], name="edition_number_once"),
            models.CheckConstraint(
                condition=models.Q(period_to__gte=models.F("period_from")), name="edition_dates_in_order"
            ),
            models.UniqueConstraint(
                fields=["taskforce"],
                # One by one: PostgreSQL rewrites a list when it is restored, and the two must compare equal.
                condition=models.Q(state="collecting") | models.Q(state="frozen") | models.Q(state="draft"),
                name="edition_one_in_work",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.taskforce_id} {self.number}"
