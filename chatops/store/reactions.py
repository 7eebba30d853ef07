"""Standing reactions of an event."""

from dataclasses import dataclass

from django.db import connection

from chatops.store.frames import from_json

OF_EVENT = """
SELECT r.content -> 'm.relates_to' ->> 'key', s.staff_number, s.name, r.acting
FROM chatops_event r JOIN directory_staff s ON s.id = r.sender_id
WHERE r.room_id = %s AND r.relates_to = %s AND r.rel_type = 'm.annotation' AND r.type = 'm.reaction'
    AND r.redacted_by IS NULL
ORDER BY r.seq LIMIT 2000
"""


@dataclass(frozen=True, slots=True)
class ReactionRow:
    key: str
    staff_number: str
    name: str
    acting: dict[str, str] | None


def of_event(room: int, event_id: str) -> list[ReactionRow]:
    """In the order in which they were made."""
    with connection.cursor() as cursor:
        cursor.execute(OF_EVENT, [room, event_id])
        return [
            ReactionRow(key, number, name, from_json(acting))
            for key, number, name, acting in cursor.fetchall()
        ]
