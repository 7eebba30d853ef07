"""Tables of floor 0: clock offset, timers, audit trail."""

from django.db import models


class ClockOffset(models.Model):
    """One row: seconds added to the real clock by all processes under `TZ_CLOCK=db`."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seconds = models.FloatField(default=0)


class Timer(models.Model):
    key = models.TextField(unique=True)
    due_at = models.DateTimeField(db_index=True)
    task = models.TextField()
    args = models.JSONField(default=dict)


class AuditEntry(models.Model):
    """Who, as which post, did what to what, when; ids and names as text, since the rows outlive what they name.

    `seal_no`, `previous_hash` and `hash` are filled by the sealer within seconds of the commit; a trigger refuses any
    other change and all deletion.
    """

    at = models.DateTimeField()
    staff_number = models.TextField(blank=True)
    name = models.TextField(blank=True)
    post_title = models.TextField(blank=True)
    unit_name = models.TextField(blank=True)
    door = models.TextField(blank=True)
    verb = models.TextField()
    subject = models.TextField()
    subject_id = models.TextField()
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    seal_no = models.BigIntegerField(null=True, unique=True)
    previous_hash = models.BinaryField(null=True)
    hash = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "subject_id"]),
            models.Index(fields=["staff_number", "at"]),
        ]
