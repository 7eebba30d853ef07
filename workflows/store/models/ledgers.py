from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.rules.colours import DEFAULT_RULE


class LedgerKind(models.TextChoices):
    UNIT = "unit", _("单位台账")
    SUPERVISION = "supervision", _("督办台账")


class Ledger(models.Model):
    """台账: where a unit keeps items that belong to no task force.

    A supervision ledger follows the moves of supervised items (domain §11), a unit's own those of tasks (§8).
    `next_number` is read and raised under this row's lock only. With an `organ_code` its items get a formal number.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    name = models.CharField(max_length=100)
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    organ_code = models.CharField(max_length=12, blank=True, default="", help_text="机关代字, such as 咸政督")
    kind = models.CharField(max_length=12, choices=LedgerKind.choices, default=LedgerKind.UNIT)
    room_id = models.CharField(max_length=255, blank=True, default="", db_index=True)
    next_number = models.PositiveIntegerField(default=1)
    rule_version = models.PositiveIntegerField(default=DEFAULT_RULE.version)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("directory.Staff", models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="ledger_name_once_in_unit")]

    def __str__(self) -> str:
        return self.name


class FormalSeries(models.Model):
    """督〔2026〕n号, 咸政发〔2026〕n号: the next number per organ code and year, read and raised under this row's lock
    only. Items of ledgers and documents count in the same series.
    """

    organ_code = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    next = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organ_code", "year"], name="formal_series_once")]

    def __str__(self) -> str:
        return f"{self.organ_code}{self.year}"


class FormalNumber(models.Model):
    """One number that was given, to an item of a ledger or to a document (`case_id`).

    A void one stays, with the reason: the series has no gap. A document has one number that is not void.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    organ_code = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    text = models.CharField(max_length=40, unique=True)
    ledger = models.ForeignKey(Ledger, models.PROTECT, null=True, blank=True, related_name="numbers")
    case_id = models.UUIDField(null=True, blank=True)
    title = models.CharField(max_length=200)
    given_at = models.DateTimeField()
    given_by_name = models.CharField(max_length=60, blank=True, default="")
    void_at = models.DateTimeField(null=True, blank=True)
    void_by_name = models.CharField(max_length=60, blank=True, default="")
    void_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["organ_code", "year", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["organ_code", "year", "sequence"], name="formal_number_once"),
            models.UniqueConstraint(
                fields=["case_id"], condition=models.Q(void_at__isnull=True), name="document_number_once"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class OrganCode(models.Model):
    """机关代字 of documents. `unit` keeps its numbers: its office alone gives and voids them."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    code = models.CharField(max_length=12, unique=True)
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    title = models.CharField(max_length=60, help_text="in whose name, such as 市政府文件")
    created_at = models.DateTimeField()
    created_by_name = models.CharField(max_length=60, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code
