from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.processes import Process, ProcessVersion
from workflows.store.models.stamps import Stamped


class CaseStateChoice(models.TextChoices):
    RUNNING = "running", _("办理中")
    FINISHED = "finished", _("已办结")
    REFUSED = "refused", _("未同意")
    WITHDRAWN = "withdrawn", _("已撤回")


class TaskStateChoice(models.TextChoices):
    """`waiting`: its turn in the order has not come, or somebody was asked before it."""

    WAITING = "waiting", _("未到")
    OPEN = "open", _("待办")
    OPENED = "opened", _("已打开")
    DONE = "done", _("已办")
    RETURNED = "returned", _("已退回")
    CANCELLED = "cancelled", _("已取消")


ACTIVE = ("waiting", "open", "opened")
TO_DO = ("open", "opened")


class CaseSeries(models.Model):
    """The running number of a year's cases; taken under the row's lock."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)


class Case(models.Model):
    """One application on its way. The row is locked by every deed on it.

    Attributes:
        serial: 流水号, from the start; number: 文号, None until the process gives one.
        data: the form as filled in so far; outcomes: node → how it was last decided.
        engine_state: the engine's tree without specs; engine_version: of its form (approvals.engine).
        room_id, event_id: where it was begun from a message, "" elsewhere.
        source: the case that caused this one (分发 → 收文).
        shown: rises with each change that a list or card shows.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    process = models.ForeignKey(Process, models.PROTECT, related_name="cases")
    version = models.ForeignKey(ProcessVersion, models.PROTECT, related_name="cases")
    serial = models.CharField(max_length=24, unique=True)
    number = models.CharField(max_length=60, unique=True, null=True, blank=True)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=CaseStateChoice.choices, default=CaseStateChoice.RUNNING)
    starter = models.ForeignKey("directory.Staff", models.PROTECT, related_name="+")
    starter_post = models.ForeignKey(
        "directory.Post", models.PROTECT, null=True, blank=True, related_name="+"
    )
    starter_unit = models.ForeignKey(
        "directory.Unit", models.PROTECT, null=True, blank=True, related_name="+"
    )
    starter_name = models.CharField(max_length=60)
    starter_post_title = models.CharField(max_length=80, blank=True, default="")
    starter_unit_name = models.CharField(max_length=120, blank=True, default="")
    data = models.JSONField(default=dict)
    outcomes = models.JSONField(default=dict)
    engine_state = models.JSONField(default=dict)
    engine_version = models.PositiveSmallIntegerField(default=1)
    room_id = models.CharField(max_length=255, blank=True, default="")
    event_id = models.CharField(max_length=255, blank=True, default="")
    source = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="caused")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField()
    shown = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [
            models.Index(fields=["starter", "-started_at"], name="case_starter"),
            models.Index(fields=["starter_unit", "-started_at"], name="case_unit"),
            models.Index(fields=["process", "-started_at"], name="case_process"),
        ]

    def __str__(self) -> str:
        return f"{self.serial} {self.title}"


# One by one: PostgreSQL rewrites a list when it is restored, and the two must compare equal.
OPEN = models.Q(state="open") | models.Q(state="opened")


