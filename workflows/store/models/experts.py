from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.items import Item
from workflows.store.models.taskforces import TaskForce


class ExpertKind(models.TextChoices):
    GOVERNMENT = "government", _("政府专家")
    COMPANY = "company", _("企业技术人员")
    RESEARCH = "research", _("科研人员")


class ForceExpert(models.Model):
    """An outside member: marked, and gone on `expires_on` at the latest (that day is still theirs)."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.CASCADE, related_name="experts")
    staff = models.ForeignKey("directory.Staff", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=ExpertKind.choices)
    organisation = models.CharField(max_length=100)
    field = models.CharField(max_length=100, blank=True, default="")
    joined_at = models.DateTimeField()
    expires_on = models.DateField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["taskforce", "joined_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["taskforce", "staff"], condition=models.Q(left_at__isnull=True), name="expert_once"
            )
        ]
        indexes = [models.Index(fields=["staff", "expires_on"], name="expert_staff")]

    def __str__(self) -> str:
        return f"{self.taskforce_id} {self.staff_id}"


class ReviewState(models.TextChoices):
    QUESTION = "question", _("已提出")
    INVITED = "invited", _("已邀请，待专家申报")
    OPINIONS = "opinions", _("征集意见中")
    CONCLUSION = "conclusion", _("已形成结论，待决定")
    ADOPTED = "adopted", _("已采纳")
    NOT_ADOPTED = "not_adopted", _("未采纳")


class ExpertReview(models.Model):
    """专家论证 of one question."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.PROTECT, related_name="reviews")
    number = models.PositiveIntegerField()
    question = models.TextField(max_length=2000)
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, choices=ReviewState.choices, default=ReviewState.QUESTION)
    conclusion = models.TextField(max_length=5000, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        ordering = ["taskforce", "-number"]
        constraints = [models.UniqueConstraint(fields=["taskforce", "number"], name="review_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.question[:20]}"


class ReviewInvitation(models.Model):
    """An expert's part: the declaration of interests first, then the opinion."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    review = models.ForeignKey(ExpertReview, models.CASCADE, related_name="invitations")
    expert = models.ForeignKey(ForceExpert, models.PROTECT, related_name="invitations")
    invited_at = models.DateTimeField()
    has_conflict = models.BooleanField(null=True, blank=True)
    declaration = models.CharField(max_length=500, blank=True, default="")
    declared_at = models.DateTimeField(null=True, blank=True)
    opinion = models.TextField(max_length=5000, blank=True, default="")
    opinion_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["review", "invited_at", "id"]
        constraints = [models.UniqueConstraint(fields=["review", "expert"], name="invitation_once")]

    def __str__(self) -> str:
        return f"{self.review_id} {self.expert_id}"
