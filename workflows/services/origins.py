"""The message that an item comes from: found for whoever is in the room, kept as it read."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services.rooms import access_room
from chatops.store import rooms
from chatops.store.models import Event
from common import clock
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services import refs
from directory.services.rights import may
from workflows.rules import due_phrases
from workflows.services.calendar import work_calendar
from workflows.services.gates import force_scope, ledger_scope
from workflows.store import items as store
from workflows.store import ledgers as ledger_store
from workflows.store import taskforces as force_store

MAX_TEXT, MAX_TITLE, MAX_SENDER = 2000, 60, 160


@dataclass(frozen=True)
class Origin:
    room_id: str
    event_id: str


class DueFoundOut(BaseModel):
    """`phrase`: the words as they stand in the text; `sure` False: they have another reading, see `hint`."""

    phrase: str
    due_on: date
    heard: str
    because: str
    sure: bool
    hint: str


class HomeChoice(BaseModel):
    kind: str
    id: UUID
    name: str


class MessageDraftOut(BaseModel):
    """What the form starts from. `homes`: where the actor may put it, the room's own first.

    `taken`: the item that the message has become already.
    """

    title: str
    text: str
    sender: str
    due: DueFoundOut | None
    homes: list[HomeChoice]
    taken: UUID | None
    taken_number: int | None


def find_origin(actor: Actor, origin: Origin) -> dict[str, Any]:
    """Columns of the item. Raises NotFoundError: not in the room, no such message, or withdrawn."""
    event = _message(actor, origin)
    return {
        "origin_room_id": origin.room_id,
        "origin_event_id": origin.event_id,
        "origin_text": _text(event),
        "origin_sender": _sender(event),
    }


def _message(actor: Actor, origin: Origin) -> Event:
    view = access_room(actor, origin.room_id)
    event = rooms.find_event(view.room.pk, origin.event_id)
    if event is None or event.type != "m.room.message" or event.seq < view.membership.history_seq:
        raise NotFoundError(message=_("没有找到这条消息，请刷新后重试。"))
    if event.redacted_by is not None or not _text(event):
        raise BadInputError(field="event_id", message=_("该消息已撤回或没有文字，请直接填写事项。"))
    return event


def _text(event: Event) -> str:
    body = event.content.get("body")
    return body.strip()[:MAX_TEXT] if isinstance(body, str) else ""


def _sender(event: Event) -> str:
    """单位 姓名 职务, as named at that moment."""
    acting: dict[str, Any] = event.acting or {}
    name = acting.get("name", "")
    if not name:
        people = refs.people_by_pk([event.sender_id])
        name = people[0].name if people else ""
    return " ".join(filter(None, (acting.get("unit", ""), name, acting.get("post", ""))))[:MAX_SENDER]


def draft_of_message(actor: Actor, origin: Origin) -> MessageDraftOut:
    """What the message says of a task: a proposal that the person changes as they like. Raises as `find_origin`."""
    event = _message(actor, origin)
    text = _text(event)
    known = store.of_message(origin.room_id, origin.event_id)
    first = next((line.strip() for line in text.splitlines() if line.strip()), text)
    return MessageDraftOut(
        title=first[:MAX_TITLE],
        text=text,
        sender=_sender(event),
        due=_due(text),
        homes=_homes(actor, origin.room_id),
        taken=known.pk if known else None,
        taken_number=known.number if known else None,
    )


def _due(text: str) -> DueFoundOut | None:
    found = due_phrases.find(text, clock.now(), work_calendar())
    if found is None or found[1].due is None:
        return None
    phrase, understood = found
    due = found[1].due
    return DueFoundOut(
        phrase=phrase,
        due_on=due.day,
        heard=understood.heard,
        because=due.because,
        sure=understood.sure,
        hint=understood.hint,
    )


def _homes(actor: Actor, room_id: str) -> list[HomeChoice]:
    """The force of the room, then the unit's ledgers, then the other forces that the actor runs."""
    here = force_store.find_by_room(room_id)
    forces = [here] if here else []
    forces += [
        one
        for one in force_store.of_unit_or_post(actor.unit_id, actor.post_id)
        if not here or one.pk != here.pk
    ]
    mine = [
        HomeChoice(kind="taskforce", id=one.pk, name=one.name)
        for one in forces
        if one.state not in {"dissolved", "closing"} and may(actor, "item.create", force_scope(one))
    ]
    ledgers = [
        HomeChoice(kind="ledger", id=one.pk, name=one.name)
        for one in (ledger_store.of_units([actor.unit_id]) if actor.unit_id else ())
        if one.closed_at is None and may(actor, "item.create", ledger_scope(one))
    ]
    split = 1 if here and mine and mine[0].id == here.pk else 0
    return [*mine[:split], *ledgers, *mine[split:]]
