"""What other systems told us: where it came from, when they measured it, when we got it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from directory.store.models import Staff, Unit


class Kind(models.TextChoices):
    """How a source speaks; each kind has an adapter (connectors/adapters)."""

    REST = "rest", _("REST 接口")
    SQL = "sql", _("数据库视图")
    FILE = "file", _("文件")
    WEBHOOK = "webhook", _("签名推送")
    MQTT = "mqtt", _("MQTT 订阅")
    HJ212 = "hj212", _("HJ 212 污染源")
    SL651 = "sl651", _("SL 651 水文遥测")
    CAP = "cap", _("CAP 预警")
    PROMETHEUS = "prometheus", _("Prometheus 指标")
    MANUAL = "manual", _("人工填报")


class Health(models.TextChoices):
    """How the last pulls went."""

    WAITING = "waiting", _("尚未取数")
    OK = "ok", _("正常")
    FAILING = "failing", _("取数失败")


class Freshness(models.TextChoices):
    """How old a subject's newest reading is, by the limits of its connector. Old is never shown as fresh."""

    FRESH = "fresh", _("新鲜")
    STALE = "stale", _("偏旧")
    LOST = "lost", _("失联")


class Quality(models.TextChoices):
    """What a source, or the person who typed it, says of a value. See `counts` in connectors/quality.py."""

    GOOD = "good", _("正常")
    REVISED = "revised", _("更正")
    ENTERED = "entered", _("人工")
    DERIVED = "derived", _("推算")
    STOPPED = "stopped", _("停运")
    MAINTENANCE = "maintenance", _("维护")
    SET_BY_HAND = "set_by_hand", _("手工设定")
    FAULTY = "faulty", _("设备故障")
    CALIBRATION = "calibration", _("校准")
    OVER_RANGE = "over_range", _("超量程")
    NO_CONTACT = "no_contact", _("通信中断")


class Outcome(models.TextChoices):
    TAKEN = "taken", _("已取数")
    UNCHANGED = "unchanged", _("无变化")
    FAILED = "failed", _("失败")


class Connector(models.Model):
    """One source. `config` is read by the adapter of its kind (connectors/adapters); it holds no secret.

    `fresh_for_s`, `lost_after_s`: a reading older than these is stale, then lost. `cursor` is what the
    adapter keeps between two pulls. `claimed_until` lets one pull run at a time; it ends by itself after a
    crash.

    Attributes:
        owner: who answers for it in the owning unit.
        secrets: name → secret as one encrypted text (connectors.services.secrets); never shown again.
        sources: networks and hosts that may push to it; empty: nobody may.
        field_allow_list: the source's own names of fields that may be taken; empty: all.
        derived: values that are computed of others (connectors/derived.py).
        stages: code of the source → {"state", "name"} for records; a code that is not here is refused.
        write_back: where results of its records go; empty: nowhere.
        officers: only direct messages to these may carry its cards; none named: rooms may.
        missing_level: the colour of the alert when a subject is lost; "": none.
        day_starts_hour: when its day begins for daily figures (hydrology: 8).
        intake_days, item_days: how long what was received, and its values, are kept.
        paused_why: the operator's reason while it is switched off.
        removed_at: since then it is neither asked, listened to nor shown; what it said stays until its days are over.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    owner_unit = models.ForeignKey(Unit, models.PROTECT, related_name="connectors")
    owner = models.ForeignKey(Staff, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.REST)
    config = models.JSONField(default=dict)
    secrets = models.TextField(blank=True, default="")
    sources = models.JSONField(default=list, blank=True)
    field_allow_list = models.JSONField(default=list, blank=True)
    derived = models.JSONField(default=list, blank=True)
    stages = models.JSONField(default=dict, blank=True)
    write_back = models.JSONField(default=dict, blank=True)
    officers = models.ManyToManyField(Staff, blank=True, related_name="+")
    missing_level = models.CharField(max_length=6, blank=True, default="yellow")
    day_starts_hour = models.PositiveSmallIntegerField(default=0)
    intake_days = models.PositiveSmallIntegerField(default=7)
    item_days = models.PositiveSmallIntegerField(default=800)
    interval_s = models.PositiveIntegerField(default=60)
    fresh_for_s = models.PositiveIntegerField(default=600)
    lost_after_s = models.PositiveIntegerField(default=3600)
    is_enabled = models.BooleanField(default=True)
    paused_why = models.CharField(max_length=200, blank=True, default="")
    removed_at = models.DateTimeField(null=True, blank=True)
    health = models.CharField(max_length=12, choices=Health.choices, default=Health.WAITING)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, default="")
    last_pulled_at = models.DateTimeField(null=True, blank=True)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    cursor = models.JSONField(default=dict)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "key"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lost_after_s__gte=models.F("fresh_for_s"), interval_s__gte=1),
                name="connector_limits_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(day_starts_hour__lte=23, intake_days__gte=1, item_days__gte=1),
                name="connector_keeps_something",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Subject(models.Model):
    """What a source measures: a station, an outlet, a project. `code` is the source's own."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    connector = models.ForeignKey(Connector, models.CASCADE, related_name="subjects")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    place = models.CharField(max_length=120, blank=True, default="")
    observed_at = models.DateTimeField(null=True, blank=True, help_text="of the newest reading")
    freshness = models.CharField(max_length=8, choices=Freshness.choices, default=Freshness.FRESH)
    freshness_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["connector", "code"], name="subject_once")]

    def __str__(self) -> str:
        return f"{self.place}{self.name}"


