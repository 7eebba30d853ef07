"""The hub: who in this process listens to which room or person, and the fan-out to them.

A batch is one frame of bytes for all listeners of a room. The loop never waits for one socket; a listener that falls
behind is told to resume. A removal in the room takes the member off at that position (decisions 9).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Protocol

from chatops.store.frames import events_frame

REMOVED = frozenset({"leave", "ban"})


class Listener(Protocol):
    """A live socket, as the hub sees it."""

    staff_id: int

    def deliver(self, frame: bytes, room: int | None) -> None: ...
    def followed(self, pos: int) -> None: ...
    def dropped(self, room: int, room_id: str) -> None: ...


@dataclass(slots=True, eq=False)
class RoomTopic:
    """A room with local listeners. `head` is the last position that was forwarded here."""

    room: int
    room_id: str
    head: int
    listeners: set[Listener] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Removal:
    """Person `staff_id` is out of the room from position `seq` on."""

    staff_id: int
    seq: int


class Hub:
    """Rooms and people with local listeners. `pull(topic, last)` is asked to fetch what was missed."""

    def __init__(self, pull: Callable[[RoomTopic, int], None]) -> None:
        self._pull = pull
        self.rooms: dict[int, RoomTopic] = {}
        self.people: dict[int, set[Listener]] = defaultdict(set)

    def join(self, listener: Listener, room: int, room_id: str, head: int) -> RoomTopic:
        """Listen to a room. `head` is the room's last position as just read; used when nobody listened before."""
        topic = self.rooms.get(room)
        if topic is None:
            topic = self.rooms[room] = RoomTopic(room, room_id, head)
        elif head > topic.head:
            self._pull(topic, head)
        topic.listeners.add(listener)
        return topic

    def leave(self, listener: Listener, room: int) -> None:
        if topic := self.rooms.get(room):
            topic.listeners.discard(listener)
            if not topic.listeners:
                del self.rooms[room]

    def join_person(self, listener: Listener) -> None:
        self.people[listener.staff_id].add(listener)

    def leave_person(self, listener: Listener) -> None:
        if listeners := self.people.get(listener.staff_id):
            listeners.discard(listener)
            if not listeners:
                del self.people[listener.staff_id]

    def moved(self, room: int, last: int) -> None:
        """A wake-up: the room has reached `last` somewhere. Unknown rooms and old news are ignored."""
        topic = self.rooms.get(room)
        if topic is not None and last > topic.head:
            self._pull(topic, last)

    def forward(
        self,
        room: int,
        events: list[dict[str, Any]],
        removals: Iterable[Removal] = (),
        *,
        first_to: AbstractSet[object] = frozenset(),
    ) -> None:
        """Send consecutive events of one room to its listeners; fetches instead when something before is missing.

        `first_to`: those who wait for an answer, and may not wait for thousands of readers besides.
        """
        topic = self.rooms.get(room)
        if topic is None or not events:
            return
        first, last = events[0]["seq"], events[-1]["seq"]
        if last <= topic.head:
            return
        if first > topic.head + 1:
            self._pull(topic, last)
            return
        if first <= topic.head:
            events = [event for event in events if event["seq"] > topic.head]
        self._drop_removed(topic, events, removals)
        topic.head = last
        if not topic.listeners:
            del self.rooms[room]
            return
        frame = events_frame(topic.room_id, events)
        waiting = topic.listeners & first_to
        for listener in (*waiting, *(topic.listeners - waiting)):
            listener.deliver(frame, room)

    def to_room(self, room: int, frame: bytes, *, but: int | None = None) -> None:
        """Send a frame without a position (receipts, typing) to a room's listeners, except those of person `but`."""
        if topic := self.rooms.get(room):
            for listener in tuple(topic.listeners):
                if listener.staff_id != but:
                    listener.deliver(frame, None)

    def to_person(self, staff_id: int, frame: bytes, *, follow: int | None = None) -> None:
        """`follow`: the frame's position in the stream, where somebody wants to know when it was taken."""
        for listener in tuple(self.people.get(staff_id, ())):
            listener.deliver(frame, None)
            if follow is not None:
                listener.followed(follow)

    def _drop_removed(
        self, topic: RoomTopic, events: list[dict[str, Any]], removals: Iterable[Removal]
    ) -> None:
        for removal in removals:
            seen = [event for event in events if event["seq"] <= removal.seq]
            frame = events_frame(topic.room_id, seen) if seen else None
            for listener in tuple(topic.listeners):
                if listener.staff_id == removal.staff_id:
                    if frame is not None:
                        listener.deliver(frame, topic.room)
                    topic.listeners.discard(listener)
                    listener.dropped(topic.room, topic.room_id)


def removals_in(events: Iterable[dict[str, Any]], staff_ids: dict[str, int]) -> list[Removal]:
    """Removals among events, oldest first. `staff_ids` maps user ids to keys; unknown people have no sockets here.

    Who is removed and joins again in the same batch stays removed here: the delivery looks after such afterwards.
    """
    return [
        Removal(staff_ids[event["state_key"]], event["seq"])
        for event in events
        if event["type"] == "m.room.member"
        and event["content"].get("membership") in REMOVED
        and event.get("state_key") in staff_ids
    ]
