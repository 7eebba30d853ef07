"""One-touch orders: what is told, whom it reaches, and how far it got with each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from workflows.store.models.stamps import Stamped


class OrderState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    APPROVED = "approved", _("已批准")
    ISSUED = "issued", _("已签发")
    CLOSED = "closed", _("已办结")
    RECALLED = "recalled", _("已撤回")


class Urgency(models.TextChoices):
    TOP = "top", _("特急")
    URGENT = "urgent", _("加急")
    NORMAL = "normal", _("平急")


class RecipientState(models.TextChoices):
    PENDING = "pending", _("待送达")
    DELIVERED = "delivered", _("已送达")
    READ = "read", _("已读")
    SIGNED_FOR = "signed_for", _("已签收")
    REPORTED = "reported", _("已反馈")
    UNREACHABLE = "unreachable", _("未触达")
    SUBSTITUTED = "substituted", _("已代签")
    DECLINED = "declined", _("已退回")


class Order(models.Model):
    """指令. `scope` names recipients by rule; at issue it is resolved and stored as rows of OrderRecipient.

    `number` is given at issue: organ code, year and a gap-free sequence. `version` rises with each correction;
    receipts of an earlier one do not count. `edit` rises with every change of a draft, so two editors cannot overwrite.
    `mandate`: the basis on which an office acts for its party committee or government. `counts` of people by state is
    kept for lists; the tree counts afresh.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    organ_code = models.CharField(max_length=12, blank=True, default="")
    number = models.CharField(max_length=40, unique=True, null=True, blank=True)
    title = models.CharField(max_length=100, blank=True, default="")
    text = models.TextField(max_length=2000, blank=True, default="")
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.NORMAL)
    sign_by = models.DateTimeField(null=True, blank=True)
    report_by = models.DateTimeField(null=True, blank=True)
    is_drill = models.BooleanField(default=False)
    drill_outside = models.BooleanField(
        default=False, help_text="a drill may also use text messages and calls"
    )
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    edit = models.PositiveIntegerField(default=1)
    shown = models.PositiveIntegerField(default=1, help_text="version of the card; rises with every change")
    scope = models.JSONField(default=dict)
    rungs = models.JSONField(default=list, help_text="[{step, minutes}], ascending")
    mandate = models.CharField(max_length=200, blank=True, default="")
    tasks = models.JSONField(
        default=list, blank=True, help_text="[{title, due_on, evidence_required}] for each unit"
    )
    taskforce = models.ForeignKey(
        "workflows.TaskForce", models.PROTECT, null=True, blank=True, related_name="+"
    )
    issuer_unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    issuer_post = models.ForeignKey("directory.Post", models.PROTECT, null=True, related_name="+")
    issuer = models.ForeignKey("directory.Staff", models.PROTECT, related_name="+")
    issuer_name = models.CharField(max_length=60)
    issuer_post_title = models.CharField(max_length=80, blank=True, default="")
    issuer_unit_name = models.CharField(max_length=120, blank=True, default="")
    approved_by_name = models.CharField(max_length=60, blank=True, default="")
    approved_by_post = models.CharField(max_length=80, blank=True, default="")
    approved_by_id = models.BigIntegerField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_hash = models.CharField(max_length=64, blank=True, default="")
    release_state = models.CharField(max_length=8, blank=True, default="", help_text="of the second approver")
    consent_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["issuer_unit", "-created_at"], name="order_of_unit"),
            models.Index(fields=["state", "-created_at"], name="order_in_state"),
        ]

    def __str__(self) -> str:
        return self.number or self.title


class OrderVersion(models.Model):
    """What was issued, frozen: the text that receipts of this version are for."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=100)
    text = models.TextField(max_length=2000)
    urgency = models.CharField(max_length=8, choices=Urgency.choices)
    sign_by = models.DateTimeField(null=True)
    report_by = models.DateTimeField(null=True)
    scope = models.JSONField()
    rungs = models.JSONField()
    reason = models.CharField(max_length=500, blank=True, default="", help_text="why it was corrected")
    digest = models.CharField(max_length=64, help_text="SHA-256 of what was issued")
    people = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField(default=0)
    issued_at = models.DateTimeField()
    issued_by_name = models.CharField(max_length=60)
    issued_by_post = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["order", "version"], name="order_version_once")]

    def __str__(self) -> str:
        return f"{self.order_id} v{self.version}"


class OrderUnit(models.Model):
    """A unit that an order reached for. Received when its responsible post or duty officer signed.

    `is_request`: it may not be commanded and was asked (商请). `by_*`: who signed for it, and how.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+", db_constraint=False)
    unit_name = models.CharField(max_length=120)
    level = models.CharField(max_length=12)
    region_id = models.CharField(max_length=12)
    place_id = models.CharField(max_length=12, help_text="the county or prefecture that it is counted in")
    expects = models.BooleanField(default=True, help_text="a responsible post was addressed")
    is_request = models.BooleanField(default=False)
    why_not_commanded = models.CharField(max_length=200, blank=True, default="")
    people = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    by_name = models.CharField(max_length=60, blank=True, default="")
    by_post = models.CharField(max_length=80, blank=True, default="")
    how = models.CharField(max_length=12, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "version", "unit"], name="order_unit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.unit_name}"


