from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.stamps import Stamped


class ConsentKindChoice(models.TextChoices):
    EXTENSION = "extension", _("延期")
    OVERRIDE = "override", _("人工调整颜色")
    RELEASE = "release", _("发布")
    SECOND_APPROVER = "second_approver", _("双人复核")
    RUNG = "rung", _("升级督办")


class ConsentStateChoice(models.TextChoices):
    ASKED = "asked", _("待审批")
    AGREED = "agreed", _("已同意")
    REFUSED = "refused", _("未同意")
    WITHDRAWN = "withdrawn", _("已撤回")
    LAPSED = "lapsed", _("逾期失效")


class Consent(Stamped):
    """A question that one entitled person answers with yes or no. Asked `at`, `by`; decided at most once.

    Who may decide: the holder of `approver_post`, where one is named; else whoever has `verb` for the subject's place,
    which is kept as it stood when it was asked (`scope_units` … `lead_post_id`, as in directory.services.rights.Scope).

    Attributes:
        title, link: what is asked, in plain Chinese, and where to look at it.
        params: for what happens on agreement; ids and plain values.
        lapses_at: unanswered by then, it has lapsed.
        decided_for: whom the decider stood in for (AB角), "" for nobody.
        version: rises with each change that a card shows.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    kind = models.CharField(max_length=16, choices=ConsentKindChoice.choices)
    subject_kind = models.CharField(max_length=24)
    subject_id = models.UUIDField()
    title = models.CharField(max_length=300)
    reason = models.CharField(max_length=500, blank=True, default="")
    link = models.CharField(max_length=300, blank=True, default="")
    params = models.JSONField(default=dict)
    approver_post = models.ForeignKey(
        "directory.Post", models.PROTECT, null=True, blank=True, related_name="+"
    )
    verb = models.CharField(max_length=40, blank=True, default="")
    scope_units = ArrayField(models.UUIDField(), default=list)
    member_units = ArrayField(models.UUIDField(), default=list)
    assigner_units = ArrayField(models.UUIDField(), default=list)
    office_unit_id = models.UUIDField(null=True, blank=True)
    lead_post_id = models.UUIDField(null=True, blank=True)
    state = models.CharField(
        max_length=10, choices=ConsentStateChoice.choices, default=ConsentStateChoice.ASKED
    )
    lapses_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("directory.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    decided_by_name = models.CharField(max_length=60, blank=True, default="")
    decided_by_post = models.CharField(max_length=80, blank=True, default="")
    decided_by_unit = models.CharField(max_length=120, blank=True, default="")
    decided_for = models.CharField(max_length=60, blank=True, default="")
    decision_reason = models.CharField(max_length=500, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_kind", "subject_id"],
                condition=models.Q(state="asked"),
                name="consent_one_open_per_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(approver_post__isnull=False) | ~models.Q(verb=""),
                name="consent_has_an_approver",
            ),
        ]
        indexes = [
            models.Index(fields=["verb"], condition=models.Q(state="asked"), name="consent_open_verb"),
            models.Index(
                fields=["approver_post"], condition=models.Q(state="asked"), name="consent_open_post"
            ),
            models.Index(fields=["subject_kind", "subject_id"], name="consent_subject"),
            models.Index(fields=["by", "-at"], name="consent_asked_by"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"
