"""Attached apps 接入应用: their keys, what they put before people, and the rooms that they opened."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from directory.store.models import Staff, Unit


class AttachedApp(models.Model):
    """A program of another system. It signs each call with its secret, which is kept encrypted.

    Attributes:
        key: its AppKey, public; secret: encrypted (connectors.services.secrets), shown once when it is made.
        owner: the person in whose name it opens rooms.
        calls_per_minute: beyond that its calls are answered 429, and nobody else's.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    owner = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    secret = models.TextField()
    calls_per_minute = models.PositiveIntegerField(default=120)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class AppCall(models.Model):
    """A signature that was used, so that it cannot be used again; and the count of a minute."""

    app = models.ForeignKey(AttachedApp, models.CASCADE, related_name="calls")
    nonce = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "nonce"], name="app_call_once")]
        indexes = [models.Index(fields=["app", "at"], name="app_call_age")]

    def __str__(self) -> str:
        return f"{self.app_id} {self.at:%Y-%m-%d %H:%M:%S}"


class AppTally(models.Model):
    """How often an app did one deed in one minute, by how it ended: `reason` is "" where it was taken.

    `detail` is the last refusal's field and sentence.
    """

    app = models.ForeignKey(AttachedApp, models.CASCADE, related_name="tallies")
    minute = models.DateTimeField()
    deed = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, blank=True, default="")
    count = models.PositiveIntegerField(default=0)
    detail = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-minute", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["app", "minute", "deed", "reason"], name="app_tally_once")
        ]

    def __str__(self) -> str:
        return f"{self.app_id} {self.deed} {self.count}"


class AppPending(models.Model):
    """Something that an app asks one person to do in the app; done when the app says so."""

    class State(models.TextChoices):
        OPEN = "open", _("待办")
        DONE = "done", _("已办")
        CANCELLED = "cancelled", _("已取消")

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    app = models.ForeignKey(AttachedApp, models.CASCADE, related_name="pending")
    external_id = models.CharField(max_length=120)
    person = models.ForeignKey(Staff, models.CASCADE, related_name="+")
    title = models.CharField(max_length=200)
    link = models.CharField(max_length=500)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["app", "external_id", "person"], name="app_pending_once"),
        ]
        indexes = [
            models.Index(
                fields=["person", "due_at"], name="app_pending_open", condition=models.Q(state="open")
            )
        ]

    def __str__(self) -> str:
        return self.title


class AppRoom(models.Model):
    """A room that an app opened for one of its cases; one for each case."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    app = models.ForeignKey(AttachedApp, models.CASCADE, related_name="rooms")
    external_id = models.CharField(max_length=120)
    room_id = models.CharField(max_length=255)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "external_id"], name="app_room_once")]

    def __str__(self) -> str:
        return self.room_id
