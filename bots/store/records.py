"""What administrators keep of a bot: its rooms, budget, hooks in and out, and the calls of the last weeks."""

from django.db import models

from common.ids import new_uuid


class BotRecord(models.Model):
    """A bot as administrators see it. `number` is its account's; the built-in ones belong to no unit.

    `budget_*` is how many messages it may send; a paused bot's account is locked, on every door.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid)
    number = models.CharField(max_length=64, unique=True)
    says = models.CharField(max_length=200, blank=True, default="")
    owner_unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, related_name="+")
    owner_post = models.ForeignKey("directory.Post", models.PROTECT, null=True, related_name="+")
    budget_minute = models.PositiveIntegerField(default=300)
    budget_day = models.PositiveIntegerField(default=20_000)
    paused_at = models.DateTimeField(null=True)
    paused_by = models.CharField(max_length=120, blank=True, default="")
    is_builtin = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.number


class BotRoom(models.Model):
    """A room of the allow-list: the bot is a member, and its hooks post there and nowhere else."""

    bot = models.ForeignKey(BotRecord, models.CASCADE, related_name="rooms")
    room_id = models.CharField(max_length=255)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bot", "room_id"], name="bot_room_once")]

    def __str__(self) -> str:
        return self.room_id


class HookKind(models.TextChoices):
    OWN = "own", "同舟"
    DINGTALK = "dingtalk", "钉钉"
    WECOM = "wecom", "企业微信"
    FEISHU = "feishu", "飞书"
    SLACK = "slack", "Slack"


class Hook(models.Model):
    """An address by which a program elsewhere posts to one room.

    `token_hash` is SHA-256 of the token, which is shown once. The signing secret is never stored: it is made
    from `sign_nonce` and the site's key; an empty nonce means that calls need no signature. `addresses` are
    networks in CIDR; none means from anywhere.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid)
    bot = models.ForeignKey(BotRecord, models.CASCADE, related_name="hooks")
    kind = models.CharField(max_length=16, choices=HookKind)
    label = models.CharField(max_length=60)
    room_id = models.CharField(max_length=255)
    token_hash = models.BinaryField(max_length=32, unique=True)
    token_tail = models.CharField(max_length=4)
    sign_nonce = models.CharField(max_length=64, blank=True, default="")
    addresses = models.JSONField(default=list)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"


class PostState(models.TextChoices):
    WAITING = "waiting", "待发送"
    SENT = "sent", "已发送"
    REFUSED = "refused", "未能发送"


class HookPost(models.Model):
    """A message that was accepted and that the bots process sends, under `hook:<id>` as its transaction id.

    `key` is the caller's idempotency key, unique within `source` (the hook, or the answered call);
    `digest` tells a repeat from another content. `content` is emptied when it has been sent.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid)
    bot = models.ForeignKey(BotRecord, models.CASCADE, related_name="posts")
    source = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    room_id = models.CharField(max_length=255)
    content = models.JSONField()
    state = models.CharField(max_length=8, choices=PostState, default=PostState.WAITING)
    event_id = models.CharField(max_length=255, blank=True, default="")
    error = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="hook_post_once")]
        indexes = [
            models.Index(fields=["created_at"], name="hook_post_age"),
            models.Index(fields=["bot", "state"], name="hook_post_state"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"


class Call(models.Model):
    """One call of a hook in, kept 30 days. `reason` is empty where it was taken."""

    id = models.BigAutoField(primary_key=True)
    bot = models.ForeignKey(BotRecord, models.CASCADE, related_name="calls")
    hook = models.ForeignKey(Hook, models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=16, blank=True, default="")
    detail = models.CharField(max_length=200, blank=True, default="")
    address = models.CharField(max_length=45, blank=True, default="")
    post = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["bot", "-id"], name="bot_call_newest")]

    def __str__(self) -> str:
        return f"{self.at} {self.status} {self.reason}"


class Spend(models.Model):
    """How many messages a bot has sent, or wanted to send beyond its budget, in one minute."""

    bot = models.ForeignKey(BotRecord, models.CASCADE, related_name="spends")
    minute = models.DateTimeField()
    sent = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bot", "minute"], name="bot_spend_minute")]

    def __str__(self) -> str:
        return f"{self.minute} {self.sent}"


class OutHook(models.Model):
    """An address elsewhere that is told what happens in the bot's rooms.

    `events` holds of "mention", "card_action", "command"; `commands` [{"name", "says"}] for slash commands.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid)
    bot = models.ForeignKey(BotRecord, models.CASCADE, related_name="outs")
    label = models.CharField(max_length=60)
    url = models.CharField(max_length=1000)
    events = models.JSONField(default=list)
    commands = models.JSONField(default=list)
    sign_nonce = models.CharField(max_length=64)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.url


class OutState(models.TextChoices):
    WAITING = "waiting", "待送达"
    DELIVERED = "delivered", "已送达"
    DEAD = "dead", "未能送达"


class OutCall(models.Model):
    """One event on its way to an address elsewhere; `id` is the id that the receiver tells repeats by."""

    id = models.UUIDField(primary_key=True, default=new_uuid)
    out = models.ForeignKey(OutHook, models.CASCADE, related_name="calls")
    room_id = models.CharField(max_length=255)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=16)
    body = models.JSONField()
    state = models.CharField(max_length=10, choices=OutState, default=OutState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["out", "room_id", "event_id"], name="out_call_once"),
        ]
        indexes = [models.Index(fields=["out", "state", "-created_at"], name="out_call_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class ScheduledRun(models.Model):
    """A slot of a bot's schedule that has been taken: each is run once, whoever leads."""

    bot = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    slot = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bot", "name", "slot"], name="scheduled_run_once")]

    def __str__(self) -> str:
        return f"{self.bot} {self.name} {self.slot}"
