"""Answers to a message that asks for one: 收到, 有困难, 转办. Reading a message never gives one."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from chatops.services.outgoing import RoomArchivedError, stamp
from chatops.services.receipts import access_event, asks_confirmation, may_see_names, numbers
from chatops.services.tell import tell_people, tell_room
from chatops.store import nudges, rooms
from chatops.store import receipts as store
from chatops.store.models import Answer, Event, MembershipState
from chatops.store.receipts import was_addressed
from common import clock
from common.errors import BadInputError, ConflictError
from directory.actors import Actor
from directory.services import refs

MAX_NOTE = 300


def confirm(
    *, actor: Actor, room_id: str, event_id: str, answer: str, note: str = "", handed_to: str = ""
) -> dict[str, Any]:
    """Answer, or change one's answer.

    Args:
        answer: received, difficulty (with a note) or transferred (with the staff number of a member, `handed_to`).
    Returns: as `state_of`.
    Raises:
        NotFoundError, RoomArchivedError, SecrecyRefusedError.
        ConflictError: the message asks for no answer, or not this person's.
        BadInputError: an unknown answer, no reason of a difficulty, nobody to hand to.
    """
    view, event = access_event(actor, room_id, event_id)
    if view.room.archived_at is not None:
        raise RoomArchivedError
    if not asks_confirmation(event) or not was_addressed(event, view.membership):
        raise ConflictError(message=_("此消息未要求您回执，无需确认。"))
    note = note.strip()
    _check(answer, note)
    admission.check(note, actor=actor, where="message")
    with transaction.atomic():
        heir = _heir(actor, event, handed_to) if answer == Answer.TRANSFERRED else None
        store.put_answer(
            event,
            actor.staff_id,
            answer=answer,
            note=note,
            handed_to=heir,
            acting=stamp(actor),
            at=clock.now(),
        )
        if heir is not None:
            nudges.mention(event, [heir])
            body = {"room": room_id, "event": event_id, "seq": event.seq, "by": actor.name, "of": "handed"}
            tell_people([heir], "nudge", body)
        tell_people([actor.staff_id], "confirmed", {"room": room_id, "event": event_id, "answer": answer})
        tell_room(
            event.room_id, "confirmed", {"event": event_id, **numbers(store.totals(event))}, key=event_id
        )
    return state_of(actor=actor, room_id=room_id, event_id=event_id)


def _check(answer: str, note: str) -> None:
    if answer not in Answer.values:
        raise BadInputError(field="answer", message=_("请选择“收到”“有困难”或“转办”。"))
    if len(note) > MAX_NOTE:
        raise BadInputError(field="note", message=_("说明不超过 300 个字。"))
    if answer == Answer.DIFFICULTY and not note:
        raise BadInputError(field="note", message=_("请说明困难，以便对方协调。"))


def _heir(actor: Actor, event: Event, staff_number: str) -> int:
    person = refs.find_person(staff_number)
    member = (
        rooms.find_membership(event.room_id, person.pk) if person and person.pk != actor.staff_id else None
    )
    if person is None or person.kind == "bot" or member is None or member.membership != MembershipState.JOIN:
        raise BadInputError(field="handed_to", message=_("请选择本群的一名成员承接。"))
    return person.pk


def state_of(*, actor: Actor, room_id: str, event_id: str) -> dict[str, Any]:
    """One's own answer and the counts: {event, required, asked, own, names, total, received, …}."""
    view, event = access_event(actor, room_id, event_id)
    own = store.own_answer(event, actor.staff_id)
    return {
        "event": event_id,
        "required": asks_confirmation(event),
        "asked": asks_confirmation(event) and was_addressed(event, view.membership),
        "own": {"answer": own.answer, "note": own.note, "handed_to": _name(own.handed_to), "at": own.at}
        if own
        else None,
        "names": may_see_names(actor, view, event),
        **numbers(store.totals(event)),
    }


def _name(staff_id: int | None) -> str:
    return "".join(person.name for person in refs.people_by_pk([staff_id])) if staff_id else ""
