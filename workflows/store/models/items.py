from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.ledgers import Ledger
from workflows.store.models.stamps import Stamped
from workflows.store.models.taskforces import TaskForce


class ItemStateChoice(models.TextChoices):
    REGISTERED = "registered", _("待交办")
    DISPATCHED = "dispatched", _("待签收")
    SIGNED_FOR = "signed_for", _("已签收")
    IN_PROGRESS = "in_progress", _("办理中")
    REPORTED = "reported", _("已报完成，待核查")
    CLOSED = "closed", _("已办结")
    RETURNED = "returned", _("已退回，待重新交办")
    SUSPENDED = "suspended", _("已暂停")
    CANCELLED = "cancelled", _("已取消")
    ACCEPTED = "accepted", _("已验收，待办结")
    CHECKED = "checked", _("已核查，待办结")
    RECTIFYING = "rectifying", _("整改中")
    STRUCK_OFF = "struck_off", _("已销号")
    ARCHIVED = "archived", _("已归档")


class ColourChoice(models.TextChoices):
    RED = "red", _("红")
    YELLOW = "yellow", _("黄")
    GREEN = "green", _("绿")
    GREY = "grey", _("灰")


class ItemSource(models.TextChoices):
    TYPED = "typed", _("录入")
    IMPORT = "import", _("导入")
    MESSAGE = "message", _("来自消息")
    PASTE = "paste", _("粘贴")
    PARENT = "parent", _("分解")
    SERIES = "series", _("周期事项")
    MEETING = "meeting", _("会议议定")
    ALERT = "alert", _("预警")
    ORDER = "order", _("指令附带")


class ItemKind(models.TextChoices):
    PROJECT = "project", _("项目任务")
    MAJOR_DECISION = "major_decision", _("重大决策")
    LIVELIHOOD = "livelihood", _("民生实事")
    INSTRUCTION = "instruction", _("领导批示")
    MEETING_DECISION = "meeting_decision", _("会议议定事项")
    ALERT = "alert", _("预警转办")
    MESSAGE = "message", _("消息转办")
    PROPOSAL = "proposal", _("建议提案")
    ORDER = "order", _("指令任务")


