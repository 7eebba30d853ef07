from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.items import Item
from workflows.store.models.stamps import Stamped
from workflows.store.models.taskforces import TaskForce


class ProblemState(models.TextChoices):
    FOUND = "found", _("已发现")
    OWNED = "owned", _("已认领")
    MEASURES = "measures", _("攻关中")
    SOLVED = "solved", _("已解决，待核验")
    VERIFIED = "verified", _("已核验，待销号")
    STRUCK_OFF = "struck_off", _("已销号")


class HardProblem(models.Model):
    """攻关: one line of a force's hard-problem ledger. `number` rises within the force.

    `signed_over_at`: the lead handed it to `unit` at the dissolution; `accepted_at`: when that unit took it.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.PROTECT, related_name="problems")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    detail = models.TextField(max_length=2000, blank=True, default="")
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="problems")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    measures = models.TextField(max_length=2000, blank=True, default="")
    result = models.TextField(max_length=2000, blank=True, default="")
    state = models.CharField(max_length=12, choices=ProblemState.choices, default=ProblemState.FOUND)
    found_at = models.DateTimeField()
    found_by = models.ForeignKey("directory.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    solved_by = models.ForeignKey("directory.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    verified_by = models.ForeignKey(
        "directory.Staff", models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed_over_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    struck_off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["taskforce", "number"]
        constraints = [
            models.UniqueConstraint(fields=["taskforce", "number"], name="problem_number_once"),
            models.CheckConstraint(
                condition=models.Q(verified_by__isnull=True)
                | models.Q(solved_by__isnull=True)
                | ~models.Q(verified_by=models.F("solved_by")),
                name="problem_solver_is_not_verifier",
            ),
        ]
        indexes = [models.Index(fields=["unit", "state"], name="problem_unit_state")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class ProblemStep(Stamped):
    """One line of a problem's history."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    problem = models.ForeignKey(HardProblem, models.CASCADE, related_name="steps")
    act = models.CharField(max_length=12)
    from_state = models.CharField(max_length=12, blank=True, default="")
    to_state = models.CharField(max_length=12)
    text = models.CharField(max_length=2100)

    class Meta:
        ordering = ["problem", "at", "id"]

    def __str__(self) -> str:
        return f"{self.problem_id} {self.act}"
