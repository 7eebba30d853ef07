"""What a sync answer says of the rooms that a person is in, beside their events: marks, typing, counts, data."""

from typing import Any

from chatops.delivery.delivery import Delivery
from chatops.matrix.filters import SyncFilter
from chatops.matrix.sections import Section, Sections
from chatops.matrix.tokens import SyncToken
from chatops.store.matrix import people, sync
from common import ids
from directory.actors import Actor

Json = dict[str, Any]


class JoinedRooms:
    """`since` None: an initial sync. `head`: the position up to which this answer tells."""

    def __init__(
        self, delivery: Delivery, actor: Actor, sieve: SyncFilter, since: SyncToken | None, head: int
    ) -> None:
        self._delivery = delivery
        self._pool = delivery.pool
        self._actor = actor
        self._filter = sieve
        self._since = since
        self._head = head

    async def bodies(self, sections: Sections) -> dict[str, Json]:
        """By room id. Rooms in which only the typing changed are added to the sections."""
        typing = await self._typing(sections)
        receipts = await self._receipts(sections.joined)
        shown = {
            room: part
            for room, part in sections.joined.items()
            if part.rows or part.whole_state or part.state or part.limited or part.change.own
            or room in receipts or room in typing
        }  # fmt: skip
        by_thread = self._filter.threads
        counts = await sync.counts(self._pool, self._actor.staff_id, list(shown), by_thread=by_thread)
        threads = await sync.thread_counts(self._pool, self._actor.staff_id, list(shown)) if by_thread else {}
        summaries = await self._summaries(shown)
        data = await self._room_data(shown)
        bodies: dict[str, Json] = {}
        for room, part in shown.items():
            count, own = counts[room], part.fresh or part.change.own
            marks = [found[room] for found in (receipts, typing) if room in found]
            kept = data.get(room, [])
            if own and count.private:
                marks.append(_private_mark(self._actor.user_id, count.private, count.private_ts or 0))
            if own and count.fully_read:
                kept.append({"type": "m.fully_read", "content": {"event_id": count.fully_read}})
            bodies[part.change.room_id] = sections.body(part) | {
                "ephemeral": {"events": [one for one in marks if self._filter.ephemeral.allows(one["type"])]},
                "unread_notifications": _unread(count.unread, count.mentions),
                "summary": summaries.get(room, {}),
                "account_data": {
                    "events": [one for one in kept if self._filter.room_account_data.allows(one["type"])]
                },
            }
            if by_thread:
                of_room = threads.get(room, {})
                bodies[part.change.room_id]["unread_thread_notifications"] = {
                    root: _unread(*counted) for root, counted in of_room.items()
                }
        return bodies

    async def _typing(self, sections: Sections) -> dict[int, Json]:
        """The full list of those who type, for each room where it changed."""
        typing = self._delivery.typing
        if self._since is None:
            moved = typing.busy_rooms()
        else:
            moved = typing.rooms_after(self._since.typing)
            fresh = [room for room, part in sections.joined.items() if part.fresh]
            moved += [room for room in typing.busy_rooms() if room in fresh]
        await sections.add_quiet(moved)
        lists = {room: typing.people(room) for room in moved if room in sections.joined}
        numbers = await sync.staff_numbers(self._pool, [key for keys in lists.values() for key in keys])
        return {
            room: {"type": "m.typing", "content": {"user_ids": [ids.user_id(numbers[key]) for key in keys]}}
            for room, keys in lists.items()
        }

    async def _receipts(self, joined: dict[int, Section]) -> dict[int, Json]:
        """One m.receipt a room, with everybody who moved; all marks for a room that is new to the client."""
        fresh = [room for room, part in joined.items() if part.fresh]
        moved = [room for room, part in joined.items() if part.change.receipts and not part.fresh]
        rows = await sync.receipts(self._pool, fresh, None, self._head, self._actor.staff_id)
        if self._since is not None:
            rows += await sync.receipts(self._pool, moved, self._since.pos, self._head, self._actor.staff_id)
        found: dict[int, Json] = {}
        for room, number, event_id, ts in rows:
            content = found.setdefault(room, {})
            content.setdefault(event_id, {"m.read": {}})["m.read"][ids.user_id(number)] = {"ts": ts}
        return {room: {"type": "m.receipt", "content": content} for room, content in found.items()}

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


def _unread(notifications: int, highlights: int) -> Json:
    return {"notification_count": notifications, "highlight_count": highlights}


def _private_mark(user: str, event_id: str, ts: int) -> Json:
    return {"type": "m.receipt", "content": {event_id: {"m.read.private": {user: {"ts": ts}}}}}
