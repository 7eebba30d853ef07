"""Drafts among a person's small data: type `draft`, or `draft:` and the root of a thread."""

from django.db import connection

from chatops.store.models import PersonData, Room

KIND = "draft"

# An older one never replaces a newer one; an empty one stays as a row, so that it wins over older words to come.
PUT = """
INSERT INTO chatops_persondata AS d (staff_id, room_id, type, content)
VALUES (%(staff)s, %(room)s, %(type)s, jsonb_build_object('text', %(text)s::text, 'at', %(at)s::bigint))
ON CONFLICT (staff_id, room_id, type) DO UPDATE SET content = excluded.content
WHERE coalesce((d.content ->> 'at')::bigint, 0) <= %(at)s
RETURNING 1
"""


def put(staff_id: int, room: int, thread: str | None, text: str, at: int) -> bool:
    """Whether it is the newest now."""
    kind = KIND if thread is None else f"{KIND}:{thread}"
    with connection.cursor() as cursor:
        cursor.execute(PUT, {"staff": staff_id, "room": room, "type": kind, "text": text, "at": at})
        return cursor.fetchone() is not None


def of_person(staff_id: int) -> list[tuple[str, str | None, str, int]]:
    """(room id, thread, text, at) of drafts that say something."""
    rows = PersonData.objects.filter(staff_id=staff_id, type__startswith=KIND).exclude(content__text="")
    found = [
        (row.room_id, row.type, row.content)
        for row in rows
        if row.type == KIND or row.type.startswith(f"{KIND}:")
    ]
    names = dict(Room.objects.filter(pk__in=[room for room, _, _ in found]).values_list("pk", "room_id"))
    return [
        (names[room], kind.partition(":")[2] or None, str(content.get("text", "")), int(content.get("at", 0)))
        for room, kind, content in found
        if room in names
    ]
