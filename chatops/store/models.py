"""Tables of rooms, events and delivery.

Rooms and people carry bigint keys inside, because the hot path numbers, joins and partitions by them; their public ids
are Matrix's. `Event` is hash-partitioned by room and has no foreign keys: others keep (room_id, seq). Its partitions,
indexes and the append function are made by SQL in the migrations (decisions 16).
"""

from django.conf import settings
from django.db import models

from common.ids import new_uuid


class RoomKind(models.TextChoices):
    DIRECT = "direct"
    UNIT = "unit"
    WORK = "work"
    TASKFORCE = "taskforce"
    EMERGENCY = "emergency"
    MEETING = "meeting"
    DUTY = "duty"
    NOTICE = "notice"


class MembershipState(models.TextChoices):
    INVITE = "invite"
    JOIN = "join"
    LEAVE = "leave"
    BAN = "ban"
    KNOCK = "knock"


class Notify(models.TextChoices):
    ALL = "all"
    MENTIONS = "mentions"


class Room(models.Model):
    """A conversation. `last_seq` numbers its events from 1 without gaps; `n` is the running count of countable ones.

    `member_rule`: who belongs to it by the directory, see services/standing.py; null for rooms kept by hand.
    `recall_minutes`: how long one may take one's own message back; null for the site's setting.
    """

    room_id = models.TextField(unique=True)
    kind = models.TextField(choices=RoomKind)
    name = models.TextField()
    purpose = models.TextField(blank=True)
    owner_post = models.UUIDField(null=True)
    unit = models.UUIDField(null=True)
    level = models.TextField(blank=True)
    ends_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)
    history_shared = models.BooleanField(default=True)
    no_forward = models.BooleanField(default=False)
    no_download = models.BooleanField(default=False)
    member_rule = models.JSONField(null=True)
    recall_minutes = models.PositiveIntegerField(null=True)
    direct_key = models.TextField(null=True, unique=True)  # noqa: DJ001 - NULL keeps other kinds out of the constraint
    levels = models.JSONField(default=dict)
    last_seq = models.BigIntegerField(default=0)
    n = models.BigIntegerField(default=0)
    last_ts = models.BigIntegerField(default=0)


class Event(models.Model):
    """One event of a room. `acting` is the sender's post and unit as named at that moment."""

    pk = models.CompositePrimaryKey("room_id", "seq")
    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    n = models.BigIntegerField()
    event_id = models.TextField()
    type = models.TextField()
    state_key = models.TextField(null=True)  # noqa: DJ001 - an empty state key differs from none (Matrix)
    sender_id = models.BigIntegerField()
    ts = models.BigIntegerField()
    content = models.JSONField()
    acting = models.JSONField(null=True)
    device_id = models.BigIntegerField(null=True)
    txn_id = models.TextField(null=True)  # noqa: DJ001
    rel_type = models.TextField(null=True)  # noqa: DJ001
    relates_to = models.TextField(null=True)  # noqa: DJ001
    display = models.BooleanField()
    countable = models.BooleanField()
    redacted_by = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        db_table = "chatops_event"


class RoomState(models.Model):
    """The newest event of each (type, state key) in a room."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, db_constraint=False)
    type = models.TextField()
    state_key = models.TextField()
    seq = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "type", "state_key"], name="chatops_roomstate_key")
        ]


class Membership(models.Model):
    """A person in a room. Read state is one position; unread counts are derived from it (decisions 24)."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, db_constraint=False)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_constraint=False)
    membership = models.TextField(choices=MembershipState)
    level = models.IntegerField(default=0)
    seq = models.BigIntegerField(default=0)
    history_seq = models.BigIntegerField(default=0)
    read_seq = models.BigIntegerField(default=0)
    read_ts = models.BigIntegerField(default=0)
    fully_read_seq = models.BigIntegerField(default=0)
    delivered_seq = models.BigIntegerField(default=0)
    muted = models.BooleanField(default=False)
    notify = models.TextField(choices=Notify, default=Notify.ALL, db_default=Notify.ALL)
    pinned = models.BooleanField(default=False)
    forgotten = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "staff"], name="chatops_membership_key")]
        indexes = [models.Index(fields=["staff", "membership"], name="chatops_membership_staff")]


class Txn(models.Model):
    """The first answer to a transaction id: scoped to device and room (Matrix C-S API, transaction identifiers)."""

    pk = models.CompositePrimaryKey("device_id", "room_id", "txn_id")
    device_id = models.BigIntegerField()
    room_id = models.BigIntegerField()
    txn_id = models.TextField()
    event_id = models.TextField()
    seq = models.BigIntegerField()
    ts = models.BigIntegerField()


class Mention(models.Model):
    """Person `staff_id` is named in event (room_id, seq)."""

    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    staff_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff_id", "room_id", "seq"], name="chatops_mention_key")
        ]


class StreamKind(models.IntegerChoices):
    EVENT = 1
    RECEIPT = 2
    ACCOUNT_DATA = 3
    TO_DEVICE = 4
    MEMBERSHIP = 5
    PERSON = 6
    RIGHTS = 7
    DEVICE_REVOKED = 8
    ROOM = 9


