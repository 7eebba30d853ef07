"""Units as Matrix rooms of the type m.space, for those who are in the unit's group.

Such a room stands in no table: its state is the directory's and its members are the group's, so that it moves when
these move. /sync tells of it with the events of real rooms: who comes into a unit's group comes into its space, who
leaves the one leaves the other, and a group of the unit that the person enters or leaves is a child that comes or goes.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

from chatops.matrix.filters import SyncFilter
from chatops.matrix.sections import Sections
from chatops.matrix.tokens import page_token
from chatops.services import spaces
from chatops.services.spaces import Space
from chatops.store.live import Pool
from chatops.store.matrix import aliases
from chatops.store.matrix import spaces as store
from chatops.store.matrix.aliases import Summary
from common import ids
from common.aio import call_service
from common.errors import ForbiddenError, NotFoundError
from directory.actors import Actor

Json = dict[str, Any]

OWNED = 100  # a level that nobody has here: the directory alone changes a space
MEMBER, CHILD = "m.room.member", "m.space.child"


@dataclass(frozen=True)
class UnitRoom:
    """A unit as a room, as one person sees it: `inside` are the unit's rooms that the person is in or may find."""

    space: Space
    inside: list[Summary]
    people: list[tuple[str, str]]
    reader: str

    @property
    def room_id(self) -> str:
        return self.space.room_id

    def state(self) -> list[Json]:
        """All but the members other than the reader, whom /sync leaves to be asked for."""
        base: list[tuple[str, str, Json]] = [
            ("m.room.create", "", {"type": "m.space", "room_version": "11", "m.federate": False}),
            ("m.room.name", "", {"name": self.space.name}),
            ("m.room.join_rules", "", {"join_rule": "invite"}),
            ("m.room.history_visibility", "", {"history_visibility": "joined"}),
            (
                "m.room.power_levels",
                "",
                dict.fromkeys(("events_default", "state_default", "invite", "kick", "ban", "redact"), OWNED),
            ),
        ]
        if self.space.parent is not None:
            above = {"via": [settings.SERVER_NAME], "canonical": True}
            base.append(("m.space.parent", self.space.parent, above))
        members = [one for one in self.members() if one["state_key"] == self.reader]
        return [*(self.event(*one) for one in base), *members, *self.children()]

    def children(self) -> list[Json]:
        return [self.event(CHILD, room_id, content) for room_id, content in _ordered(self.space, self.inside)]

    def child(self, room_id: str) -> Json:
        """A child as it is now; for one that is none any more an event that says so."""
        content = dict(_ordered(self.space, self.inside)).get(room_id, {})
        return self.event(CHILD, room_id, content)

    def members(self) -> list[Json]:
        return [
            self.event(MEMBER, ids.user_id(number), {"membership": "join", "displayname": name})
            for number, name in self.people
        ]

    def event(self, kind: str, state_key: str, content: Json) -> Json:
        return _event(self.room_id, self.reader, kind, state_key, content)


def child_events(space: Space, inside: Iterable[Summary], reader: str) -> list[Json]:
    """As the hierarchy of any space has them, also of one that the reader is not in."""
    return [_event(space.room_id, reader, CHILD, *one) for one in _ordered(space, inside)]


def _ordered(space: Space, inside: Iterable[Summary]) -> list[tuple[str, Json]]:
    """The unit's own rooms first, then the units below it in protocol order; a room more moves none of the others."""
    via = [settings.SERVER_NAME]
    rooms = [(one.room_id, {"via": via, "order": "00000"}) for one in inside]
    below = [(child, {"via": via, "order": f"{at:05d}"}) for at, child in enumerate(space.children, 1)]
    return [*rooms, *below]


