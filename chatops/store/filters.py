"""Pages of a room's timeline with only what a kind of reader looks for; by an index of the few events that are it."""

from typing import Any

from django.db import connection

from chatops.store.frames import EVENT_COLUMNS

# As in migration 0004: what the index `chatops_event_marked` holds.
MARKED = """(e.content ? 'org.tongzhou.card' OR e.content ? 'org.tongzhou.confirm' OR e.content ? 'url'
    OR e.type LIKE 'm.poll.%%')"""
CARD = "e.content -> 'org.tongzhou.card' ->> 'kind'"
ORDERS = ("order", "item", "task", "alert")
DECISIONS = ("approval", "decision")

_BRANCHES = {
    "orders": f"e.display AND {MARKED} AND (e.content ? 'org.tongzhou.confirm' OR {CARD} = ANY (%(order_kinds)s))",
    "decisions": f"""e.display AND {MARKED} AND ({CARD} = ANY (%(decision_kinds)s) OR e.type = 'm.poll.start')
        OR e.room_id = %(room)s AND e.event_id = ANY (%(pinned)s)""",
    "files": f"e.display AND {MARKED} AND e.content ? 'url'",
    "mentions": """e.display AND e.seq IN (SELECT k.seq FROM chatops_mention k
        WHERE k.room_id = %(room)s AND k.staff_id IN (0, %(staff)s) AND k.seq < %(before)s AND k.seq > %(after)s)""",
}
KINDS = tuple(_BRANCHES)

# One branch a kind, each the newest page by its own index; then the newest of all.
_BRANCH = """
(SELECT e.seq FROM chatops_event e
 WHERE e.room_id = %(room)s AND e.seq < %(before)s AND e.seq > %(after)s AND e.redacted_by IS NULL AND ({condition})
 ORDER BY e.seq DESC LIMIT %(limit)s)
"""

PAGE = f"""
WITH wanted AS (
    SELECT DISTINCT seq FROM ({{branches}}) AS found (seq) ORDER BY seq DESC LIMIT %(limit)s
)
SELECT {EVENT_COLUMNS}, edit.content, edit.seq
FROM wanted JOIN chatops_event e ON e.room_id = %(room)s AND e.seq = wanted.seq
JOIN directory_staff s ON s.id = e.sender_id
LEFT JOIN LATERAL (
    SELECT r.content -> 'm.new_content' AS content, r.seq FROM chatops_event r
    WHERE r.room_id = e.room_id AND r.relates_to = e.event_id AND r.rel_type = 'm.replace' AND r.redacted_by IS NULL
        AND r.sender_id = e.sender_id AND r.type = e.type
    ORDER BY r.seq DESC LIMIT 1
) edit ON true
ORDER BY e.seq DESC
"""  # noqa: S608 - constant parts


def page(
    room: int, kinds: list[str], *, staff_id: int, before: int, after: int, limit: int, pinned: list[str]
) -> list[tuple[Any, ...]]:
    """Events of these kinds between two positions (exclusive), newest first: EVENT_COLUMNS, edit's content and seq."""
    branches = " UNION ALL ".join(_BRANCH.format(condition=_BRANCHES[kind]) for kind in kinds)
    params: dict[str, Any] = {
        "room": room, "staff": staff_id, "before": before, "after": after, "limit": limit, "pinned": pinned,
        "order_kinds": list(ORDERS), "decision_kinds": list(DECISIONS),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(PAGE.format(branches=branches), params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