class Inbox(models.Model):
    """Changes on their way into `Stream`, written in the change's own transaction (matrix.md §2.2, option F).

    An event's row stands for `span` further events of its room that follow `ref`.
    """

    kind = models.SmallIntegerField()
    room_id = models.BigIntegerField(null=True)
    staff_id = models.BigIntegerField(null=True)
    ref = models.BigIntegerField(null=True)
    body = models.JSONField(null=True)
    span = models.SmallIntegerField(default=0, db_default=0)


class Stream(models.Model):
    """The global order: positions become visible only in rising order, so a reader never skips a change."""

    pos = models.BigIntegerField(primary_key=True)
    kind = models.SmallIntegerField()
    room_id = models.BigIntegerField(null=True)
    staff_id = models.BigIntegerField(null=True)
    ref = models.BigIntegerField(null=True)
    body = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["room_id", "pos"], name="chatops_stream_room"),
            models.Index(
                fields=["staff_id", "pos"],
                condition=models.Q(staff_id__isnull=False),
                name="chatops_stream_staff",
            ),
        ]


class StreamHead(models.Model):
    """One row: the last position, and an epoch that a restore changes so that old sync tokens are refused."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    pos = models.BigIntegerField(default=0)
    epoch = models.TextField()


class PersonData(models.Model):
    """Small per-person JSON: drafts, Matrix account data, settings. `room_id` 0 means not of a room."""

    staff_id = models.BigIntegerField()
    room_id = models.BigIntegerField(default=0)
    type = models.TextField()
    content = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff_id", "room_id", "type"], name="chatops_persondata_key")
        ]


class Withdrawn(models.Model):
    """What a recalled event said: off every door, readable by the audit administrator alone (decisions 25)."""

    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    content = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room_id", "seq"], name="chatops_withdrawn_key")]


class Decision(models.TextChoices):
    GRANTED = "granted"
    UPHELD = "upheld"


class SecrecyRefusal(models.Model):
    """A text or file refused for its secrecy mark: who, where, which mark; never the content (domain §7).

    `digest`: keyed hash of what was refused, by which a granted appeal lets the same text or file pass.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid)
    at = models.DateTimeField()
    staff_number = models.TextField()
    name = models.TextField()
    unit_name = models.TextField(blank=True)
    door = models.TextField()
    where = models.TextField()
    mark = models.TextField()
    digest = models.TextField(blank=True)
    appeal = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True)
    decision = models.TextField(choices=Decision, blank=True)
    decided_by = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["digest"], name="chatops_refusal_digest")]


class Media(models.Model):
    """An uploaded file; bytes lie under MEDIA_DIR by `storage_key`."""

    media_id = models.TextField(primary_key=True)
    owner_id = models.BigIntegerField()
    mime = models.TextField()
    size = models.BigIntegerField()
    filename = models.TextField(blank=True)
    sha256 = models.TextField()
    storage_key = models.TextField()
    created_at = models.DateTimeField()
    info = models.JSONField(default=dict, db_default={})
    preview_key = models.TextField(blank=True, default="", db_default="")


class MediaUse(models.Model):
    """Event (room_id, seq) shows a file: who may read the event may read the file."""

    media = models.ForeignKey(Media, on_delete=models.CASCADE, db_constraint=False)
    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["media", "room_id", "seq"], name="chatops_mediause_key")
        ]
        indexes = [models.Index(fields=["room_id", "seq"], name="chatops_mediause_room")]


class Upload(models.Model):
    """A file on its way in pieces, resumed by `received` (tus 1.0: Upload-Offset)."""

    upload_id = models.TextField(primary_key=True)
    owner_id = models.BigIntegerField()
    filename = models.TextField(blank=True)
    mime = models.TextField(blank=True)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    media_id = models.TextField(blank=True)


class ThreadState(models.Model):
    """A person's place in a thread (m.thread on event `root`): followed or not, and read up to `read_seq`."""

    room_id = models.BigIntegerField()
    root = models.TextField()
    staff_id = models.BigIntegerField()
    following = models.BooleanField(default=True)
    read_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room_id", "root", "staff_id"], name="chatops_thread_key")
        ]
        indexes = [models.Index(fields=["staff_id", "following"], name="chatops_thread_staff")]


class Answer(models.TextChoices):
    RECEIVED = "received"
    DIFFICULTY = "difficulty"
    TRANSFERRED = "transferred"


class Confirmation(models.Model):
    """What a person answered to an event that asks for confirmation (收到, 有困难, 转办)."""

    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    staff_id = models.BigIntegerField()
    answer = models.TextField(choices=Answer)
    note = models.TextField(blank=True)
    handed_to = models.BigIntegerField(null=True)
    acting = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room_id", "seq", "staff_id"], name="chatops_confirmation_key")
        ]


class Nudge(models.Model):
    """One reminder to those who have not read or confirmed an event."""

    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    by_id = models.BigIntegerField()
    kind = models.TextField()
    reached = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["room_id", "seq", "at"], name="chatops_nudge_event")]


class PollVote(models.Model):
    """A person's present choice in the poll that event (room_id, seq) started; an empty list is a withdrawn vote."""

    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    staff_id = models.BigIntegerField()
    choices = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room_id", "seq", "staff_id"], name="chatops_pollvote_key")
        ]
