"""Rooms as Matrix clients found them: presets, invitations, initial state (C-S API, "Creation")."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from chatops.services import admission, levels
from chatops.services.content import check_content, plain_text
from chatops.services.rooms import create_room, open_direct
from chatops.services.state import MAX_NAME, RefusedByPolicyError, check_rules
from chatops.store.models import RoomKind
from common.errors import BadInputError, ForbiddenError
from directory.actors import Actor
from directory.services import refs

State = tuple[str, str, dict[str, Any]]
NAMED = 3


@dataclass(frozen=True)
class Wanted:
    """What the client asked for. `invites` are staff numbers; `initial` (type, state key, content)."""

    preset: str = "private_chat"
    name: str = ""
    topic: str = ""
    invites: tuple[str, ...] = ()
    is_direct: bool = False
    initial: tuple[State, ...] = ()
    levels: dict[str, Any] | None = None


def found(*, actor: Actor, wanted: Wanted) -> str:
    """Make the room and invite; returns its id.

    A direct room with one person is the one direct room of the two: it is found again, and both are in it at once.

    Raises: as `create_room`; BadInputError for unknown people and unusable state, RefusedByPolicyError.
    """
    people = [_person(number) for number in dict.fromkeys(wanted.invites) if number != actor.staff_number]
    if wanted.is_direct and len(people) == 1 and not wanted.initial:
        return open_direct(actor=actor, with_staff=people[0].pk).room_id
    initial, name, topic, override = _sort(wanted)
    for event_type, state_key, content in initial:
        check_content(event_type, content, state_key)
        check_rules(event_type, content)
        admission.check(plain_text(content), actor=actor, where="title")
    levels.check_shape(override)
    if wanted.preset == "public_chat":
        initial.insert(0, ("m.room.join_rules", "", {"join_rule": "public"}))
    room = create_room(
        actor=actor,
        kind=RoomKind.WORK,
        name=name or _usual_name(actor, people),
        purpose=topic,
        initial=initial,
        invited=[person.pk for person in people],
        invited_level=100 if wanted.preset == "trusted_private_chat" else 0,
        levels=override,
    )
    return room.room_id


def _sort(wanted: Wanted) -> tuple[list[State], str, str, dict[str, Any]]:
    """Name, topic and levels may come as initial state; the rest of it stays."""
    rest, name, topic, override = [], wanted.name, wanted.topic, dict(wanted.levels or {})
    for event_type, state_key, content in wanted.initial:
        match event_type:
            case "m.room.name":
                name = name or str(content.get("name", ""))
            case "m.room.topic":
                topic = topic or str(content.get("topic", ""))
            case "m.room.power_levels":
                override = {**content, **override}
            case "m.room.encryption" if not settings.MATRIX_ENCRYPTION:
                raise RefusedByPolicyError(
                    message=_("按归档和审计要求，本平台的群不启用端到端加密；传输和存储已加密。")
                )
            case "m.room.create" | "m.room.member":
                raise ForbiddenError(message=_("此类事件不能作为初始状态，请使用相应的操作。"))
            case _:
                rest.append((event_type, state_key, content))
    return rest, name, topic, override


def _person(staff_number: str) -> refs.PersonRef:
    person = refs.find_person(staff_number)
    if person is None:
        raise BadInputError(field="invite", message=_("查无此人，请从通讯录中选择。"))
    return person


def _usual_name(actor: Actor, people: list[refs.PersonRef]) -> str:
    """Rooms here have names; Matrix clients may leave it out."""
    names = [actor.name, *(person.name for person in people)]
    listed = _("、").join(names[:NAMED])
    return (listed + _("等") if len(names) > NAMED else listed)[:MAX_NAME]
