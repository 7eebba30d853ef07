from django.db import models

from common.ids import new_uuid
from workflows.store.models.items import Item
from workflows.store.models.taskforces import TaskForce


class Goal(models.Model):
    """目标 of a task force; `number` rises within it. Gone ones are struck, not deleted."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.CASCADE, related_name="goals")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    due_on = models.DateField(null=True, blank=True)
    struck = models.BooleanField(default=False)

    class Meta:
        ordering = ["taskforce", "number"]
        constraints = [models.UniqueConstraint(fields=["taskforce", "number"], name="goal_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Indicator(models.Model):
    """评价: what a goal is measured by. Values are text as the source gives them, with its unit and data time."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    goal = models.ForeignKey(Goal, models.CASCADE, related_name="indicators")
    name = models.CharField(max_length=100)
    measure = models.CharField(max_length=20, blank=True, default="", help_text="unit of the figures")
    target = models.CharField(max_length=40)
    value = models.CharField(max_length=40, blank=True, default="")
    source = models.CharField(max_length=100, blank=True, default="")
    as_of = models.DateField(null=True, blank=True)
    struck = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["goal", "created_at", "id"]

    def __str__(self) -> str:
        return self.name


class Policy(models.Model):
    """政策: a means to one or more goals."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.CASCADE, related_name="policies")
    title = models.CharField(max_length=200)
    document_number = models.CharField(max_length=40, blank=True, default="")
    goals = models.ManyToManyField(Goal, blank=True, related_name="policies")
    struck = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["taskforce", "created_at", "id"]

    def __str__(self) -> str:
        return self.title


class ItemGoal(models.Model):
    """The goal that an item serves; at most one."""

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="served")
    goal = models.ForeignKey(Goal, models.CASCADE, related_name="works")

    def __str__(self) -> str:
        return f"{self.item_id} {self.goal_id}"