class Item(models.Model):
    """事项 of a task force or of a ledger, one of the two. `number` is its short number, unique and rising there.

    `supervisor_unit` and `supervisor` press it (督办); of a part of a larger item it is the unit that split it up.
    `details` holds the fields of its kind (workflows/data/item_types.csv). `previous` is the item of its series
    before it. `origin_*` say from which message it came.

    The colour and the words that explain it are stored with the rule's version. `colour…` is what is shown,
    `computed_…` what the figures say; they differ while an override holds (`overridden`). `colour_changes` counts
    the changes of the shown colour. `fell_behind_on` is the first yellow or red day that nobody has looked at since.
    `version` rises with every
    change that a card shows. `first_due_on` is the due date of the first dispatch and never changes
    afterwards.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    taskforce = models.ForeignKey(TaskForce, models.PROTECT, null=True, blank=True, related_name="items")
    ledger = models.ForeignKey(Ledger, models.PROTECT, null=True, blank=True, related_name="items")
    number = models.PositiveIntegerField()
    formal_number = models.CharField(max_length=40, null=True, blank=True, unique=True)
    kind = models.CharField(max_length=20, choices=ItemKind.choices, default=ItemKind.PROJECT)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    weight = models.PositiveIntegerField(default=1)
    details = models.JSONField(default=dict, blank=True)
    list_seq = models.PositiveIntegerField(null=True, blank=True, help_text="number in the imported list")
    title = models.CharField(max_length=200)
    category = models.CharField(max_length=50, blank=True, default="")
    budget_wan = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    source = models.CharField(max_length=8, choices=ItemSource.choices, default=ItemSource.TYPED)
    lead_unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    supporting_units = models.ManyToManyField("directory.Unit", blank=True, related_name="+")
    handler = models.ForeignKey("directory.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    supervisor_unit = models.ForeignKey(
        "directory.Unit", models.PROTECT, null=True, blank=True, related_name="+"
    )
    supervisor = models.ForeignKey("directory.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    origin_room_id = models.CharField(max_length=255, blank=True, default="")
    origin_event_id = models.CharField(max_length=255, blank=True, default="")
    origin_text = models.TextField(max_length=2000, blank=True, default="")
    origin_sender = models.CharField(max_length=160, blank=True, default="")
    evidence_required = models.BooleanField(default=False)
    recurrence = models.JSONField(null=True, blank=True)
    report_every_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="反馈频次 in natural days; null: as the rule table says"
    )
    previous = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="next")
    starts_on = models.DateField()
    due_on = models.DateField()
    first_due_on = models.DateField()
    state = models.CharField(
        max_length=12, choices=ItemStateChoice.choices, default=ItemStateChoice.REGISTERED
    )
    percent = models.PositiveSmallIntegerField(default=0)
    rejected_in_a_row = models.PositiveSmallIntegerField(default=0)
    serious_fact = models.BooleanField(default=False)
    quality_finding = models.BooleanField(default=False)
    data_contradict = models.BooleanField(default=False)
    colour = models.CharField(max_length=6, choices=ColourChoice.choices, default=ColourChoice.GREY)
    colour_reason = models.CharField(max_length=24, default="not_dispatched")
    colour_because = models.CharField(max_length=1000, default="")
    colour_chip = models.CharField(max_length=24, default="")
    colour_since = models.DateTimeField()
    colour_changes = models.PositiveIntegerField(default=0)
    computed_colour = models.CharField(max_length=6, choices=ColourChoice.choices, default=ColourChoice.GREY)
    computed_reason = models.CharField(max_length=24, default="not_dispatched")
    computed_because = models.CharField(max_length=200, default="")
    computed_chip = models.CharField(max_length=24, default="")
    overridden = models.BooleanField(default=False)
    override_ends_on = models.DateField(null=True, blank=True)
    planned_percent = models.PositiveSmallIntegerField(default=0)
    rule_version = models.PositiveIntegerField()
    behind_since = models.DateField(null=True, blank=True)
    fell_behind_on = models.DateField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    last_report_at = models.DateTimeField(null=True, blank=True)
    last_change_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    suspended_on = models.DateField(null=True, blank=True)
    suspended_days = models.PositiveIntegerField(default=0, help_text="natural days, all pauses together")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["number", "id"]
        constraints = [
            models.UniqueConstraint(fields=["taskforce", "number"], name="item_number_once"),
            models.UniqueConstraint(fields=["ledger", "number"], name="item_number_once_in_ledger"),
            models.CheckConstraint(
                condition=models.Q(taskforce__isnull=True, ledger__isnull=False)
                | models.Q(taskforce__isnull=False, ledger__isnull=True),
                name="item_has_one_home",
            ),
            models.CheckConstraint(condition=models.Q(weight__gte=1), name="item_weight_at_least_1"),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("id")),
                name="item_not_its_own_parent",
            ),
            models.CheckConstraint(condition=models.Q(percent__lte=100), name="item_percent_at_most_100"),
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("starts_on")), name="item_dates_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["lead_unit", "state"], name="item_unit_state"),
            models.Index(fields=["taskforce", "state"], name="item_force_state"),
            models.Index(fields=["ledger", "state"], name="item_ledger_state"),
            models.Index(fields=["supervisor_unit", "state"], name="item_supervisor_state"),
            models.Index(fields=["supervisor"], name="item_supervisor"),
            models.Index(fields=["handler"], name="item_handler"),
            models.Index(fields=["origin_room_id"], name="item_origin_room"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def home(self) -> TaskForce | Ledger:
        found = self.taskforce or self.ledger
        if found is None:
            raise LookupError("an item has one home; the table has a constraint for it")
        return found

    @property
    def home_name(self) -> str:
        return self.home.name

    @property
    def home_room_id(self) -> str:
        return self.home.room_id

    @property
    def room_ids(self) -> tuple[str, ...]:
        """Where its card stays: the room of its home and the room that it came from."""
        return tuple(dict.fromkeys(one for one in (self.home_room_id, self.origin_room_id) if one))

    @property
    def is_supervised(self) -> bool:
        """Whether the moves of domain §11 hold for it, and not those of §8."""
        return self.ledger is not None and self.ledger.kind == "supervision"


class Milestone(models.Model):
    """A node of an item's plan. `percent` is what the whole has reached with it; `first_due_on` never
    changes.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="milestones")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    due_on = models.DateField()
    first_due_on = models.DateField()
    percent = models.PositiveSmallIntegerField()
    done_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["item", "position"]
        constraints = [models.UniqueConstraint(fields=["item", "position"], name="milestone_position_once")]

    def __str__(self) -> str:
        return self.name


class ReportState(models.TextChoices):
    TAKEN = "taken", _("已收")
    RETURNED = "returned", _("已退回")


class ProgressReport(Stamped):
    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="reports")
    percent = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=2000, blank=True, default="")
    state = models.CharField(max_length=8, choices=ReportState.choices, default=ReportState.TAKEN)
    returned_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["item", "at"]
        indexes = [models.Index(fields=["item", "-at"], name="report_item_at")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.percent}%"


class ExtensionStateChoice(models.TextChoices):
    ASKED = "asked", _("待审批")
    AGREED = "agreed", _("已同意")
    RETURNED = "returned", _("已退回")


class Extension(Stamped):
    """延期: asked (`at`, `by`) and decided. `old_due_on` keeps what held before."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="extensions")
    old_due_on = models.DateField()
    new_due_on = models.DateField()
    reason = models.CharField(max_length=500)
    state = models.CharField(
        max_length=8, choices=ExtensionStateChoice.choices, default=ExtensionStateChoice.ASKED
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=60, blank=True, default="")
    decided_by_post = models.CharField(max_length=80, blank=True, default="")
    decided_by_unit = models.CharField(max_length=120, blank=True, default="")
    decision_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["item", "at"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(state="asked"), name="extension_one_open_per_item"
            ),
            models.CheckConstraint(
                condition=models.Q(new_due_on__gt=models.F("old_due_on")), name="extension_is_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.new_due_on}"


class ItemHistory(Stamped):
    """One line of an item's history: what was done, from which state to which, with what."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="history")
    act = models.CharField(max_length=24)
    from_state = models.CharField(max_length=12, blank=True, default="")
    to_state = models.CharField(max_length=12, blank=True, default="")
    text = models.CharField(max_length=500, blank=True, default="")
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ["item", "at", "id"]
        indexes = [models.Index(fields=["item", "at"], name="item_history_at")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.act}"
