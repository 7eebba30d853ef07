"""What bots remember between two runs."""

from django.db import models


class HandledEvent(models.Model):
    """A command that a bot has taken up; `done_at` is set when its answer has been sent."""

    bot = models.CharField(max_length=64)
    room_id = models.CharField(max_length=255)
    event_id = models.CharField(max_length=255)
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bot", "room_id", "event_id"], name="handled_event_once"),
        ]
        indexes = [models.Index(fields=["begun_at"], name="handled_event_age")]

    def __str__(self) -> str:
        return f"{self.bot} {self.event_id}"


class SyncPosition(models.Model):
    """How far a bot has read: Matrix's `next_batch`, and when that was."""

    bot = models.CharField(max_length=64, primary_key=True)
    next_batch = models.CharField(max_length=255)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.bot} {self.next_batch}"


class CardPost(models.Model):
    """A card in a room. One per bot, subject and room; edits carry rising versions.

    The row is written before the card is sent, with an empty `event_id`: who finds it like that after a crash
    sends again under the same transaction id and is told the event that is there already. `version` is the
    one shown, `digest` a hash of its content.
    """

    bot = models.CharField(max_length=64)
    subject = models.CharField(max_length=64)
    room_id = models.CharField(max_length=255)
    event_id = models.CharField(max_length=255, blank=True, default="")
    version = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, default="")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bot", "subject", "room_id"], name="card_post_once"),
        ]
        indexes = [models.Index(fields=["room_id", "event_id"], name="card_post_event")]

    def __str__(self) -> str:
        return f"{self.subject} in {self.room_id}"


class Notice(models.Model):
    """Something to be said once: a reminder or a digest. `key` is the Matrix transaction id.

    `about` holds what the job cannot find out again later; `staff_id` 0 means the room is given.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=16)
    staff_id = models.BigIntegerField(default=0)
    room_id = models.CharField(max_length=255, blank=True, default="")
    about = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    event_id = models.CharField(max_length=255, blank=True, default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="notice_age")]

    def __str__(self) -> str:
        return self.key
