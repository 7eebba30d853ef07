"""Rows of kept files, and of the messages that show them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from chatops.store.frames import from_json
from chatops.store.models import Media, MediaUse

# Shown to whom: a member of a room with a message that shows it, not before their part of the history, not recalled.
_SHOWN = """
SELECT r.no_download FROM chatops_mediause u
JOIN chatops_membership m ON m.room_id = u.room_id AND m.staff_id = %(staff)s AND m.membership = 'join'
JOIN chatops_room r ON r.id = u.room_id
JOIN chatops_event e ON e.room_id = u.room_id AND e.seq = u.seq AND e.redacted_by IS NULL
WHERE u.media_id = %(media)s AND u.seq > m.history_seq
"""
READABLE = f"{_SHOWN} ORDER BY r.no_download LIMIT 1"

# May be shown in room %(room)s: from a room that does not forbid downloading nor, if it is another one, forwarding.
SHOWABLE = f"{_SHOWN} AND NOT r.no_download AND (NOT r.no_forward OR r.id = %(room)s) LIMIT 1"

# One row for each message with a file, its newest first; an edit's file stands with the edit.
ROOM_FILES = """
SELECT e.event_id, e.seq, e.ts, s.staff_number, s.name, f.media_id, f.filename, f.mime, f.size, f.info
FROM chatops_mediause u
JOIN chatops_event e ON e.room_id = u.room_id AND e.seq = u.seq AND e.redacted_by IS NULL
JOIN chatops_media f ON f.media_id = u.media_id
JOIN directory_staff s ON s.id = e.sender_id
WHERE u.room_id = %(room)s AND u.seq > %(after)s AND u.seq < %(before)s
    AND (%(kind)s = '' OR CASE
        WHEN f.mime LIKE 'image/%%' THEN 'image'
        WHEN f.mime LIKE 'video/%%' OR f.mime LIKE 'audio/%%' THEN 'media'
        ELSE 'document' END = %(kind)s)
    AND (%(words)s = '' OR strpos(lower(f.filename), lower(%(words)s)) > 0)
ORDER BY u.seq DESC, f.media_id LIMIT %(limit)s
"""


def add(media: Media) -> Media:
    media.save(force_insert=True)
    return media


def find(media_id: str) -> Media | None:
    return Media.objects.filter(media_id=media_id).first()


def find_all(media_ids: Iterable[str]) -> dict[str, Media]:
    return Media.objects.in_bulk(list(media_ids))


def readable(media_id: str, staff_id: int) -> bool | None:
    """None: no message shows it to this person. Else whether only rooms without downloading do."""
    with connection.cursor() as cursor:
        cursor.execute(READABLE, {"staff": staff_id, "media": media_id})
        row = cursor.fetchone()
        return None if row is None else bool(row[0])


def may_show(media_id: str, staff_id: int, room: int) -> bool:
    """Whether this person may put the file into this room."""
    with connection.cursor() as cursor:
        cursor.execute(SHOWABLE, {"staff": staff_id, "media": media_id, "room": room})
        return cursor.fetchone() is not None


def add_uses(media_ids: Sequence[str], room: int, seq: int) -> None:
    uses = [MediaUse(media_id=media_id, room_id=room, seq=seq) for media_id in media_ids]
    MediaUse.objects.bulk_create(uses, ignore_conflicts=True)


def room_files(
    room: int, *, after: int, before: int, kind: str, words: str, limit: int
) -> list[tuple[Any, ...]]:
    """(event id, seq, ts, staff number, name, media id, file name, type, bytes, info), newest first."""
    asked: dict[str, Any] = {
        "room": room, "after": after, "before": before, "kind": kind, "words": words, "limit": limit
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ROOM_FILES, asked)
        return [(*row[:-1], from_json(row[-1])) for row in cursor.fetchall()]
