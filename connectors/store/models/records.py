"""Records: matters of another system that move through stages, such as a project, a clue or a case."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from connectors.store.models.sources import Connector


class RecordState(models.TextChoices):
    """Our words for a source's codes; there is no 'unknown': a code that is not mapped is refused."""

    OPEN = "open", _("待处理")
    IN_PROGRESS = "in_progress", _("办理中")
    CLOSED = "closed", _("已办结")
    WITHDRAWN = "withdrawn", _("已撤回")


class Record(models.Model):
    """One matter, found by the source's own id. Its stages are RecordStage.

    Attributes:
        aliases: earlier ids of the same matter, where the source gives a new one to each update.
        fields: label → text, as the source says it.
        limit_days: working days that the source allows; level: the colour of a warning, else "".
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    connector = models.ForeignKey(Connector, models.CASCADE, related_name="records")
    source_id = models.CharField(max_length=120)
    aliases = models.JSONField(default=list, blank=True)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    stage = models.CharField(max_length=60)
    state = models.CharField(max_length=12, choices=RecordState.choices)
    stage_at = models.DateTimeField()
    owner_unit = models.CharField(max_length=120, blank=True, default="")
    place = models.CharField(max_length=120, blank=True, default="")
    limit_days = models.PositiveSmallIntegerField(null=True, blank=True)
    level = models.CharField(max_length=6, blank=True, default="")
    link = models.CharField(max_length=500, blank=True, default="")
    fields = models.JSONField(default=dict, blank=True)
    received_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connector", "source_id"], name="record_once")]
        indexes = [models.Index(fields=["connector", "-stage_at", "-id"], name="record_newest")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.title}"


class RecordStage(models.Model):
    """One stage of a record's timeline; the same code at the same moment counts once."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    record = models.ForeignKey(Record, models.CASCADE, related_name="stages")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    state = models.CharField(max_length=12, choices=RecordState.choices)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["at", "received_at", "id"]
        constraints = [models.UniqueConstraint(fields=["record", "code", "at"], name="record_stage_once")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.name}"


class WriteBack(models.Model):
    """A result that goes back to the source under its own id; tried until it is taken."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待回写")
        SENT = "sent", _("已回写")
        REFUSED = "refused", _("对方拒收")

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    record = models.ForeignKey(Record, models.CASCADE, related_name="write_backs")
    key = models.CharField(max_length=120)
    result = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "key"], name="write_back_once")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.state}"
