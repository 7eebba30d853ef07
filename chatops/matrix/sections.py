"""The rooms of one sync answer: which of them, which of their events, and the state that belongs before these."""

from dataclasses import dataclass, field
from typing import Any

from chatops.matrix.events import by_room, client_event
from chatops.matrix.filters import SyncFilter
from chatops.matrix.tokens import page_token
from chatops.store.live import Pool
from chatops.store.matrix import events as event_store
from chatops.store.matrix import rooms, sync
from chatops.store.matrix.events import NOTHING, EventRow
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


class Sections:
    """Sorts changes into joined, left and invited rooms; `fill` reads for all of them together."""

    def __init__(
        self, pool: Pool, actor: Actor, sieve: SyncFilter, *, initial: bool, full_state: bool
    ) -> None:
        self.joined: dict[int, Section] = {}
        self.left: dict[int, Section] = {}
        self.invited: list[RoomChange] = []
        self.knocked: list[RoomChange] = []
        self._pool = pool
        self._actor = actor
        self._filter = sieve
        self._initial = initial
        self._full_state = full_state
        self._decorations = NOTHING

    def add(self, changes: Changes) -> None:
        for change in changes.rooms:
            if self._filter.allows_room(change.room_id):
                self._sort(change)

    def add_unchanged(self, everything: Changes) -> None:
        """For full_state: rooms in which nothing happened, with their state."""
        for change in everything.rooms:
            known = change.room in self.joined or change.room in self.left
            if change.now == "join" and not known and self._filter.allows_room(change.room_id):
                self.joined[change.room] = Section(change, change.upto, change.upto, True, False)

    def _sort(self, change: RoomChange) -> None:
        moved = change.was != change.now
        fresh = change.now == "join" and (self._initial or moved)
        after = change.history_seq if self._initial or fresh else max(change.since, change.history_seq)
        if change.now == "join":
            whole = fresh or self._full_state
            self.joined[change.room] = Section(change, after, change.upto, whole, fresh)
        elif change.now == "invite":
            if self._initial or moved or change.member_seq > change.since:
                self.invited.append(change)
        elif change.now == "knock":
            if self._initial or moved:
                self.knocked.append(change)
        elif change.now in {"leave", "ban"}:
            self._sort_left(change, after)

    def _sort_left(self, change: RoomChange, after: int) -> None:
        """Up to the event that ended the stay; without a stay, that event alone. Nothing that came later."""
        if self._initial or change.was == "join":
            if change.ended is not None:
                self.left[change.room] = Section(change, after, change.ended, self._initial, False)
        elif change.was is not None and change.was != change.now:
            self.left[change.room] = Section(change, change.member_seq - 1, change.member_seq, False, False)

    async def add_quiet(self, wanted: list[int]) -> None:
        """Joined rooms with no change in the stream, in which somebody types."""
        missing = [room for room in wanted if room not in self.joined]
        for room, room_id, kind, last in await sync.joined_among(self._pool, self._actor.staff_id, missing):
            if self._filter.allows_room(room_id):
                change = RoomChange(room, room_id, kind, last, last, "join", "join", 0, 0, False, False)
                self.joined[room] = Section(change, last, last, False, False)

    async def fill(self) -> None:
        await self._fill_timelines()
        rows = [row for part in self._parts() for row in part.rows]
        # Nothing speaks yet of the newest event of a room: for one fresh message nothing is asked.
        newest = {part.change.room: part.change.upto for part in self._parts()}
        ends = {room: part.through for room, part in self.left.items()}
        self._decorations = await event_store.decorations(
            self._pool, rows, reader=self._actor.staff_id, newest=newest, ends=ends
        )
        await self._fill_state()

    def _parts(self) -> list[Section]:
        return [*self.joined.values(), *self.left.values()]

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
        if self._filter.state.none:
            return
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
        more = {part.change.room: part.start for part in self.joined.values() if part.rows}
        more = {room: start for room, start in more.items() if room not in done}
        return [
            row for row in await rooms.state_before(self._pool, more, members) if row.type == "m.room.member"
        ]

    def body(self, part: Section) -> Json:
        device, decorations = self._actor.device_id, self._decorations
        return {
            "timeline": {
                "events": [client_event(row, device=device, decorations=decorations) for row in part.rows],
                "limited": part.limited,
                "prev_batch": page_token(part.start - 1),
            },
            "state": {"events": [client_event(row, device=device) for row in part.state]},
            "account_data": {"events": []},
        }