class CaseTask(models.Model):
    """One person's part in one node. The tasks of one visit of a node are one sign group.

    Attributes:
        engine_task: the engine's task; "" for what stands outside the drawing (a return to the starter, an answer).
        group: of the tasks that decide together; position: their order.
        kind: approve, read, fill, number, seal, distribute, register; `answer`: a dissent that the starter answers.
        assignee: None only while nobody could be found at all; post: by which post; why: in a sentence.
        is_fallback: it came here because the rule found nobody; it is handed on, not decided.
        reading: to be opened before it is decided.
        decided_for: in whose place the decider acted, "" for nobody; recorded_by: the secretary who 代录.
        answer_to: the dissent that this one answers; answer: its words, on the dissent itself.
        after: the task that comes before this one (加签).
        back_group: of a task that answers a return: the group that goes
            on when it is done; None: the case runs on from here.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="tasks")
    engine_task = models.CharField(max_length=36, blank=True, default="")
    node = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, default="approve")
    group = models.UUIDField(default=new_uuid)
    position = models.PositiveSmallIntegerField(default=0)
    assignee = models.ForeignKey("directory.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    assignee_name = models.CharField(max_length=60, blank=True, default="")
    post = models.ForeignKey("directory.Post", models.PROTECT, null=True, blank=True, related_name="+")
    post_title = models.CharField(max_length=80, blank=True, default="")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    unit_name = models.CharField(max_length=120, blank=True, default="")
    why = models.CharField(max_length=300, blank=True, default="")
    is_fallback = models.BooleanField(default=False)
    reading = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=TaskStateChoice.choices, default=TaskStateChoice.OPEN)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    urged_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    # Of the line of the trail that says so: what was decided last, whatever the clocks say.
    decided_seq = models.PositiveIntegerField(null=True, blank=True)
    decided_by = models.ForeignKey("directory.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    decided_by_name = models.CharField(max_length=60, blank=True, default="")
    decided_for = models.CharField(max_length=60, blank=True, default="")
    recorded_by = models.CharField(max_length=60, blank=True, default="")
    outcome = models.CharField(max_length=12, blank=True, default="")
    opinion = models.TextField(blank=True, default="")
    file_id = models.CharField(max_length=64, blank=True, default="")
    added_by = models.CharField(max_length=60, blank=True, default="")
    added_how = models.CharField(max_length=10, blank=True, default="")
    after = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="followed_by")
    answer_to = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="answers")
    answer = models.TextField(blank=True, default="")
    back_group = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "position", "id"]
        indexes = [
            models.Index(
                fields=["assignee", "due_at"],
                condition=OPEN,
                name="casetask_waiting",
            ),
            models.Index(
                fields=["post"],
                condition=models.Q(state="waiting") | OPEN,
                name="casetask_post",
            ),
            models.Index(fields=["decided_by", "-decided_at"], name="casetask_handled"),
            models.Index(fields=["case", "state"], name="casetask_case"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~OPEN | models.Q(assignee__isnull=False),
                name="casetask_open_has_an_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.node} {self.assignee_name}"


class CaseEntry(Stamped):
    """One line of the trail; never changed. `at`, `by`: who, as which post.

    Attributes:
        deed: start, agree, refuse, return, … (rules.case_words); act_for: in whose place.
        recorded_for: whose instruction a secretary wrote down.
        node, to_node: from where to where, with their names of that day.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="entries")
    seq = models.PositiveIntegerField()
    deed = models.CharField(max_length=20)
    node = models.CharField(max_length=80, blank=True, default="")
    node_name = models.CharField(max_length=120, blank=True, default="")
    to_node = models.CharField(max_length=80, blank=True, default="")
    to_name = models.CharField(max_length=200, blank=True, default="")
    act_for = models.CharField(max_length=60, blank=True, default="")
    recorded_for = models.CharField(max_length=60, blank=True, default="")
    opinion = models.TextField(blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")
    file_id = models.CharField(max_length=64, blank=True, default="")
    task = models.ForeignKey(CaseTask, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["case_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="caseentry_in_order")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.seq} {self.deed}"


class CaseCc(Stamped):
    """抄送: somebody may read the case, and has opened it or not. `at`, `by`: who sent it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="copies")
    staff = models.ForeignKey("directory.Staff", models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    is_read = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "staff"], name="casecc_once")]
        indexes = [models.Index(fields=["staff", "-at"], name="casecc_staff")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name}"


class CaseFile(Stamped):
    """An attachment of a case: who sees the case sees it. `field`: of the form, "" for one of an opinion."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="files")
    media_id = models.CharField(max_length=64)
    field = models.CharField(max_length=80, blank=True, default="")
    name = models.CharField(max_length=200)
    mimetype = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["case", "media_id"], name="casefile_once")]

    def __str__(self) -> str:
        return self.name


class CaseDraft(models.Model):
    """What somebody has filled in and not sent; theirs alone."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    staff = models.ForeignKey("directory.Staff", models.CASCADE, related_name="+")
    process = models.ForeignKey(Process, models.CASCADE, related_name="+")
    data = models.JSONField(default=dict)
    room_id = models.CharField(max_length=255, blank=True, default="")
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-saved_at", "id"]
        indexes = [models.Index(fields=["staff", "-saved_at"], name="casedraft_staff")]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.process_id}"


class Delegation(Stamped):
    """授权委托: `to` decides for `staff` between two moments. Empty `processes`: all. `at`, `by`: who set it."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    staff = models.ForeignKey("directory.Staff", models.CASCADE, related_name="delegations_given")
    to = models.ForeignKey("directory.Staff", models.CASCADE, related_name="delegations_held")
    processes = models.JSONField(default=list)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["-starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="delegation_in_order"
            ),
            models.CheckConstraint(condition=~models.Q(staff=models.F("to")), name="delegation_to_another"),
        ]
        indexes = [
            models.Index(fields=["to", "ends_at"], name="delegation_to"),
            models.Index(fields=["staff", "ends_at"], name="delegation_from"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} → {self.to_id}"
