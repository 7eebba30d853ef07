"""The supervision loop: published sheets, spot checks drawn by a seed, findings about quality."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.items import Item
from workflows.store.models.stamps import Stamped


class ProgressSheet(Stamped):
    """晒进度: the one table of a day as it was published. `table` is frozen; `digest` is its SHA-256."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    title = models.CharField(max_length=120)
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+", help_text="who publishes it")
    by_key = models.CharField(max_length=12)
    day = models.DateField()
    since = models.DateField()
    table = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.title


class SpotCheck(Stamped):
    """抽查: `count` subjects drawn from `pool` (their ids) by `seed`, each with an inspector."""

    class Of(models.TextChoices):
        ITEM = "item", _("事项")
        UNIT = "unit", _("单位")

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    title = models.CharField(max_length=120)
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+", help_text="who draws")
    of = models.CharField(max_length=4, choices=Of.choices)
    seed = models.CharField(max_length=64)
    pool = models.JSONField()
    pool_digest = models.CharField(max_length=64)
    inspectors = models.JSONField(help_text="staff numbers, in the order given")
    count = models.PositiveIntegerField()
    due_on = models.DateField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.title


class SpotPick(models.Model):
    """One subject that was drawn. `instead_of_name`: the inspector drawn first, related to the unit."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待核查")
        PASSED = "passed", _("核查无问题")
        FOUND = "found", _("发现问题")

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    check_of = models.ForeignKey(SpotCheck, models.CASCADE, related_name="picks")
    place = models.PositiveIntegerField()
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    inspector = models.ForeignKey("directory.Staff", models.PROTECT, related_name="+")
    instead_of_name = models.CharField(max_length=60, blank=True, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    words = models.CharField(max_length=500, blank=True, default="")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["check_of", "place"]
        constraints = [models.UniqueConstraint(fields=["check_of", "place"], name="spot_pick_once")]
        indexes = [
            models.Index(fields=["inspector"], condition=models.Q(state="waiting"), name="spot_pick_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.check_of_id} {self.place}"


class QualityFinding(Stamped):
    """A finding about an item's quality: the item is yellow while one is open, red while a serious one is."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="findings")
    pick = models.ForeignKey(SpotPick, models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=500)
    serious = models.BooleanField(default=False)
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by_name = models.CharField(max_length=60, blank=True, default="")
    cleared_by_post = models.CharField(max_length=80, blank=True, default="")
    cleared_words = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["item"], condition=models.Q(cleared_at=None), name="finding_open_item")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.text[:20]}"
