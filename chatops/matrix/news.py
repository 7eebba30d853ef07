"""The answer to most long polls: new messages in rooms that the person has been in all along.

The stream's newest changes are in this process already, so it is known without a question what concerns whom. What many
polls are told alike is read once for all of them: the events between two positions of a room, and the unread counts of
those who ask in the same moment. Anything beyond messages is left to the collector, which knows all.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from chatops.delivery.delivery import Delivery
from chatops.matrix.answer import Collected, skeleton
from chatops.matrix.events import client_event
from chatops.matrix.filters import SyncFilter
from chatops.matrix.tokens import SyncToken, page_token
from chatops.store.live import Change
from chatops.store.matrix import events as event_store
from chatops.store.matrix import sync as store
from chatops.store.matrix.events import NOTHING, EventRow
from chatops.store.matrix.rooms import Sieve
from chatops.store.matrix.sync import Counts, Keys
from chatops.store.models import StreamKind
from directory.actors import Actor

Json = dict[str, Any]

SHARED_S, KEPT_NAMES = 0.5, 20_000
ALL_EVENTS = Sieve()
# Changes of a room or person that no sync answer tells: frames of the web client.
UNTOLD = frozenset({StreamKind.PERSON, StreamKind.ROOM, StreamKind.RIGHTS, StreamKind.DEVICE_REVOKED})
# Told to nobody but the person.
OWN = frozenset({StreamKind.ACCOUNT_DATA, StreamKind.TO_DEVICE})


@dataclass(frozen=True, slots=True)
class Window:
    """Events of a room with `after` < seq <= `through`. `plain`: nothing speaks of them yet (no edit, no thread).

    `told`: the list of them in JSON as all see it but the devices that sent one.
    """

    room: str
    rows: list[EventRow]
    plain: bool
    told: orjson.Fragment

    def events(self, device: int | None) -> orjson.Fragment | list[Json]:
        if device is not None and any(row.device == device for row in self.rows):
            return _client_events(self.rows, device)
        return self.told


class News:
    """Of this process; `collect` answers for one person."""

    def __init__(self) -> None:
        self._windows: dict[tuple[int, int, int], asyncio.Task[Window]] = {}
        self._names: OrderedDict[int, str] = OrderedDict()
        self._asking: dict[int, _Asking] = {}

    async def collect(
        self,
        delivery: Delivery,
        actor: Actor,
        sieve: SyncFilter,
        since: SyncToken,
        rooms: frozenset[int],
        keys: Keys,
    ) -> Collected | None:
        """What is new after `since` to somebody who has been in `rooms` since then; None: ask the collector."""
        head, typing = delivery.reader.pos, delivery.typing.serial
        spans = _new_messages(delivery, actor.staff_id, since, rooms) if _lets_all_through(sieve) else None
        if spans is None:
            return None
        token = SyncToken(since.epoch, head, typing)
        if not spans:
            return Collected(token, None, keys)
        windows = {room: await self._window(delivery, room, *span) for room, span in spans.items()}
        if any(not window.plain or len(window.rows) > sieve.limit for window in windows.values()):
            return None
        joined = {}
        for room, window in windows.items():
            count = await self._counts(delivery, room, actor.staff_id)
            if count is None:
                return None
            joined[window.room] = _body(window, count, spans[room][0], actor.device_id)
        nothing: Json = {"invite": {}, "knock": {}, "leave": {}}
        body = {"next_batch": str(token), **skeleton({"join": joined, **nothing}, [], keys)}
        return Collected(token, body, keys)

    async def _window(self, delivery: Delivery, room: int, after: int, through: int) -> Window:
        key = (room, after, through)
        task = self._windows.get(key)
        if task is None:
            task = self._windows[key] = asyncio.ensure_future(self._read(delivery, *key))
            # Not for long: what is recalled must not be told from here.
            asyncio.get_running_loop().call_later(SHARED_S, self._windows.pop, key, None)
        return await asyncio.shield(task)

    async def _read(self, delivery: Delivery, room: int, after: int, through: int) -> Window:
        rows = await store.timelines(delivery.pool, {room: (after, through)}, through - after, ALL_EVENTS)
        said = await event_store.decorations(delivery.pool, rows, reader=0, newest={room: through})
        if room not in self._names:
            self._names[room] = await store.public_id(delivery.pool, room)
            while len(self._names) > KEPT_NAMES:
                self._names.popitem(last=False)
        told = orjson.Fragment(orjson.dumps(_client_events(rows, None)))
        return Window(self._names[room], rows, said == NOTHING, told)

    async def _counts(self, delivery: Delivery, room: int, staff: int) -> Counts | None:
        asking = self._asking.get(room)
        if asking is None:
            asking = self._asking[room] = _Asking(delivery, room, lambda: self._asking.pop(room, None))
        return await asking.of(staff)


class _Asking:
    """One question for all who want to know their counts of a room before it is put."""

    def __init__(self, delivery: Delivery, room: int, close: Callable[[], object]) -> None:
        self._delivery, self._room, self._close = delivery, room, close
        self._people: set[int] = set()
        self._answer = asyncio.ensure_future(self._ask())

    async def of(self, staff: int) -> Counts | None:
        self._people.add(staff)
        return (await asyncio.shield(self._answer)).get(staff)

    async def _ask(self) -> dict[int, Counts]:
        await asyncio.sleep(0)  # those who were woken together have come by then
        self._close()
        return await store.counts_of_many(self._delivery.pool, self._room, sorted(self._people))


def _lets_all_through(sieve: SyncFilter) -> bool:
    everywhere = sieve.rooms is None and not sieve.not_rooms
    return everywhere and sieve.timeline == ALL_EVENTS and not (sieve.lazy or sieve.threads)


def _new_messages(
    delivery: Delivery, staff: int, since: SyncToken, rooms: frozenset[int]
) -> dict[int, tuple[int, int]] | None:
    """By room (after, through) of its new events; None where something else has happened to the person."""
    changes = delivery.reader.after(since.pos)
    if changes is None or not rooms.isdisjoint(delivery.typing.rooms_after(since.typing)):
        return None
    return _spans(changes, staff, rooms)


def _spans(changes: list[Change], staff: int, rooms: frozenset[int]) -> dict[int, tuple[int, int]] | None:
    spans: dict[int, tuple[int, int]] = {}
    for change in changes:
        concerned = change.staff == staff or (change.room in rooms and change.kind not in OWN)
        if change.kind in UNTOLD or not concerned:
            continue
        if change.kind != StreamKind.EVENT or change.staff is not None or change.room is None:
            return None
        ref = change.ref or 0
        after, through = spans.get(change.room, (ref - 1, ref))
        spans[change.room] = (min(after, ref - 1), max(through, ref))
    return spans


def _client_events(rows: list[EventRow], device: int | None) -> list[Json]:
    return [client_event(row, device=device) for row in rows]


def _body(window: Window, count: Counts, after: int, device: int | None) -> Json:
    return {
        "timeline": {
            "events": window.events(device),
            "limited": False,
            "prev_batch": page_token(after),
        },
        "state": {"events": []},
        "account_data": {"events": []},
        "ephemeral": {"events": []},
        "unread_notifications": {"notification_count": count.unread, "highlight_count": count.mentions},
        "summary": {},
    }
