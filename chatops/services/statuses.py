"""What a person says of himself or herself: 出差, 会议, 请假, 休假, with an end if wanted. Nobody else sets it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from chatops.services.tell import tell_people
from chatops.store import person_data
from common import clock, ids
from common.errors import BadInputError
from directory.actors import Actor
from directory.services import refs

KINDS = ("travel", "meeting", "leave", "holiday")
STATUS = "status"
MAX_NOTE = 40
MOST_ASKED = 200


def set_own(*, actor: Actor, kind: str, until: datetime | None = None, note: str = "") -> None:
    """Set or, with an empty kind, take back one's status.

    Raises: BadInputError for an unknown kind, an end in the past or a long note; SecrecyRefusedError.
    """
    if kind and kind not in KINDS:
        raise BadInputError(field="kind", message=_("状态无效，请从列表中选择。"))
    if until is not None and until <= clock.now():
        raise BadInputError(field="until", message=_("结束时间已过，请选择以后的时间。"))
    note = note.strip()
    if len(note) > MAX_NOTE:
        raise BadInputError(field="note", message=_("说明不超过 40 个字。"))
    admission.check(note, actor=actor, where="status")
    content = {"kind": kind, "note": note, "until": until.isoformat() if until else None} if kind else None
    with transaction.atomic():
        person_data.put(actor.staff_id, 0, STATUS, content)
        tell_people([actor.staff_id], STATUS, {"status": content})


def own(actor: Actor) -> dict[str, Any] | None:
    return of_people([actor.staff_id]).get(actor.staff_id)


def of_people(staff_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Status of those who have set one that is not over: {kind, note, until}."""
    now = clock.now()
    return {
        staff_id: content
        for staff_id, content in person_data.of_people(staff_ids, STATUS)
        if content["until"] is None or datetime.fromisoformat(content["until"]) > now
    }


def of_users(user_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The same by user id, for at most 200 people."""
    numbers = [ids.staff_number_of(user) or "" for user in list(user_ids)[:MOST_ASKED]]
    people = [person for number in numbers if (person := refs.find_person(number))]
    states = of_people([person.pk for person in people])
    return {ids.user_id(person.staff_number): states[person.pk] for person in people if person.pk in states}
