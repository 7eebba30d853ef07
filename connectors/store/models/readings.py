"""What was received, as it came and as values; both are partitioned by time (connectors/store/partitions.py)."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from connectors.store.models.sources import Connector, Metric, Quality


class IntakeOutcome(models.TextChoices):
    TAKEN = "taken", _("已取用")
    PARTLY = "partly", _("部分取用")
    REFUSED = "refused", _("未能取用")


class RawIntake(models.Model):
    """One payload as it was received, kept for replay for `connector.intake_days`.

    Attributes:
        sender: the address that it came from; "" where we asked.
        digest: SHA-256 of the payload, hexadecimal.
        frames: how many frames or rows it held; rejections: what of it could not be used.
        replay_of: the row that this one took in again.
    """

    pk = models.CompositePrimaryKey("received_at", "id")
    id = models.UUIDField(editable=False)
    received_at = models.DateTimeField()
    connector = models.ForeignKey(Connector, models.CASCADE, related_name="intake")
    sender = models.CharField(max_length=120, blank=True, default="")
    payload = models.BinaryField()
    digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=8, choices=IntakeOutcome.choices)
    error = models.CharField(max_length=500, blank=True, default="")
    frames = models.PositiveIntegerField(default=1)
    items = models.PositiveIntegerField(default=0)
    rejections = models.JSONField(default=list)
    replay_of = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["connector", "-received_at"], name="raw_intake_newest"),
            models.Index(
                fields=["connector", "-received_at"],
                name="raw_intake_bad",
                condition=~models.Q(outcome="taken"),
            ),
            models.Index(fields=["id"], name="raw_intake_id"),
        ]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.outcome} {self.received_at:%Y-%m-%d %H:%M:%S}"


class StatusItem(models.Model):
    """One value as the source gave it. Changes are stored; a revision keeps the old value."""

    pk = models.CompositePrimaryKey("metric_id", "observed_at", "revision")
    metric = models.ForeignKey(Metric, models.CASCADE, related_name="items")
    observed_at = models.DateTimeField()
    revision = models.PositiveSmallIntegerField(default=0)
    value = models.DecimalField(max_digits=18, decimal_places=6)
    received_at = models.DateTimeField()
    quality = models.CharField(max_length=14, choices=Quality.choices, default=Quality.GOOD)
    source_ref = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        # What came lately, for whatever moment: rows lie in the order in which they came.
        indexes = [BrinIndex(fields=["received_at"], name="status_item_received")]

    def __str__(self) -> str:
        return f"{self.value} @ {self.observed_at:%Y-%m-%d %H:%M:%S}"


class RollUp(models.Model):
    """What a metric did in one hour or one day of its source, of values that count."""

    class Span(models.TextChoices):
        HOUR = "hour", _("小时")
        DAY = "day", _("日")

    pk = models.CompositePrimaryKey("metric_id", "span", "starts_at")
    metric = models.ForeignKey(Metric, models.CASCADE, related_name="roll_ups")
    span = models.CharField(max_length=4, choices=Span.choices)
    starts_at = models.DateTimeField()
    count = models.PositiveIntegerField()
    least = models.DecimalField(max_digits=18, decimal_places=6)
    most = models.DecimalField(max_digits=18, decimal_places=6)
    mean = models.DecimalField(max_digits=18, decimal_places=6)
    last = models.DecimalField(max_digits=18, decimal_places=6)

    def __str__(self) -> str:
        return f"{self.metric_id} {self.span} {self.starts_at:%Y-%m-%d %H}"


class Entry(models.Model):
    """A value that an officer typed in: who signed it, when; its items are marked 人工."""

    id = models.UUIDField(primary_key=True, editable=False)
    connector = models.ForeignKey(Connector, models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    staff_id = models.BigIntegerField()
    signed_by = models.CharField(max_length=200)
    rows = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connector", "digest"], name="entry_once")]

    def __str__(self) -> str:
        return f"{self.signed_by} {self.at:%Y-%m-%d %H:%M:%S}"


class Replay(models.Model):
    """Kept payloads of a stretch of time that are taken in again, as the settings are now; one that runs at a time.

    Attributes:
        only_bad: those alone that could not be used, or not wholly.
        at, at_id: how far it has come, by when a payload was received.
        stored: values and records that were new; failed: payloads that still cannot be used.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    connector = models.ForeignKey(Connector, models.CASCADE, related_name="replays")
    key = models.CharField(max_length=60)
    since = models.DateTimeField()
    until = models.DateTimeField()
    only_bad = models.BooleanField(default=True)
    asked_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()
    at_id = models.UUIDField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connector", "key"], name="replay_once"),
            models.UniqueConstraint(
                fields=["connector"],
                name="replay_one_at_a_time",
                condition=models.Q(finished_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.done}/{self.total}"
