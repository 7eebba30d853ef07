"""Tables of the search index. They hold nothing that cannot be made again from the events."""

from django.db import models


class DocKind(models.IntegerChoices):
    MESSAGE = 1
    FILE = 2


class SearchDoc(models.Model):
    """One message as it is searched: `body` is its newest text, folded (services/search_text.py).

    Its bigrams are an index on an expression (migrations/sql/search.sql), so that they are stored once.
    """

    pk = models.CompositePrimaryKey("room_id", "seq")
    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    ts = models.BigIntegerField()
    sender_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=DocKind)
    body = models.TextField()


class SearchGram(models.Model):
    """In how many of the sampled messages a bigram stands; the empty gram counts all sampled ones,
    a blank the files among them."""

    gram = models.TextField(primary_key=True)
    docs = models.BigIntegerField(default=0)


class SearchPosition(models.Model):
    """One row: how far the index follows the stream, and how far the back-fill of older messages got.

    Rooms up to `fill_until` are back-filled in order of their keys; `fill_room` and `fill_seq` are the last done.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    pos = models.BigIntegerField(default=0)
    fill_room = models.BigIntegerField(default=0)
    fill_seq = models.BigIntegerField(default=0)
    fill_until = models.BigIntegerField(default=0)
