"""Rooms with messages, drained and indexed on demand."""

import itertools

import pytest
from django.db import connection

from chatops.services import messages, rooms, search_index
from chatops.services.search import Asked, search_kind

_txns = itertools.count(1)


def drain() -> None:
    """What the application's drain does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT moved FROM chatops_drain(5000)")


def catch_up() -> None:
    """Drain, and let the indexer work until it has nothing left."""
    drain()
    while search_index.step():
        pass


def say(person, room, body, **more):
    """Send a text; answers (event id, seq)."""
    content = {"msgtype": "m.text", "body": body, **more}
    return send(person, room, content)


def send(person, room, content, kind="m.room.message"):
    return messages.send(
        actor=person.actor(), room_id=room.room_id, type=kind, content=content, txn_id=f"t{next(_txns)}"
    )


def edit(person, room, sent, body):
    return send(
        person, room,
        {
            "msgtype": "m.text", "body": f"* {body}", "m.new_content": {"msgtype": "m.text", "body": body},
            "m.relates_to": {"rel_type": "m.replace", "event_id": sent.event_id},
        },
    )  # fmt: skip


def found(person, text, kind="message", **more) -> list[str]:
    """Event ids of all hits, over all pages, newest first."""
    hits, cursor = [], ""
    while True:
        results = search_kind(
            actor=person.actor(), asked=Asked(text, **more), kind=kind, cursor=cursor, limit=3
        )
        page = results.messages if kind == "message" else results.files
        assert page is not None
        hits += [hit.event.event_id for hit in page.items]
        if page.next is None:
            return hits
        cursor = page.next


@pytest.fixture
def room(owner, member):
    return rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=[member.pk])