def _event(room_id: str, reader: str, kind: str, state_key: str, content: Json) -> Json:
    """The same content has the same id, whenever it is told."""
    said = orjson.dumps([room_id, kind, state_key, content], option=orjson.OPT_SORT_KEYS)
    digest = base64.urlsafe_b64encode(hashlib.sha256(said).digest()).decode().rstrip("=")
    return {
        "type": kind,
        "state_key": state_key,
        "sender": state_key if kind == MEMBER else reader,
        "event_id": f"${digest}",
        "origin_server_ts": 0,
        "content": content,
        "unsigned": {},
    }


async def find(pool: Pool, actor: Actor, unit: UUID) -> UnitRoom | None:
    """None for a unit that is not there today, or that the person may not see."""
    try:
        space = await call_service(spaces.find, actor, unit)
    except (NotFoundError, ForbiddenError):
        return None
    inside = await aliases.unit_rooms(pool, staff=actor.staff_id, units=[str(unit)])
    return UnitRoom(space, inside, await store.people(pool, unit), actor.user_id)


async def find_joined(pool: Pool, actor: Actor, room_id: str) -> UnitRoom | None:
    """The space of this id, if the person is in it."""
    unit = spaces.unit_of(room_id)
    if unit is None or unit not in await store.mine(pool, actor.staff_id):
        return None
    return await find(pool, actor, unit)


async def joined_ids(pool: Pool, actor: Actor) -> list[str]:
    return [spaces.space_id(unit) for unit in await store.mine(pool, actor.staff_id)]


class SyncedSpaces:
    """What a sync answer says of spaces, by what it says of the rooms of their units."""

    def __init__(self, pool: Pool, actor: Actor, sieve: SyncFilter, *, initial: bool) -> None:
        self._pool = pool
        self._actor = actor
        self._filter = sieve
        self._initial = initial

    async def add(self, sections: Sections, rooms_body: Json) -> None:
        """Put them into `rooms_body`. Where nobody came or went, nothing is asked."""
        came = {
            key: part
            for key, part in sections.joined.items()
            if part.whole_state and part.change.kind != "direct"
        }
        gone = {key: part for key, part in sections.left.items() if part.change.kind != "direct"}
        if not came and not gone:
            return
        found = await store.groups(self._pool, staff=self._actor.staff_id, rooms=[*came, *gone])
        units: dict[UUID, list[store.Group]] = {}
        for group in found:
            units.setdefault(group.unit, []).append(group)
        for unit, groups in units.items():
            await self._add_one(unit, groups, came, rooms_body)

    async def _add_one(
        self, unit: UUID, groups: list[store.Group], came: Iterable[int], rooms_body: Json
    ) -> None:
        room_id = spaces.space_id(unit)
        standing = [group for group in groups if group.standing]
        if not self._filter.allows_room(room_id):
            return
        if not groups[0].here:
            if standing and not any(group.room in came for group in standing):
                rooms_body["leave"][room_id] = _body([], [self._goodbye(room_id)])
            return
        room = await find(self._pool, self._actor, unit)
        if room is None:
            return
        if any(group.room in came for group in standing):
            state = [event for event in room.state() if self._filter.state.allows(event["type"])]
            rooms_body["join"][room_id] = _joined(state, [], len(room.people))
        elif not self._initial:
            changed = [room.child(group.room_id) for group in groups]
            rooms_body["join"][room_id] = _joined([], changed, len(room.people))

    def _goodbye(self, room_id: str) -> Json:
        user = self._actor.user_id
        return _event(room_id, user, MEMBER, user, {"membership": "leave"})


def _body(state: list[Json], timeline: list[Json]) -> Json:
    return {
        "timeline": {"events": timeline, "limited": False, "prev_batch": page_token(0)},
        "state": {"events": state},
        "account_data": {"events": []},
    }


def _joined(state: list[Json], timeline: list[Json], people: int) -> Json:
    return _body(state, timeline) | {
        "ephemeral": {"events": []},
        "unread_notifications": {"notification_count": 0, "highlight_count": 0},
        "summary": {"m.joined_member_count": people, "m.invited_member_count": 0},
    }
