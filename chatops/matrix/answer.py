"""One answer of /sync: what happened to a person's rooms since a token (matrix.md §2.3).

Always the full skeleton, even where it is empty: matrix-nio fills gaps only for some ids and dies otherwise.
"""

from dataclasses import dataclass, field
from typing import Any

from chatops.delivery.delivery import Delivery
from chatops.matrix.events import STRIPPED_TYPES, by_room, client_event, stripped_event
from chatops.matrix.filters import SyncFilter
from chatops.matrix.tokens import SyncToken, page_token
from chatops.store.matrix import events as event_store
from chatops.store.matrix import people, rooms, sync
from chatops.store.matrix.events import Decorations, EventRow
from chatops.store.matrix.rooms import Sieve
from chatops.store.matrix.sync import Changes, RoomChange
from common import ids
from directory.actors import Actor

Json = dict[str, Any]

ALL_EVENTS = Sieve()


@dataclass
class Section:
    """A room on its way into the answer. Events with `after` < seq <= `through` may be shown.

    `whole_state`: all state before the timeline, else only what changed in a gap.
    """

    change: RoomChange
    after: int
    through: int
    whole_state: bool
    fresh: bool
    rows: list[EventRow] = field(default_factory=list)
    state: list[EventRow] = field(default_factory=list)
    limited: bool = False

    @property
    def start(self) -> int:
        """The position of the first event shown, or the one after the last."""
        return self.rows[0].seq if self.rows else self.through + 1


