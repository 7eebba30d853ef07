"""Limits and rules: what makes an alert. They are data; connectors/rules reads them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from connectors.store.models.sources import Connector, Subject
from directory.store.models import Unit


class AlertLevel(models.TextChoices):
    """Colours of alerts, gravest last."""

    BLUE = "blue", _("蓝色")
    YELLOW = "yellow", _("黄色")
    ORANGE = "orange", _("橙色")
    RED = "red", _("红色")


class Op(models.TextChoices):
    AT_LEAST = ">=", _("达到或高于")
    ABOVE = ">", _("高于")
    AT_MOST = "<=", _("达到或低于")
    BELOW = "<", _("低于")


class ThresholdTable(models.Model):
    """The limits of one metric, for all subjects of a source or for one. The one of the subject wins.

    `basis` is the document that sets them; tables that lie beside each other in time are told by their dates.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    connector = models.ForeignKey(Connector, models.CASCADE, related_name="thresholds")
    subject = models.ForeignKey(Subject, models.CASCADE, null=True, blank=True, related_name="thresholds")
    metric = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    basis = models.CharField(max_length=200, blank=True, default="")
    is_enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["metric", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "subject", "metric"], name="threshold_table_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ThresholdBand(models.Model):
    """One limit. Dates are whole days and inclusive; a season may span the new year; hours are of Shanghai.

    `margin` is how far a value must fall back inside the limit before the alert ends.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    table = models.ForeignKey(ThresholdTable, models.CASCADE, related_name="bands")
    level = models.CharField(max_length=6, choices=AlertLevel.choices)
    label = models.CharField(max_length=30, blank=True, default="")
    op = models.CharField(max_length=2, choices=Op.choices, default=Op.AT_LEAST)
    limit = models.DecimalField(max_digits=18, decimal_places=6)
    margin = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    season_from = models.CharField(max_length=4, blank=True, default="")
    season_to = models.CharField(max_length=4, blank=True, default="")
    hour_from = models.PositiveSmallIntegerField(default=0)
    hour_to = models.PositiveSmallIntegerField(default=24)

    class Meta:
        ordering = ["limit", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(margin__gte=0, hour_from__lte=23, hour_to__lte=24), name="band_makes_sense"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}{self.op}{self.limit}"


class AlertRule(models.Model):
    """A rule beside the limits: trend, rate, missing data, late arrival, or a combination (connectors/rules).

    Attributes:
        subject: only this one; else every subject of the source.
        metric: the quantity whose alert it opens; "" for the subject as a whole.
        spec: read by connectors.rules.specs; `sentence` is made from it.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    connector = models.ForeignKey(Connector, models.CASCADE, related_name="alert_rules")
    subject = models.ForeignKey(Subject, models.CASCADE, null=True, blank=True, related_name="alert_rules")
    metric = models.CharField(max_length=40, blank=True, default="")
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=6, choices=AlertLevel.choices)
    spec = models.JSONField()
    sentence = models.CharField(max_length=500)
    is_enabled = models.BooleanField(default=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class RuleMemory(models.Model):
    """What a rule or a limit remembers of one metric between two readings, so that nothing is counted twice."""

    pk = models.CompositePrimaryKey("rule", "subject_id", "metric_key")
    rule = models.CharField(max_length=60)
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="+")
    metric_key = models.CharField(max_length=40, blank=True, default="")
    state = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.rule} {self.subject_id} {self.metric_key}"
