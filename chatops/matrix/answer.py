"""One answer of /sync: what happened to a person's rooms since a token (matrix.md §2.3).

Always the full skeleton, even where it is empty: matrix-nio fills gaps only for some ids and dies otherwise.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from chatops.delivery.delivery import Delivery
from chatops.matrix import pushrules
from chatops.matrix.events import STRIPPED_TYPES, by_room, stripped_event
from chatops.matrix.filters import SyncFilter
from chatops.matrix.joined import JoinedRooms
from chatops.matrix.sections import Sections
from chatops.matrix.spaces import SyncedSpaces
from chatops.matrix.tokens import SyncToken
from chatops.store.matrix import keys as relay
from chatops.store.matrix import people, sync
from chatops.store.matrix.sync import Changes, Keys, RoomChange
from common import ids
from directory.actors import Actor

Json = dict[str, Any]

WATCHED = frozenset({"join", "invite"})  # as the store's `my_rooms`


@dataclass
class Collected:
    """`body` None: nothing to tell. `token` is where the next answer begins; `keys`: what is left of the device's keys.
    `came`, `went`: of the rooms in which something happened those that the person is in (or asked into) now, and those
    that they are not; `came` None: all are to be read anew."""

    token: SyncToken
    body: Json | None
    keys: Keys
    came: frozenset[int] | None = frozenset()
    went: frozenset[int] = frozenset()

    def rooms_after(self, rooms: frozenset[int]) -> frozenset[int] | None:
        """Those that are watched from here on, of those that were until now; the same object where nothing moved."""
        if self.came is None:
            return None
        came, went = self.came - rooms, self.went & rooms  # few, of what may be a whole city's rooms
        return (rooms | came) - went if came or went else rooms


class Collector:
    """Collects for one person and device by one filter. `full_state` as in the request."""

    def __init__(self, delivery: Delivery, actor: Actor, sieve: SyncFilter, *, full_state: bool) -> None:
        self._delivery = delivery
        self._pool = delivery.pool
        self._actor = actor
        self._filter = sieve
        self._full_state = full_state

    async def collect(self, since: SyncToken | None) -> Collected:
        """What is new after `since`; with None everything."""
        typing = self._delivery.typing.serial
        everything = await self._changes(None) if since is None or self._full_state else None
        changes = everything if since is None else await self._changes(since.pos)
        assert changes is not None  # noqa: S101 - one of the two was read
        if since is not None and (since.epoch != changes.epoch or since.pos + 1 < changes.oldest):
            # A restored database, or a token older than what is kept: begin again, with short timelines.
            since, changes = None, await self._changes(None)
        if since is not None and since.pos > changes.head:
            raise FutureTokenError
        answer = _Answer(self, since, changes)
        if everything is not None and since is not None:
            answer.sections.add_unchanged(everything)
        body = await answer.build()
        flip = since is not None and since.pos == changes.head and since.typing == typing and not since.flip
        token = SyncToken(changes.epoch, changes.head, typing, flip and body is not None)
        whole = None if body is None else {"next_batch": str(token), **body}
        came = frozenset(change.room for change in changes.rooms if change.now in WATCHED)
        went = frozenset(change.room for change in changes.rooms if change.now not in WATCHED)
        return Collected(token, whole, changes.keys, None if since is None else came, went)

    async def _changes(self, since: int | None) -> Changes:
        actor = self._actor
        return await sync.changes(
            self._pool,
            staff_id=actor.staff_id,
            user=actor.user_id,
            device=actor.device_id or 0,
            since=since,
            left=self._filter.include_leave,
        )

    @property
    def parts(self) -> tuple[Delivery, Actor, SyncFilter, bool]:
        return self._delivery, self._actor, self._filter, self._full_state


class FutureTokenError(Exception):
    """The token is ahead of the stream: it was never given out by this database."""


class _Answer:
    """The parts of one answer, gathered with a handful of statements for all rooms together."""

    def __init__(self, collector: Collector, since: SyncToken | None, changes: Changes) -> None:
        self._delivery, self._actor, self._filter, self._full_state = collector.parts
        self._pool = self._delivery.pool
        self._since = since
        self._changes = changes
        self.sections = Sections(
            self._pool, self._actor, self._filter, initial=since is None, full_state=self._full_state
        )
        self.sections.add(changes)

    async def build(self) -> Json | None:
        """The body without its token; None when there is nothing in it."""
        sections = self.sections
        await sections.fill()
        account = await self._account_data()
        joined = JoinedRooms(self._delivery, self._actor, self._filter, self._since, self._changes.head)
        rooms_body = {
            "join": await joined.bodies(sections),
            "invite": await self._stripped_bodies(sections.invited, "invite_state"),
            "knock": await self._stripped_bodies(sections.knocked, "knock_state"),
            "leave": {part.change.room_id: sections.body(part) for part in sections.left.values()},
        }
        spaces = SyncedSpaces(self._pool, self._actor, self._filter, initial=self._since is None)
        await spaces.add(sections, rooms_body)
        relayed, lists = await self._relayed(), await self._device_lists()
        news = account or relayed or self._changes.relayed or any(lists.values()) or any(rooms_body.values())
        if self._since is not None and not self._full_state and not news:
            return None
        return skeleton(rooms_body, account, self._changes.keys) | {
            "to_device": {"events": relayed},
            "device_lists": lists,
        }

    async def _relayed(self) -> list[Json]:
        """Messages to this device; what an earlier answer brought is dropped."""
        if not self._changes.queued:
            return []
        rows = await relay.waiting(
            self._pool,
            device=self._actor.device_id or 0,
            staff=self._actor.staff_id,
            since=self._since.pos if self._since else None,
            head=self._changes.head,
        )
        return [{"sender": sender, "type": kind, "content": content} for sender, kind, content in rows]

    async def _device_lists(self) -> dict[str, list[str]]:
        """Whose devices changed among those who share an encrypted room; one's own always."""
        changes, since = self._changes, self._since
        rooms = [part.change.room for part in self.sections.joined.values()]
        touched = changes.devices or any(
            change.devices or change.was != change.now for change in changes.rooms
        )
        if since is None or not (touched or settings.MATRIX_ENCRYPTION):
            return {"changed": [], "left": []}
        encrypted = await relay.encrypted_among(self._pool, rooms)
        fresh = [room for room in encrypted if self.sections.joined[room].fresh]
        changed, left = await relay.changed_devices(
            self._pool,
            staff=self._actor.staff_id,
            rooms=encrypted,
            fresh=fresh,
            since=since.pos,
            head=changes.head,
        )
        return {"changed": [ids.user_id(one) for one in changed], "left": [ids.user_id(one) for one in left]}

    async def _stripped_bodies(self, changes: list[RoomChange], name: str) -> dict[str, Json]:
        keys = [change.room for change in changes]
        found = by_room(await sync.stripped(self._pool, self._actor.user_id, keys, STRIPPED_TYPES))
        return {
            change.room_id: {name: {"events": [stripped_event(row) for row in found.get(change.room, [])]}}
            for change in changes
        }

    async def _account_data(self) -> list[Json]:
        changed = {name.removeprefix(people.PREFIX) for name in self._changes.data}
        initial = self._since is None
        events: list[Json] = []
        if initial or changed:
            stored = await people.list_data(self._pool, self._actor.staff_id, [0])
            events = [
                {"type": name, "content": content}
                for _, name, content in stored
                if (initial or name in changed) and name not in {"m.direct", pushrules.DATA}
            ]
            if initial or pushrules.DATA in changed:
                own = next((content for _, name, content in stored if name == pushrules.DATA), None)
                rules = pushrules.content_of(self._actor.user_id, own)
                events.append({"type": pushrules.DATA, "content": rules})
        if self._direct_changed(changed):
            content = await direct_content(self._pool, self._actor.staff_id)
            if content or not initial:
                events.append({"type": "m.direct", "content": content})
        return [event for event in events if self._filter.account_data.allows(event["type"])]

    def _direct_changed(self, changed: set[str]) -> bool:
        came = any(part.fresh and part.change.kind == "direct" for part in self.sections.joined.values())
        return self._since is None or came or "m.direct" in changed


def skeleton(rooms_body: Json, account: list[Json], keys: Keys) -> Json:
    """All that a client may look for, also where it is empty."""
    return {
        "account_data": {"events": account},
        "presence": {"events": []},
        "to_device": {"events": []},
        "device_lists": {"changed": [], "left": []},
        "device_one_time_keys_count": keys.once,
        "device_unused_fallback_key_types": keys.fallback,
        "rooms": rooms_body,
    }


async def direct_content(pool: Any, staff_id: int) -> dict[str, list[str]]:
    """m.direct: what the client stored, with the direct rooms of this platform always in it."""
    stored = await people.find_data(pool, staff_id, 0, "m.direct") or {}
    content = {user: list(known) for user, known in stored.items() if isinstance(known, list)}
    for number, room_id in await sync.direct_rooms(pool, staff_id):
        known = content.setdefault(ids.user_id(number), [])
        if room_id not in known:
            known.append(room_id)
    return content
