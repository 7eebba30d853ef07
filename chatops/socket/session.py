"""One open live session: what the client says, and what it gets."""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from psycopg import Error as DatabaseError

from chatops.delivery.delivery import Delivery
from chatops.delivery.taken import is_followed
from chatops.socket import farewell, frames
from chatops.socket.farewell import SIGNED_OUT, Farewell
from chatops.socket.flow import Outlet, Pace, Send
from chatops.socket.sends import Sends
from chatops.store import live
from chatops.store.live import RoomEntry
from chatops.store.sessions import find_actor
from common import clock
from common.errors import DomainError
from directory.actors import Actor

log = logging.getLogger(__name__)

UNREPORTED_LIMIT_S = 60
TYPING_MS = 6000
TYPING_PER_SECOND = 1
MAX_GAP = 2000
AHEAD_WAIT_S = 0.01
BAD_FRAME_COST = 20  # so many good frames: a client that speaks nonsense is cut off sooner
FAREWELL_S = 1
_serials = itertools.count()


class LiveSession:
    """Implements the hub's Listener and the delivery's Session.

    Thousands of these are idle in one process: the names of rooms are the hub's own, what few need is made when needed.
    """

    __slots__ = (
        "_behind",
        "_closing",
        "_delivery",
        "_doubtful",
        "_followed",
        "_hidden",
        "_open",
        "_outlet",
        "_pace",
        "_raw_send",
        "_rooms",
        "_secret",
        "_sends",
        "_typing_pace",
        "actor",
        "device_pk",
        "serial",
        "staff_id",
        "staff_number",
    )

    def __init__(self, delivery: Delivery, actor: Actor, secret: str, send: Send) -> None:
        self.actor = actor
        self.staff_id = actor.staff_id
        self.staff_number = actor.staff_number
        self.device_pk = actor.device_id or 0
        self._secret = secret
        self._delivery = delivery
        self._raw_send = send
        self._outlet = Outlet(send, settings.LIVE_QUEUE_FRAMES, settings.LIVE_QUEUE_BYTES)
        self._pace = Pace(settings.LIVE_FRAMES_PER_SECOND)
        self._typing_pace: Pace | None = None
        self.serial = next(_serials)
        self._rooms: dict[str, int] = {}
        self._behind: dict[int, int] = {}
        self._hidden: dict[int, int] = {}  # rooms whose history is not for this person, up to where
        self._doubtful: set[int] | None = None
        self._sends = Sends(self, delivery)
        self._followed: deque[tuple[int, int]] | None = None  # (frame by the client's count, stream position)
        self._open = True
        self._closing: asyncio.Event | None = None

    # -- opening and catching up -------------------------------------------------------------------------------

    async def open(self, hello: frames.Hello) -> None:
        """Listen first, then read what was missed."""
        delivery = self._delivery
        delivery.sessions.add(self)
        delivery.hub.join_person(self)
        self._end_surplus()
        person_head = delivery.reader.pos
        entries = await live.rooms_of(delivery.pool, self.staff_id)
        for entry in entries:
            self._join(entry, min(hello.positions.get(entry.room_id, entry.last), entry.last))
        self.put(
            {
                "type": "welcome",
                "v": 1,
                "me": self.actor.user_id,
                "acting": str(self.actor.appointment_id) if self.actor.appointment_id else None,
                "rooms": [entry.as_json() for entry in entries],
                "person": person_head,
                "server_time": clock.now_ms(),
                "report": self._outlet.report,
            }
        )
        if hello.person is not None:
            delivery.taken.mark(self.staff_id, hello.person)
            for pos, body in await live.person_frames(
                delivery.pool, self.staff_id, hello.person, person_head
            ):
                self.put({"type": "person", "pos": pos, **body})
                if is_followed(body.get("kind")):
                    self.followed(pos)
        delivery.spawn(self._catch_up())

    def _end_surplus(self) -> None:
        """The newest socket is the one that somebody looks at, and the oldest perhaps long forgotten: it goes."""
        own = [
            one
            for one in self._delivery.sessions
            if isinstance(one, LiveSession) and one.staff_id == self.staff_id
        ]
        for oldest in sorted(own, key=lambda one: one.serial)[: -settings.LIVE_SOCKETS_PER_PERSON]:
            oldest.end(farewell.too_many_sockets())

    def _join(self, entry: RoomEntry, position: int) -> None:
        topic = self._delivery.hub.join(self, entry.room, entry.room_id, entry.last)
        self._rooms[topic.room_id] = topic.room
        if entry.history:
            self._hidden[entry.room] = entry.history
        if position != topic.head:  # also ahead of it, when the client comes from another process
            self._behind[entry.room] = max(entry.history, position)
        if topic.head > entry.last:
            self._doubtful = {entry.room, *(self._doubtful or ())}

    async def _catch_up(self) -> None:
        """Send what each room is behind, page by page, at the pace that the client reports."""
        try:
            for room in list(self._behind):
                await self._catch_up_room(room)
        except (DatabaseError, TimeoutError) as error:
            log.warning("catch-up of %s stopped: %s", self.staff_number, error)
            self.end(farewell.try_later())

    async def _catch_up_room(self, room: int) -> None:
        hub = self._delivery.hub
        while self._open and room in self._behind and (topic := hub.rooms.get(room)):
            position = self._behind[room]
            if self._doubtful and room in self._doubtful and not await self._is_member(room, topic.room_id):
                return
            if topic.head < position:  # this process is not yet as far as the client
                await asyncio.sleep(AHEAD_WAIT_S)
                continue
            if topic.head == position:
                self._behind.pop(
                    room
                )  # nothing awaited since head was read: live frames follow without a gap
                return
            if topic.head - position > MAX_GAP:
                self.put({"type": "gap", "room": topic.room_id, "last": topic.head})
                self._behind.pop(room)
                return
            page = await self._delivery.pages.get(room, topic.room_id, position, topic.head)
            await self._outlet.has_room()
            if self._behind.get(room) != position or self._outlet.lagging:
                return  # left the room, or told to resume: that begins anew
            if page.frame is None:
                self._behind.pop(room)
                log.warning("room %s has nothing after %s, wanted %s", topic.room_id, position, topic.head)
                return
            self._outlet.put(page.frame)
            self._behind[room] = page.last

    async def _is_member(self, room: int, room_id: str) -> bool:
        """A removal may lie among what was forwarded here just before this socket listened."""
        if self._doubtful is not None:
            self._doubtful.discard(room)
        if await live.rooms_of(self._delivery.pool, self.staff_id, room):
            return True
        self._delivery.hub.leave(self, room)
        self.dropped(room, room_id)
        return False

    # -- from the hub and the delivery --------------------------------------------------------------------------

    def deliver(self, frame: bytes, room: int | None) -> None:
        if room is None:
            self._outlet.put(frame)
        elif room not in self._behind:
            self._outlet.put(self._sends.with_acks(frame))

    def followed(self, pos: int) -> None:
        """The frame just put is one whose taking somebody wants to know about."""
        if not self._outlet.lagging:
            self._followed = self._followed or deque()
            self._followed.append((self._outlet.sent, pos))

    def _reported(self, taken: int) -> None:
        self._outlet.reported(taken)
        pos = None
        while self._followed and self._followed[0][0] <= taken:
            pos = self._followed.popleft()[1]
        if pos is not None:
            self._delivery.taken.mark(self.staff_id, pos)

    def dropped(self, room: int, room_id: str) -> None:
        self._behind.pop(room, None)
        self._hidden.pop(room, None)
        self._delivery.presence.left(self, room)
        if self._rooms.pop(room_id, None) is not None:
            self.put({"type": "left", "room": room_id})

    def entered(self, entry: RoomEntry) -> None:
        """This person has joined a room: listen from its present end."""
        if entry.room_id not in self._rooms:
            self._join(entry, entry.last)
            self.put({"type": "room", **entry.as_json()})
            if entry.room in self._behind:
                self._delivery.spawn(self._catch_up())

    async def recheck(self) -> None:
        """Rights have changed: sign in again by the same secret, or say good-bye."""
        try:
            self.actor = await find_actor(self._delivery.pool, self._secret, self.actor.appointment_id)
        except DomainError as error:
            self.end(Farewell(SIGNED_OUT, error.code, error.user_message()))
        except (DatabaseError, TimeoutError):
            self.end(farewell.try_later())

    def beat(self) -> None:
        """Heads of the rooms, and the end of a client that has reported nothing for a minute."""
        since = self._outlet.unreported_since
        loop = self._delivery.loop
        if since is not None and loop is not None and loop.time() - since > UNREPORTED_LIMIT_S:
            self.end(farewell.no_report())
            return
        topics = self._delivery.hub.rooms
        heads = {room_id: topics[room].head for room_id, room in self._rooms.items() if room in topics}
        self.put({"type": "heads", "rooms": heads})

    def end(self, why: Farewell) -> None:
        """Say good-bye and close the socket from our side; from now on it hears nothing."""
        if self._open:
            log.info("live socket of %s ended: %s", self.staff_number, why.code)
            self._outlet.put_last(orjson.dumps(why.frame()))
            self._open = False
            self._unlisten()
            self._closing = asyncio.Event()
            self._delivery.spawn(self._close_socket(why, self._closing))

    async def ended(self) -> None:
        """After `end`: wait until the good-bye has gone."""
        if self._closing is not None:
            await self._closing.wait()

    async def _close_socket(self, why: Farewell, closing: asyncio.Event) -> None:
        try:
            await self._outlet.finish(FAREWELL_S)
            await self._raw_send({"type": "websocket.close", "code": why.close, "reason": why.code})
        except Exception:  # noqa: BLE001 - already gone, in each server's own words
            log.debug("socket was gone before it was closed")
        finally:
            self.close()
            closing.set()

    def close(self) -> None:
        self._open = False
        self._unlisten()
        self._outlet.stop()

    def _unlisten(self) -> None:
        delivery = self._delivery
        for room in self._rooms.values():
            delivery.hub.leave(self, room)
        self._rooms.clear()
        delivery.hub.leave_person(self)
        delivery.sessions.discard(self)
        delivery.acking.discard(self)
        delivery.presence.watch(self, None)

    # -- from the client ------------------------------------------------------------------------------------------

    def handle(self, text: str | bytes) -> bool:
        """Act on one frame. False ends the socket."""
        if not self._open:
            return False
        if not self._pace.take():
            self.end(farewell.too_fast())
            return False
        try:
            frame = frames.decode(text)
        except msgspec.MsgspecError as error:
            field, message = frames.explain(error)
            self.put(
                {"type": "refused", "txn": None, "code": "bad_frame", "message": message, "field": field}
            )
            self._pace.take(BAD_FRAME_COST)
        else:
            self._act(frame)
        return True

    def _act(self, frame: frames.ClientFrame) -> None:
        match frame:
            case frames.Send():
                self._sends.take(frame, self._rooms.get(frame.room))
            case frames.Pos(frames=taken):
                self._reported(taken)
            case frames.Read(room=room, seq=seq):
                self._with_room(room, lambda key: self._delivery.marks.mark(key, self.staff_id, seq))
            case frames.Typing(room=room, on=on):
                self._with_room(room, lambda key: self._typing(key, room, on))
            case frames.Watch(room=shown):
                self._delivery.presence.watch(self, self._rooms.get(shown) if shown else None)
            case frames.Resume():
                self._resume(frame)
            case frames.Ping():
                self.put({"type": "pong", "server_time": clock.now_ms()})
            case frames.Hello():
                message = _("连接已建立，无需再次握手。")
                self.put({"type": "refused", "txn": None, "code": "bad_frame", "message": message})

    def flush_acks(self) -> None:
        self._sends.flush_acks()

    def _resume(self, frame: frames.Resume) -> None:
        self._outlet.resumed(frame.frames)
        self._followed = None
        for room_id, room in self._rooms.items():
            topic = self._delivery.hub.rooms.get(room)
            position = frame.positions.get(room_id)
            if topic is not None and position is not None and position < self._behind.get(room, topic.head):
                self._behind[room] = max(self._hidden.get(room, 0), position)
        self._delivery.spawn(self._catch_up())

    def _typing(self, room: int, room_id: str, on: bool) -> None:
        """Told to the whole room, so it has a pace of its own: what comes faster is left out."""
        self._typing_pace = self._typing_pace or Pace(TYPING_PER_SECOND)
        if not self._typing_pace.take():
            return
        body = orjson.dumps({"type": "typing", "room": room_id, "user": self.actor.user_id, "on": on})
        self._delivery.spawn(self._delivery.set_typing(room, self.staff_id, TYPING_MS if on else 0, body))

    def _with_room(self, room_id: str, act: Callable[[int], None]) -> None:
        room = self._rooms.get(room_id)
        if room is not None:
            act(room)

    def put(self, body: dict[str, Any]) -> None:
        self._outlet.put(orjson.dumps(body))
