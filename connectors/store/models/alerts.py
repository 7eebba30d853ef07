"""Alerts: one from start to recovery for a subject's metric, and every change of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from connectors.store.models.records import Record
from connectors.store.models.rules import AlertLevel
from connectors.store.models.sources import Connector, Subject


class AlertKind(models.TextChoices):
    THRESHOLD = "threshold", _("超限")
    TREND = "trend", _("趋势")
    RATE = "rate", _("变化过快")
    MISSING = "missing", _("失联")
    LATE = "late", _("到期未报")
    COMBINED = "combined", _("组合条件")
    SIGNAL = "signal", _("预警信号")


class Alert(models.Model):
    """One alert. Open while `closed_at` is null; there is at most one open for a subject's metric.

    Attributes:
        metric_key: "" for the subject as a whole (missing data, signals).
        record: the source's own warning that this alert shows, where there is one.
        grounds: rule or limit → {"level", "words", "kind"}, of what holds now; `level` is the gravest of them.
        observed_at: data time of the newest reading that it was judged by.
        peak_value, peak_at: the gravest value so far.
        version: rises with every change; the card's.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    connector = models.ForeignKey(Connector, models.CASCADE, related_name="alerts")
    subject = models.ForeignKey(Subject, models.CASCADE, null=True, blank=True, related_name="alerts")
    record = models.ForeignKey(Record, models.CASCADE, null=True, blank=True, related_name="alerts")
    metric_key = models.CharField(max_length=40, blank=True, default="")
    kind = models.CharField(max_length=10, choices=AlertKind.choices)
    level = models.CharField(max_length=6, choices=AlertLevel.choices)
    words = models.CharField(max_length=500)
    grounds = models.JSONField(default=dict)
    value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    observed_at = models.DateTimeField(null=True, blank=True)
    peak_value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    peak_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    upgraded_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=200, blank=True, default="")
    muted_until = models.DateTimeField(null=True, blank=True)
    muted_by = models.CharField(max_length=200, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "metric_key"],
                name="alert_open_once",
                condition=models.Q(closed_at__isnull=True, record__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["record"],
                name="alert_open_once_per_record",
                condition=models.Q(closed_at__isnull=True, record__isnull=False),
            ),
            models.CheckConstraint(
                condition=models.Q(subject__isnull=False) | models.Q(record__isnull=False),
                name="alert_is_about_something",
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="alert_newest"),
            models.Index(fields=["connector"], name="alert_open", condition=models.Q(closed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.words}"


class AlertChange(models.Model):
    """One change of an alert, in order; never changed itself."""

    class Deed(models.TextChoices):
        OPENED = "opened", _("发布")
        UPGRADED = "upgraded", _("升级")
        DOWNGRADED = "downgraded", _("降级")
        CLOSED = "closed", _("解除")
        ACKNOWLEDGED = "acknowledged", _("已知悉")
        MUTED = "muted", _("静默")
        UNMUTED = "unmuted", _("恢复提醒")

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    deed = models.CharField(max_length=12, choices=Deed.choices)
    level = models.CharField(max_length=6, choices=AlertLevel.choices)
    value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    observed_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=500, blank=True, default="")
    by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.deed}"
