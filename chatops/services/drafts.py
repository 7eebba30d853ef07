"""Drafts: what a person has typed in a room or a thread, on all of that person's devices."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services.admission import find_mark
from chatops.services.content import MAX_ID_BYTES
from chatops.services.rooms import access_room
from chatops.services.tell import tell_people
from chatops.store import drafts as store
from common import clock
from common.errors import BadInputError, TooLargeError
from directory.actors import Actor

MOST_CHARS = 20_000


def save(
    *,
    actor: Actor,
    room_id: str,
    text: str,
    thread: str | None = None,
    at: int | None = None,
    client: str = "",
) -> None:
    """Keep a draft; an empty text forgets it. What was typed later (`at`, ms) stays, whichever arrives last.

    Args:
        client: names the window that types, so that it knows its own words when they come back.
    After commit: person frame `draft`. Raises NotFoundError, TooLargeError.
    """
    view = access_room(actor, room_id)
    if len(text) > MOST_CHARS:
        raise TooLargeError(field="text")
    if thread is not None and len(thread.encode()) > MAX_ID_BYTES:
        raise BadInputError(field="thread", message=_("话题编号有误，请刷新后重试。"))
    if find_mark(text):
        text = (
            ""  # not stored: it stays in the window that types it, and sending it is refused with its reason
        )
    at = clock.now_ms() if at is None else min(at, clock.now_ms() + 60_000)
    with transaction.atomic():
        if store.put(actor.staff_id, view.room.pk, thread, text, at):
            body = {"room": room_id, "thread": thread, "text": text, "at": at, "client": client}
            tell_people([actor.staff_id], "draft", body)


def drafts_of(*, actor: Actor) -> list[dict[str, Any]]:
    """All one's drafts: [{room, thread, text, at}]."""
    return [
        {"room": room, "thread": thread, "text": text, "at": at}
        for room, thread, text, at in store.of_person(actor.staff_id)
    ]
