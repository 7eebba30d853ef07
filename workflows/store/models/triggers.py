"""Templates that turn an alert or a record of another system into an order or a task; and what each did."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from directory.store.models import Staff, Unit


class Trigger(models.Model):
    """What is to be done when an alert opens, or a record comes, that fits.

    Attributes:
        watches: "alert" or "record".
        condition: {"least", "kinds", "codes", "places", "metrics"}; what is left out lets everything through.
        makes: "order" or "item"; content: what it starts from (workflows/triggers/contents.py).
        author: in whose name it is made; approved_by: who let the order be issued without being asked again.
            Without an approval an order stays a draft. An edit takes the approval back.
    """

    class Watches(models.TextChoices):
        ALERT = "alert", _("预警")
        RECORD = "record", _("事项")

    class Makes(models.TextChoices):
        ORDER = "order", _("指令")
        ITEM = "item", _("任务")

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    name = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    connector = models.ForeignKey(
        "connectors.Connector", models.CASCADE, null=True, blank=True, related_name="+"
    )
    watches = models.CharField(max_length=6, choices=Watches.choices, default=Watches.ALERT)
    condition = models.JSONField(default=dict, blank=True)
    makes = models.CharField(max_length=5, choices=Makes.choices)
    content = models.JSONField()
    author = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    is_enabled = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class TriggerRun(models.Model):
    """One application of a trigger, once for each alert or record. `made` is "" where it failed; `error` says why."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    trigger = models.ForeignKey(Trigger, models.CASCADE, related_name="runs")
    about = models.CharField(max_length=60)
    at = models.DateTimeField()
    made = models.CharField(max_length=60, blank=True, default="")
    words = models.CharField(max_length=500, blank=True, default="")
    error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["trigger", "about"], name="trigger_once")]

    def __str__(self) -> str:
        return f"{self.trigger_id} {self.about}"
