"""Durable jobs of this floor. Arguments are ids; each reads the present state and may run twice."""

from chatops.services import pins, polls, room_ends, standing
from common import jobs


@jobs.task(name="chatops.follow_directory", queue="default")
def follow_directory(txid: str) -> None:  # noqa: ARG001 - tells the jobs of two transactions apart
    """Units, posts or appointments have changed: rooms that follow the directory catch up."""
    standing.follow_all()


@jobs.task(name="chatops.follow_nightly", queue="timers")
def follow_nightly() -> None:
    standing.follow_nightly()


@jobs.task(name="chatops.remind_room_end", queue="timers")
def remind_room_end(room: str) -> None:
    room_ends.remind(room)


@jobs.task(name="chatops.end_room", queue="timers")
def end_room(room: str) -> None:
    room_ends.end(room)


@jobs.task(name="chatops.unpin", queue="timers")
def unpin(room: str, event: str) -> None:
    pins.unpin_due(room, event)


@jobs.task(name="chatops.end_poll", queue="timers")
def end_poll(room: str, event: str) -> None:
    polls.end_due(room, event)