@dataclass
class Collected:
    """`body` None: nothing to tell. `token` is where the next answer begins; `moved`: memberships changed."""

    token: SyncToken
    body: Json | None
    moved: bool


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
            answer.add_unchanged(everything)
        body = await answer.build()
        flip = since is not None and since.pos == changes.head and since.typing == typing and not since.flip
        token = SyncToken(changes.epoch, changes.head, typing, flip and body is not None)
        moved = since is None or any(change.was != change.now for change in changes.rooms)
        return Collected(token, None if body is None else {"next_batch": str(token), **body}, moved)

    async def _changes(self, since: int | None) -> Changes:
        actor = self._actor
        return await sync.changes(
            self._pool,
            staff_id=actor.staff_id,
            user=actor.user_id,
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
        self._joined: dict[int, Section] = {}
        self._left: dict[int, Section] = {}
        self._invited: list[RoomChange] = []
        for change in changes.rooms:
            if self._filter.allows_room(change.room_id):
                self._sort(change)

    def add_unchanged(self, everything: Changes) -> None:
        """For full_state: rooms in which nothing happened, with their state."""
        for change in everything.rooms:
            known = change.room in self._joined or change.room in self._left
            if change.now == "join" and not known and self._filter.allows_room(change.room_id):
                self._joined[change.room] = Section(change, change.upto, change.upto, True, False)

    def _sort(self, change: RoomChange) -> None:
        initial = self._since is None
        moved = change.was != change.now
        fresh = change.now == "join" and (initial or moved)
        after = change.history_seq if initial or fresh else max(change.since, change.history_seq)
        if change.now == "join":
            whole = fresh or self._full_state
            self._joined[change.room] = Section(change, after, change.upto, whole, fresh)
        elif change.now == "invite":
            if initial or moved or change.member_seq > change.since:
                self._invited.append(change)
        elif change.now in {"leave", "ban"}:
            self._sort_left(change, after, initial=initial)

    def _sort_left(self, change: RoomChange, after: int, *, initial: bool) -> None:
        """Up to the event that ended the stay; without a stay, that event alone. Nothing that came later."""
        if initial or change.was == "join":
            if change.ended is not None:
                self._left[change.room] = Section(change, after, change.ended, initial, False)
        elif change.was is not None and change.was != change.now:
            self._left[change.room] = Section(change, change.member_seq - 1, change.member_seq, False, False)

    async def build(self) -> Json | None:
        """The body without its token; None when there is nothing in it."""
        await self._fill_timelines()
        decorations = await event_store.decorations(
            self._pool, [row for part in self._parts() for row in part.rows]
        )
        await self._fill_state()
        ephemeral = await self._ephemeral()
        typing_rooms = await self._typing()
        for room in typing_rooms:
            ephemeral.setdefault(room, [])
        await self._add_rooms_of_ephemerals(ephemeral)
        account = await self._account_data()
        rooms_body = {
            "join": await self._join_bodies(decorations, ephemeral, typing_rooms),
            "invite": await self._invite_bodies(),
            "leave": {
                part.change.room_id: self._room_body(part, decorations) for part in self._left.values()
            },
        }
        if self._since is not None and not self._full_state and not account and not any(rooms_body.values()):
            return None
        return {
            "account_data": {"events": account},
            "presence": {"events": []},
            "to_device": {"events": []},
            "device_lists": {"changed": [], "left": []},
            "device_one_time_keys_count": {},
            "device_unused_fallback_key_types": [],
            "rooms": rooms_body,
        }

    def _parts(self) -> list[Section]:
        return [*self._joined.values(), *self._left.values()]

    # -- timelines and state --------------------------------------------------------------------------------------

    async def _fill_timelines(self) -> None:
        limit = self._filter.limit
        windows = {
            part.change.room: (part.after, part.through)
            for part in self._parts()
            if part.through > part.after
        }
        found = by_room(await sync.timelines(self._pool, windows, limit + 1, self._filter.timeline))
        for part in self._parts():
            rows = found.get(part.change.room, [])
            part.limited = len(rows) > limit
            part.rows = rows[len(rows) - limit :] if part.limited else rows

    async def _fill_state(self) -> None:
        sifted = self._filter.timeline != ALL_EVENTS
        whole = {part.change.room: part.start for part in self._parts() if part.whole_state}
        # A filtered timeline may hide state: then everything that changed counts, less what is shown.
        gaps = {
            part.change.room: (part.after, part.through + 1 if sifted else part.start)
            for part in self._parts()
            if not part.whole_state and (part.limited or sifted) and part.through > part.after
        }
        members = self._lazy_members() if self._filter.lazy else None
        found = by_room(
            [
                *await rooms.state_before(self._pool, whole, members),
                *await rooms.state_between(self._pool, gaps),
                *await self._lazy_state(members, {*whole}),
            ]
        )
        for part in self._parts():
            shown = {row.seq for row in part.rows}
            rows = {row.seq: row for row in found.get(part.change.room, []) if row.seq not in shown}
            part.state = [
                row
                for row in rows.values()
                if self._filter.state.allows(row.type)
                and (members is None or row.type != "m.room.member" or row.state_key in members)
            ]

    def _lazy_members(self) -> list[str]:
        senders = {ids.user_id(row.staff_number) for part in self._parts() for row in part.rows}
        return sorted(senders | {self._actor.user_id})

    async def _lazy_state(self, members: list[str] | None, done: set[int]) -> list[EventRow]:
        """Who spoke, for rooms whose state is not sent whole; sent again each time, which is allowed."""
        if members is None:
            return []
        more = {part.change.room: part.start for part in self._joined.values() if part.rows}
        more = {room: start for room, start in more.items() if room not in done}
        return [
            row for row in await rooms.state_before(self._pool, more, members) if row.type == "m.room.member"
        ]

    def _room_body(self, part: Section, decorations: Decorations) -> Json:
        device = self._actor.device_id
        return {
            "timeline": {
                "events": [client_event(row, device=device, decorations=decorations) for row in part.rows],
                "limited": part.limited,
                "prev_batch": page_token(part.start - 1),
            },
            "state": {"events": [client_event(row, device=device) for row in part.state]},
            "account_data": {"events": []},
        }

    # -- what belongs to joined rooms -----------------------------------------------------------------------------

    async def _join_bodies(
        self, decorations: Decorations, ephemeral: dict[int, list[Json]], typing: dict[int, Json]
    ) -> dict[str, Json]:
        shown = {
            room: part
            for room, part in self._joined.items()
            if part.rows or part.whole_state or part.state or part.limited or part.change.own or ephemeral.get(room)
            or room in typing
        }  # fmt: skip
        counts = await sync.counts(self._pool, self._actor.staff_id, list(shown))
        summaries = await self._summaries(shown)
        data = await self._room_data(shown)
        bodies: dict[str, Json] = {}
        for room, part in shown.items():
            count = counts.get(room)
            if count is None:
                continue  # left in this very moment: the next answer says so
            body = self._room_body(part, decorations)
            marks = list(ephemeral.get(room, []))
            if count.private and (part.fresh or part.change.own):
                marks.append(_receipt("m.read.private", self._actor.user_id, count.private, count.private_ts))
            if room in typing:
                marks.append(typing[room])
            body["ephemeral"] = {
                "events": [mark for mark in marks if self._filter.ephemeral.allows(mark["type"])]
            }
            body["unread_notifications"] = {
                "notification_count": count.unread,
                "highlight_count": count.mentions,
            }
            body["summary"] = summaries.get(room, {})
            if count.fully_read and (part.fresh or part.change.own):
                data.setdefault(room, []).append(
                    {"type": "m.fully_read", "content": {"event_id": count.fully_read}}
                )
            body["account_data"]["events"] = [
                item for item in data.get(room, []) if self._filter.room_account_data.allows(item["type"])
            ]
            bodies[part.change.room_id] = body
        return bodies

    async def _summaries(self, shown: dict[int, Section]) -> dict[int, Json]:
        wanted = [
            room
            for room, part in shown.items()
            if part.whole_state or any(row.type == "m.room.member" for row in part.rows)
        ]
        counted = await sync.summaries(self._pool, wanted)
        nameless = [room for room in wanted if shown[room].change.kind == "direct"]
        heroes = await sync.heroes(self._pool, self._actor.staff_id, nameless)
        found: dict[int, Json] = {}
        for room, (joined, invited) in counted.items():
            found[room] = {"m.joined_member_count": joined, "m.invited_member_count": invited}
            if room in heroes:
                found[room]["m.heroes"] = [ids.user_id(number) for number in heroes[room]]
        return found

    async def _room_data(self, shown: dict[int, Section]) -> dict[int, list[Json]]:
        wanted = [room for room, part in shown.items() if part.fresh or part.change.own]
        found: dict[int, list[Json]] = {}
        if wanted:
            for room, data_type, content in await people.list_data(self._pool, self._actor.staff_id, wanted):
                found.setdefault(room, []).append({"type": data_type, "content": content})
        return found

    async def _ephemeral(self) -> dict[int, list[Json]]:
        """One m.receipt a room, with everybody who moved; all marks for a room that is new to the client."""
        fresh = [room for room, part in self._joined.items() if part.fresh]
        moved = [room for room, part in self._joined.items() if part.change.receipts and not part.fresh]
        head = self._changes.head
        rows = await sync.receipts(self._pool, fresh, None, head)
        if self._since is not None:
            rows += await sync.receipts(self._pool, moved, self._since.pos, head)
        found: dict[int, Json] = {}
        for room, number, event_id, ts in rows:
            content = found.setdefault(room, {})
            content.setdefault(event_id, {"m.read": {}})["m.read"][ids.user_id(number)] = {"ts": ts}
        return {room: [{"type": "m.receipt", "content": content}] for room, content in found.items()}

    async def _typing(self) -> dict[int, Json]:
        """The full list of those who type, for each room where it changed."""
        typing = self._delivery.typing
        if self._since is None:
            rooms_moved = [room for room in typing.busy_rooms() if room in self._joined]
        else:
            fresh = [
                room for room in typing.busy_rooms() if room in self._joined and self._joined[room].fresh
            ]
            rooms_moved = [*typing.rooms_after(self._since.typing), *fresh]
        lists = {room: typing.people(room) for room in rooms_moved}
        numbers = await sync.staff_numbers(self._pool, [key for keys in lists.values() for key in keys])
        return {
            room: {"type": "m.typing", "content": {"user_ids": [ids.user_id(numbers[key]) for key in keys]}}
            for room, keys in lists.items()
        }

    async def _add_rooms_of_ephemerals(self, ephemeral: dict[int, list[Json]]) -> None:
        """Rooms in which only the typing changed are not among the changes of the stream."""
        missing = [room for room in ephemeral if room not in self._joined]
        for room, room_id, kind, last in await sync.joined_among(self._pool, self._actor.staff_id, missing):
            change = RoomChange(room, room_id, kind, last, last, "join", "join", 0, 0, False, False)
            if self._filter.allows_room(room_id):
                self._joined[room] = Section(change, last, last, False, False)

    # -- invitations and the person's own data ----------------------------------------------------------------------

    async def _invite_bodies(self) -> dict[str, Json]:
        keys = [change.room for change in self._invited]
        found = by_room(await sync.stripped(self._pool, self._actor.user_id, keys, STRIPPED_TYPES))
        return {
            change.room_id: {
                "invite_state": {"events": [stripped_event(row) for row in found.get(change.room, [])]}
            }
            for change in self._invited
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
                if (initial or name in changed) and name != "m.direct"
            ]
        if self._direct_changed(changed):
            content = await direct_content(self._pool, self._actor.staff_id)
            if content or not initial:
                events.append({"type": "m.direct", "content": content})
        return [event for event in events if self._filter.account_data.allows(event["type"])]

    def _direct_changed(self, changed: set[str]) -> bool:
        came = any(part.fresh and part.change.kind == "direct" for part in self._joined.values())
        return self._since is None or came or "m.direct" in changed


async def direct_content(pool: Any, staff_id: int) -> dict[str, list[str]]:
    """m.direct: what the client stored, with the direct rooms of this platform always in it."""
    stored = await people.find_data(pool, staff_id, 0, "m.direct") or {}
    content = {user: list(known) for user, known in stored.items() if isinstance(known, list)}
    for number, room_id in await sync.direct_rooms(pool, staff_id):
        known = content.setdefault(ids.user_id(number), [])
        if room_id not in known:
            known.append(room_id)
    return content


def _receipt(kind: str, user: str, event_id: str, ts: int | None) -> Json:
    return {"type": "m.receipt", "content": {event_id: {kind: {user: {"ts": ts or 0}}}}}
