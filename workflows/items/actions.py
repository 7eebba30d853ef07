"""What the buttons of an item's card do: the same services as REST and commands."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.cards import CardResult, CardState, register
from common import clock
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services.rights import may
from workflows.items.card import KIND
from workflows.rules.moves import ItemAct
from workflows.services import acts, extensions, reminders, verification
from workflows.services.abilities import item_abilities
from workflows.services.gates import item_scope
from workflows.services.shapes import ItemAnswer
from workflows.store import items as store
from workflows.store.models import Item

Params = Mapping[str, Any]


def _percent(params: Params) -> int:
    value = params.get("percent")
    text = str(value).strip().removesuffix("%").removesuffix("％")
    if isinstance(value, bool) or not text.isdecimal():
        raise BadInputError(field="percent", message=_("进度须为0至100的整数，请改正后重新提交。"))
    return int(text)


def _day(params: Params) -> date:
    try:
        return date.fromisoformat(str(params.get("due_on", "")))
    except ValueError as error:
        raise BadInputError(field="due_on", message=_("请选择新的时限日期。")) from error


def _text(params: Params, name: str) -> str:
    value = params.get(name, "")
    if not isinstance(value, str):
        raise BadInputError(field=name, message=_("请填写文字。"))
    return value


Run = Callable[[Actor, UUID, Params, str | None], ItemAnswer]
_RUN: dict[str, Run] = {
    "sign_for": lambda actor, item, _params, key: acts.check_sign_for(actor=actor, item_id=item, key=key),
    "report": lambda actor, item, params, key: acts.check_report(
        actor=actor, item_id=item, percent=_percent(params), text=_text(params, "text"), key=key
    ),
    "ask_extension": lambda actor, item, params, key: extensions.check_ask_extension(
        actor=actor, item_id=item, due_on=_day(params), reason=_text(params, "reason"), key=key
    ),
    "agree_extension": lambda actor, item, params, key: extensions.check_decide_extension(
        actor=actor, item_id=item, agree=True, reason=_text(params, "reason"), key=key
    ),
    "return_extension": lambda actor, item, params, key: extensions.check_decide_extension(
        actor=actor, item_id=item, agree=False, reason=_text(params, "reason"), key=key
    ),
    "close": lambda actor, item, _params, key: acts.check_close(actor=actor, item_id=item, key=key),
    "check": lambda actor, item, _params, key: verification.check_verify(
        actor=actor, item_id=item, act=ItemAct.CHECK, key=key
    ),
    "reject_report": lambda actor, item, params, key: acts.check_reject_report(
        actor=actor, item_id=item, reason=_text(params, "reason"), key=key
    ),
    "send_back": lambda actor, item, params, key: acts.check_send_back(
        actor=actor, item_id=item, reason=_text(params, "reason"), key=key
    ),
    "remind": lambda actor, item, _params, key: reminders.check_remind_now(
        actor=actor, item_id=item, key=key
    ),
}


def handle(*, actor: Actor, subject: str, action: str, params: Params, key: str | None) -> CardResult:
    """Run a button. Raises what the service raises; NotFoundError for an unknown action or subject."""
    run = _RUN.get(action)
    try:
        item_id = UUID(subject)
    except ValueError as error:
        raise NotFoundError from error
    if run is None:
        raise NotFoundError
    answer = run(actor, item_id, params, key)
    return CardResult(message=answer.message, facts={"item": answer.item.model_dump(mode="json")})


def abilities(actor: Actor, subjects: Sequence[str]) -> Mapping[str, CardState]:
    """What this viewer may do with each item on screen, and what they did; items out of sight are left
    out.
    """
    found = store.shown_many(_ids(subjects))
    signed = store.signed_by(actor.staff_id, [item.pk for item in found])
    return {
        str(item.pk): _state(actor, item, signed.get(item.pk))
        for item in found
        if may(actor, "item.view", item_scope(item))
    }


def _ids(subjects: Sequence[str]) -> list[UUID]:
    found = []
    for subject in subjects:
        try:
            found.append(UUID(subject))
        except ValueError:
            continue
    return found


def _state(actor: Actor, item: Item, signed_at: Any) -> CardState:
    able = item_abilities(actor, item)
    names = [name for name, yes in able.items() if yes and name in _RUN]
    if able["decide_extension"]:
        names += ["agree_extension", "return_extension"]
    done = (
        {"sign_for": _("您已签收 {at}").format(at=f"{clock.local(signed_at):%m月%d日 %H:%M}")}
        if signed_at
        else {}
    )
    return CardState(version=item.version, abilities=names, done=done)


def connect() -> None:
    """Called once at start."""
    register(KIND, handle, abilities)
