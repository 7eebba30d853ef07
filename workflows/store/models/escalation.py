from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.items import Item
from workflows.store.models.stamps import Stamped


class RungChoice(models.TextChoices):
    YELLOW_LETTER = "yellow_letter", _("黄牌提醒函")
    RED_LETTER = "red_letter", _("红牌整改通知")
    CIRCULAR = "circular", _("通报")
    TALK = "talk", _("约谈")
    ACCOUNTABILITY = "accountability", _("移送问责")


class EscalationStep(Stamped):
    """A rung that was taken: asked for (`at`, `by`), agreed by a named approver, numbered. `cycle` rises with each
    reopening of the item, so that a second round starts from below.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="escalation")
    cycle = models.PositiveSmallIntegerField(default=1)
    rung = models.CharField(max_length=16, choices=RungChoice.choices)
    number = models.CharField(max_length=40, unique=True)
    text = models.TextField(max_length=2000)
    consent_id = models.UUIDField(unique=True)
    approved_at = models.DateTimeField()
    approved_by_name = models.CharField(max_length=60)
    approved_by_post = models.CharField(max_length=80, blank=True, default="")
    approved_by_unit = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["item", "approved_at"]
        constraints = [
            models.UniqueConstraint(fields=["item", "cycle", "rung"], name="escalation_rung_once"),
        ]

    def __str__(self) -> str:
        return self.number


class LetterSeries(models.Model):
    """督黄〔2026〕n号: the next number per code word and year, read and raised under this row's lock only."""

    code = models.CharField(max_length=16)
    year = models.PositiveSmallIntegerField()
    next = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "year"], name="letter_series_once")]

    def __str__(self) -> str:
        return f"{self.code}{self.year}"
