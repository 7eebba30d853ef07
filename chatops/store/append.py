"""The one way to append: items for `chatops_append`, and its answers.

The journal calls the function in batches on its async connection, services on Django's connection as the last
statement of their transaction. Both build items and read answers here.
"""

from dataclasses import dataclass
from typing import Any, TypedDict

import orjson
from django.db import connection

SQL = "SELECT i, status, event_id, seq, n, ts FROM chatops_append(%s::json, %s::bigint[], %s, %s)"
BRINGING = frozenset({"state_key", "target", "mentions"})  # what brings rows of its own besides the event


class Item(TypedDict, total=False):
    """One event to append. Keys are database keys; `ts` is milliseconds; `trusted` skips the sender's check."""

    i: int
    room: int
    device: int | None
    txn: str | None
    sender: int
    type: str
    state_key: str | None
    content: dict[str, Any]
    event_id: str
    ts: int
    acting: dict[str, str] | None
    rel_type: str | None
    relates_to: str | None
    display: bool
    countable: bool
    mentions: list[int] | None
    trusted: bool
    target: int | None
    membership: str | None
    level: int | None


@dataclass(frozen=True, slots=True)
class Appended:
    """An answer. `status`: ok, known (a retry: the first ids), busy, not_member, archived, forbidden, no_room."""

    status: str
    event_id: str
    seq: int
    n: int
    ts: int

    @property
    def stored(self) -> bool:
        return self.status in {"ok", "known"}


def arguments(items: list[Item], *, wait: bool) -> list[Any]:
    """The parameters of SQL; numbers the items by their place. `wait` for rooms that somebody else has locked."""
    slim, rooms, plain = [], set(), True
    for place, item in enumerate(items):
        item["i"] = place
        rooms.add(item["room"])
        told = {key: value for key, value in item.items() if value is not None}
        plain = plain and not (told.keys() & BRINGING)
        slim.append(told)
    return [orjson.dumps(slim).decode(), "{" + ",".join(map(str, rooms)) + "}", plain, wait]


def decode(rows: list[tuple[Any, ...]], count: int) -> list[Appended]:
    """Answers in the order of the items."""
    answers: list[Appended | None] = [None] * count
    for place, status, event_id, seq, n, ts in rows:
        answers[place] = Appended(status, event_id or "", seq or 0, n or 0, ts or 0)
    return [answer for answer in answers if answer is not None]


def append_now(items: list[Item]) -> list[Appended]:
    """Append on Django's connection, waiting for the rooms' locks. The last statement of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, arguments(items, wait=True))
        return decode(cursor.fetchall(), len(items))
