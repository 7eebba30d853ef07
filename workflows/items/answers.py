"""The answers on a reminder: 已办, 正在办 with a date, 不属我办. The same services as everywhere else."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.cards import CardResult, CardState, register
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from workflows.services import acts, reminders
from workflows.store import slips as store

KIND = "reminder"
WHOLE = 100


def _ids(subjects: Sequence[str]) -> list[UUID]:
    found = []
    for subject in subjects:
        try:
            found.append(UUID(subject))
        except ValueError:
            continue
    return found


def _item_of(actor: Actor, subject: str, params: Mapping[str, Any]) -> UUID:
    """The item that the answer is about. Raises NotFoundError (not this person's card), BadInputError (which one)."""
    lines = store.lines_for(_ids([subject]), actor.staff_id)
    found = {line.item_id: line.item.number for line in lines}
    if not found:
        raise NotFoundError
    if len(found) == 1:
        return next(iter(found))
    number = str(params.get("number") or "").strip()
    fitting = [item_id for item_id, own in found.items() if str(own) == number]
    if len(fitting) != 1:
        numbers = _("、").join(str(own) for own in found.values())
        raise BadInputError(field="number", message=_("请填写编号，可选{numbers}。").format(numbers=numbers))
    return fitting[0]


def handle(
    *, actor: Actor, subject: str, action: str, params: Mapping[str, Any], key: str | None
) -> CardResult:
    item_id = _item_of(actor, subject, params)
    if action == "done":
        answer = acts.check_report(
            actor=actor, item_id=item_id, percent=WHOLE, text=str(params.get("text") or ""), key=key
        )
    elif action == "doing":
        try:
            on = date.fromisoformat(str(params.get("on", "")))
        except ValueError as error:
            raise BadInputError(field="on", message=_("请选择预计完成日期。")) from error
        answer = reminders.check_doing(actor=actor, item_id=item_id, on=on, key=key)
    elif action == "send_back":
        answer = acts.check_send_back(
            actor=actor, item_id=item_id, reason=str(params.get("reason") or ""), key=key
        )
    else:
        raise NotFoundError
    return CardResult(message=answer.message, facts={"item": answer.item.model_dump(mode="json")})


def abilities(actor: Actor, subjects: Sequence[str]) -> Mapping[str, CardState]:
    """All three while anything on the card is still to do; the services decide on each."""
    lines = store.lines_for(_ids(subjects), actor.staff_id)
    still = {str(line.slip_id): line.item.state in reminders.CHASED for line in lines}
    for line in lines:
        still[str(line.slip_id)] |= line.item.state in reminders.CHASED
    return {
        slip: CardState(version=1, abilities=["done", "doing", "send_back"] if to_do else [])
        for slip, to_do in still.items()
    }


def connect() -> None:
    """Called once at start."""
    register(KIND, handle, abilities)
