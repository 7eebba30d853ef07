"""Filters of /sync and /messages (C-S API, "Filtering"). They choose what is shown, never the position returned."""

from dataclasses import dataclass
from typing import Any

import orjson

from chatops.matrix.errors import bad_json, invalid_param
from chatops.store.matrix.rooms import Sieve
from common.ids import staff_number_of

DEFAULT_LIMIT = 10
MOST_EVENTS = 100
_OPEN = Sieve()


@dataclass(frozen=True, slots=True)
class Types:
    """Allowed and refused event types; `*` at the end stands for anything."""

    types: tuple[str, ...] | None = None
    not_types: tuple[str, ...] = ()

    @property
    def none(self) -> bool:
        """Whether nothing is allowed."""
        return self.types == ()

    def allows(self, event_type: str) -> bool:
        allowed = self.types is None or any(_matches(pattern, event_type) for pattern in self.types)
        return allowed and not any(_matches(pattern, event_type) for pattern in self.not_types)


_ANY_TYPE = Types()


@dataclass(frozen=True, slots=True)
class SyncFilter:
    """`rooms` None lets all through; `threads`: count what is unread by thread; `ephemeral`, `account_data`, `presence`
    are sieves by type only.
    """

    limit: int = DEFAULT_LIMIT
    timeline: Sieve = _OPEN
    rooms: frozenset[str] | None = None
    not_rooms: frozenset[str] = frozenset()
    include_leave: bool = False
    lazy: bool = False
    threads: bool = False
    ephemeral: Types = _ANY_TYPE
    account_data: Types = _ANY_TYPE
    room_account_data: Types = _ANY_TYPE
    state: Types = _ANY_TYPE

    def allows_room(self, room_id: str) -> bool:
        return (self.rooms is None or room_id in self.rooms) and room_id not in self.not_rooms


def _matches(pattern: str, event_type: str) -> bool:
    if pattern.endswith("*"):
        return event_type.startswith(pattern[:-1])
    return event_type == pattern


def check_filter(body: dict[str, Any]) -> SyncFilter:
    """Read a sync filter. Raises MatrixError M_BAD_JSON for a wrong shape."""
    room = _object(body, "room")
    timeline, state = _object(room, "timeline"), _object(room, "state")
    rooms, not_rooms = _strings(room, "rooms"), _strings(room, "not_rooms")
    for name in ("presence", "account_data"):
        _object(body, name)
    return SyncFilter(
        limit=_limit(timeline),
        timeline=read_sieve(timeline),
        rooms=None if rooms is None else frozenset(rooms),
        not_rooms=frozenset(not_rooms or ()),
        include_leave=_flag(room, "include_leave"),
        lazy=_flag(state, "lazy_load_members") or _flag(timeline, "lazy_load_members"),
        threads=_flag(timeline, "unread_thread_notifications"),
        ephemeral=_types(_object(room, "ephemeral")),
        account_data=_types(_object(body, "account_data")),
        room_account_data=_types(_object(room, "account_data")),
        state=_types(state),
    )


def read_sieve(body: dict[str, Any]) -> Sieve:
    """The types and senders of a room event filter. Raises MatrixError M_BAD_JSON."""
    types, not_types = _strings(body, "types"), _strings(body, "not_types")
    senders, not_senders = _strings(body, "senders"), _strings(body, "not_senders")
    return Sieve(
        types=None if types is None else [_like(pattern) for pattern in types],
        not_types=None if not_types is None else [_like(pattern) for pattern in not_types],
        senders=None if senders is None else [staff_number_of(user) or "" for user in senders],
        not_senders=None if not_senders is None else [staff_number_of(user) or "" for user in not_senders],
    )


def read_inline(text: str) -> dict[str, Any]:
    """A filter that is written into the query. Raises MatrixError."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise invalid_param("filter is not JSON") from None
    if not isinstance(value, dict):
        raise bad_json("filter must be an object")
    return value


def _like(pattern: str) -> str:
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped[:-1] + "%" if pattern.endswith("*") else escaped


def _limit(body: dict[str, Any]) -> int:
    limit = body.get("limit", DEFAULT_LIMIT)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise bad_json("limit must be a whole number")
    return min(limit, MOST_EVENTS)


def _types(body: dict[str, Any]) -> Types:
    types, not_types = _strings(body, "types"), _strings(body, "not_types")
    return Types(None if types is None else tuple(types), tuple(not_types or ()))


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_json(f"{name} must be an object")
    return value


def _strings(body: dict[str, Any], name: str) -> list[str] | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_json(f"{name} must be a list of strings")
    return value


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise bad_json(f"{name} must be true or false")
    return value