class Metric(models.Model):
    """One measured quantity of one subject, with its newest value at hand.

    `decimals` is how many are shown. `warning` and `guarantee` are upper limits in `unit` (警戒, 保证).
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="metrics")
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    unit = models.CharField(max_length=30)
    decimals = models.PositiveSmallIntegerField(default=2)
    rank = models.PositiveSmallIntegerField(default=0)
    near_margin = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    warning = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    guarantee = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    observed_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    stored_at = models.DateTimeField(null=True, blank=True, help_text="observation time of the newest item")
    quality = models.CharField(max_length=14, choices=Quality.choices, default=Quality.GOOD)

    class Meta:
        ordering = ["rank", "key"]
        constraints = [models.UniqueConstraint(fields=["subject", "key"], name="metric_once")]

    def __str__(self) -> str:
        return f"{self.name}（{self.unit}）"


class PullRun(models.Model):
    """One call of a source. `sample` is the beginning of a payload that could not be used."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    connector = models.ForeignKey(Connector, models.CASCADE, related_name="runs")
    started_at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    error_code = models.CharField(max_length=40, blank=True, default="")
    error = models.CharField(max_length=500, blank=True, default="")
    rows_taken = models.PositiveIntegerField(default=0)
    rows_rejected = models.PositiveIntegerField(default=0)
    rejections = models.JSONField(default=list)
    sample = models.CharField(max_length=2000, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["connector", "-started_at"], name="pull_run_newest")]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.outcome} {self.started_at:%Y-%m-%d %H:%M:%S}"


class Shows(models.TextChoices):
    STATUS = "status", _("状态卡片")
    ALERTS = "alerts", _("预警")
    RECORDS = "records", _("事项")
    BRIEF = "brief", _("每日简报")


def every_card() -> list[str]:
    return [Shows.STATUS, Shows.ALERTS, Shows.RECORDS]


class Subscription(models.Model):
    """A room that wants the state of a source. No subjects named means all of them.

    Attributes:
        filter: {"metrics": [key…], "least": level, "places": [text…], "kinds": [record kind…]}; a key that is
            left out lets everything through.
        what: which cards it gets, values of `Shows`.
        when: {"from": "07:00", "to": "22:00", "days": [1…7]} for status cards and {"brief_days": [1…7],
            "brief_at": "08:00"}; alerts come at any time.
        masks: keys of metrics and of record fields whose values this room sees as ***.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    room_id = models.CharField(max_length=255)
    connector = models.ForeignKey(Connector, models.CASCADE, related_name="subscriptions")
    subjects = models.ManyToManyField(Subject, blank=True, related_name="subscriptions")
    filter = models.JSONField(default=dict, blank=True)
    what = models.JSONField(default=every_card)
    when = models.JSONField(default=dict, blank=True)
    masks = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room_id", "connector"], name="subscription_once_per_room"),
        ]

    def __str__(self) -> str:
        return f"{self.connector_id} → {self.room_id}"
