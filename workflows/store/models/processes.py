from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.stamps import Stamped


class VersionStateChoice(models.TextChoices):
    DRAFT = "draft", _("草稿")
    IN_REVIEW = "in_review", _("待审核")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class Process(models.Model):
    """An approval that staff may start, by its stable key. What it does is in its versions.

    `owner_unit`: the unit whose office gets what cannot be routed; None: the office of the starter's unit.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    category = models.CharField(max_length=40, blank=True, default="")
    description = models.CharField(max_length=500, blank=True, default="")
    owner_unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    rank = models.IntegerField(default=1000)

    class Meta:
        ordering = ["rank", "key"]

    def __str__(self) -> str:
        return self.name


class ProcessVersion(Stamped):
    """One edition of a process, frozen when it is published. Running cases keep theirs. `at`, `by`: the author.

    Attributes:
        number: 0 while a draft; from 1 in the order of publishing.
        bpmn, form, clocks, card, meta: as in the folder of a process (docs/approvals.md).
        decisions: id → {"dmn": xml, "cases": csv of its tests}; fixture: its test cases; tests: their last result.
        digest: of what runs; the same content is not published twice.
        edit: rises with each change of a draft.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    process = models.ForeignKey(Process, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=10, choices=VersionStateChoice.choices, default=VersionStateChoice.DRAFT
    )
    bpmn = models.TextField()
    form = models.JSONField(default=dict)
    clocks = models.JSONField(default=dict)
    card = models.JSONField(default=dict)
    meta = models.JSONField(default=dict)
    decisions = models.JSONField(default=dict)
    fixture = models.JSONField(default=dict)
    tests = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True, default="")
    edit = models.PositiveIntegerField(default=1)
    note = models.CharField(max_length=500, blank=True, default="")
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewer = models.ForeignKey("directory.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    reviewer_name = models.CharField(max_length=60, blank=True, default="")
    review_note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["process_id", "-number", "-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["process"], condition=models.Q(state="published"), name="process_one_published"
            ),
            models.UniqueConstraint(
                fields=["process", "number"], condition=models.Q(number__gt=0), name="process_version_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.process_id} v{self.number}"