class OrderRecipient(models.Model):
    """A person as found when the order was issued, and how far it got with them.

    `why`: the rule that resolved the person, in words. `answers`: signing counts for the unit. `by_*` and `note`: who
    signed for the person, or why it came back.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, models.CASCADE, related_name="recipients")
    version = models.PositiveIntegerField()
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+", db_constraint=False)
    post = models.ForeignKey("directory.Post", models.PROTECT, related_name="+", db_constraint=False)
    staff = models.ForeignKey("directory.Staff", models.PROTECT, related_name="+", db_constraint=False)
    name = models.CharField(max_length=60)
    post_title = models.CharField(max_length=80)
    post_role = models.CharField(max_length=24)
    rank = models.IntegerField(default=1000)
    why = models.CharField(max_length=200)
    answers = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=RecipientState.choices, default=RecipientState.PENDING)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    by_name = models.CharField(max_length=60, blank=True, default="")
    by_post = models.CharField(max_length=80, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    report = models.TextField(max_length=2000, blank=True, default="")
    via = models.CharField(max_length=12, blank=True, default="")
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "version", "staff"], name="order_recipient_once"),
        ]
        indexes = [
            models.Index(fields=["order", "version", "unit"], name="order_recipient_unit"),
            models.Index(
                fields=["staff", "order"],
                name="order_recipient_open",
                # One by one: PostgreSQL rewrites a list when it is restored, and the two must compare equal.
                condition=models.Q(state="pending")
                | models.Q(state="delivered")
                | models.Q(state="read")
                | models.Q(state="unreachable"),
            ),
            models.Index(
                fields=["order", "version"],
                name="order_recipient_untold",
                condition=models.Q(state="pending"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.name}"


class OrderRung(models.Model):
    """A step of an order's ladder: one job that works in batches and remembers how far it got (`done_to`)."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    step = models.CharField(max_length=12)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    stopped = models.CharField(max_length=100, blank=True, default="", help_text="why it was not taken")
    done_to = models.BigIntegerField(default=0)
    reached = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "version", "step"], name="order_rung_once"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.step}"


class OrderAttempt(models.Model):
    """One try to reach a person over one channel, with the gateway's answer.

    Written `trying` before the gateway is asked: a crash in between is asked again under the same key.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    rung = models.ForeignKey(OrderRung, models.CASCADE, null=True, related_name="+")
    recipient = models.ForeignKey(OrderRecipient, models.CASCADE, null=True, related_name="attempts")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+", db_constraint=False)
    to_staff_id = models.BigIntegerField()
    to_name = models.CharField(max_length=60)
    channel = models.CharField(max_length=12)
    address = models.CharField(max_length=60, blank=True, default="", help_text="masked")
    state = models.CharField(max_length=12, default="trying")
    answer = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rung", "unit", "to_staff_id", "channel"], name="order_attempt_once"
            ),
        ]
        indexes = [
            models.Index(fields=["order", "version", "at"], name="order_attempts"),
            models.Index(fields=["rung"], name="order_attempt_open", condition=models.Q(state="trying")),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class OrderTick(models.Model):
    """Something changed for a unit of an order: read and removed once a second, so that deeds never wait here."""

    id = models.BigAutoField(primary_key=True)
    order_id = models.UUIDField()
    unit_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return str(self.order_id)


class OrderWatch(models.Model):
    """Whose open board is told of changes, and until when."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+")
    staff_id = models.BigIntegerField()
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "staff_id"], name="order_watch_once")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.staff_id}"


class OrderSeries(models.Model):
    """The next number of an organ code in a year: read and raised under this row's lock, so none is missing."""

    id = models.BigAutoField(primary_key=True)
    organ_code = models.CharField(max_length=12)
    year = models.PositiveIntegerField()
    next = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organ_code", "year"], name="order_series_once")]

    def __str__(self) -> str:
        return f"{self.organ_code}〔{self.year}〕{self.next}"


class OrderHistory(Stamped):
    """What happened to an order."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="history")
    act = models.CharField(max_length=20)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.act} {self.order_id}"


class OrderTemplate(models.Model):
    """A draft kept for the next time, of one unit."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    unit = models.ForeignKey("directory.Unit", models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    draft = models.JSONField()
    made_by_name = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="order_template_once")]

    def __str__(self) -> str:
        return self.name


class OrderItem(models.Model):
    """A task that came with an order (附带任务), as the item of one unit; `place` is that of Order.tasks.

    `problem`: why there is no item, or why it could not be called off.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+", db_constraint=False)
    place = models.PositiveSmallIntegerField()
    item = models.OneToOneField("workflows.Item", models.CASCADE, null=True, related_name="order_item")
    problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "unit", "place"], name="order_item_once"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.unit_id} {self.place}"


class OrderRoom(models.Model):
    """A room in which the order's card stands."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, models.CASCADE, related_name="rooms")
    room_id = models.CharField(max_length=255, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "room_id"], name="order_room_once")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.room_id}"
