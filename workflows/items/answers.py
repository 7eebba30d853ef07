"""The answers on a reminder: 已办, 正在办 with a date, 不属我办. The same services as everywhere else."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.cards import CardResult, CardState, register
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from workflows.rules.part_moves import PartAct, PartState
from workflows.services import acts, parts, reminders
from workflows.services.shapes import ItemAnswer
from workflows.store import slips as store
from workflows.store.models import Item, ItemPart

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


def _subject_of(actor: Actor, subject: str, params: Mapping[str, Any]) -> tuple[Item, ItemPart | None]:
    """What the answer is about: an item or a part of it; of one that stands there as both, the whole.

    Raises NotFoundError (not this person's card), BadInputError (which one).
    """
    lines = store.lines_for(_ids([subject]), actor.staff_id)
    found: dict[UUID, tuple[Item, ItemPart | None]] = {}
    for line in lines:
        if line.item and (line.item.pk not in found or line.part is None):
            found[line.item.pk] = line.item, line.part
    if not found:
        raise NotFoundError
    if len(found) == 1:
        return next(iter(found.values()))
    number = str(params.get("number") or "").strip()
    fitting = [(item, part) for item, part in found.values() if str(item.number) == number]
    if len(fitting) != 1:
        numbers = _("、").join(str(item.number) for item, _part in found.values())
        raise BadInputError(field="number", message=_("请填写编号，可选{numbers}。").format(numbers=numbers))
    return fitting[0]


def handle(
    *, actor: Actor, subject: str, action: str, params: Mapping[str, Any], key: str | None
) -> CardResult:
    item, part = _subject_of(actor, subject, params)
    if part is not None:
        return _told(_answer_part(actor, part, action, params, key))
    item_id = item.pk
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
    return _told(answer)


def _told(answer: ItemAnswer) -> CardResult:
    return CardResult(message=answer.message, facts={"item": answer.item.model_dump(mode="json")})


def _answer_part(
    actor: Actor, part: ItemPart, action: str, params: Mapping[str, Any], key: str | None
) -> ItemAnswer:
    """已办 answers the part, 正在办 signs for it, 不属我办 returns it; who answers has signed."""
    of_part: dict[str, Any] = {"actor": actor, "item_id": part.item_id, "part_id": part.pk}
    if action == "send_back":
        return parts.check_return_part(**of_part, reason=str(params.get("reason") or ""), key=key)
    if action == "doing":
        return parts.check_sign_part(**of_part, key=key)
    if action != "done":
        raise NotFoundError
    with transaction.atomic():
        if part.state == PartState.DISPATCHED:
            parts.check_sign_part(**of_part, key=key and f"{key}-sign")
        text = str(params.get("text") or "")
        return parts.check_answer_part(**of_part, act=PartAct.ANSWER, text=text, key=key)


def abilities(actor: Actor, subjects: Sequence[str]) -> Mapping[str, CardState]:
    """All three while anything on the card is still to do; the services decide on each."""
    lines = store.lines_for(_ids(subjects), actor.staff_id)
    still: dict[str, bool] = {}
    for line in lines:
        still[str(line.slip_id)] = still.get(str(line.slip_id), False) or reminders.is_owed(line)
    return {
        slip: CardState(version=1, abilities=["done", "doing", "send_back"] if to_do else [])
        for slip, to_do in still.items()
    }


def connect() -> None:
    """Called once at start."""
    register(KIND, handle, abilities)
