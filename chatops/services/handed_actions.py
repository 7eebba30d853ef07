"""Buttons of cards that no floor knows: who presses one tells the bot that posted the card, by an event of the room.

Everybody in the room may press what the card shows now. A button without a form is pressed once by a person for each
rendering of the card; one with a form as often as there is something to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError

from chatops.cards.content import card_of
from chatops.cards.registry import CardResult, CardState
from chatops.cards.schema import Action
from chatops.services import admission, messages
from chatops.store import cards as store
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor

ACTION_EVENT = "org.tongzhou.card.action"
MOST_TEXT, MOST_PERCENT, MOST_BUTTONS = 2000, 100, 8

Place = tuple[int, str]


@dataclass(frozen=True)
class Shown:
    """A card as the room shows it now, and the position of that rendering."""

    card: Mapping[str, Any]
    seq: int

    def buttons(self) -> dict[str, Action]:
        """Those that are as the schema has them; anybody may have written the card."""
        parts = [self.card.get(part) for part in ("actions", "menu")]
        found = [one for part in parts if isinstance(part, list) for one in part[:MOST_BUTTONS]]
        return {one.name: one for one in map(_action, found) if one is not None}

    def version(self) -> int:
        said = self.card.get("version")
        return said if isinstance(said, int) else 0


def press(
    *,
    actor: Actor,
    place: Place,
    room_id: str,
    content: dict[str, Any],
    action: str,
    params: dict[str, Any],
    key: str,
) -> CardResult:
    """Hand the press to the bot.

    Raises: NotFoundError: the card has no such button now. BadInputError: a field of its form. SecrecyRefusedError.
    """
    shown = _shown({place: content})[place]
    button = shown.buttons().get(action)
    if button is None:
        raise NotFoundError(message=_("卡片上已没有这个按钮，请刷新后重试。"))
    filled = _filled(button, params)
    admission.check("\n".join(map(str, filled.values())), actor=actor, where="form")
    known = store.own_presses(actor.staff_id, ACTION_EVENT, {place: shown.seq}).get(place, {})
    if action not in known or button.input:
        said = {
            "m.relates_to": {"rel_type": "org.tongzhou.action", "event_id": place[1]},
            "action": action,
            "params": filled,
        }
        messages.send(actor=actor, room_id=room_id, type=ACTION_EVENT, content=said, txn_id=f"card:{key}")
    return CardResult(_("已转交机器人办理，结果将更新在卡片上。"))


def states(actor: Actor, contents: Mapping[Place, dict[str, Any]]) -> dict[Place, CardState]:
    """What the actor may press on each card, and has pressed; three queries, however many cards."""
    shown = _shown(contents)
    pressed = store.own_presses(
        actor.staff_id, ACTION_EVENT, {place: one.seq for place, one in shown.items() if one.buttons()}
    )
    return {place: _state(one, pressed.get(place, {})) for place, one in shown.items()}


def _state(shown: Shown, pressed: Mapping[str, int]) -> CardState:
    buttons = shown.buttons()
    done = [name for name, button in buttons.items() if name in pressed and not button.input]
    return CardState(
        version=shown.version(),
        abilities=[name for name in buttons if name not in done],
        done={name: _done(buttons[name], pressed[name]) for name in done},
    )


def _done(button: Action, ts: int) -> str:
    at = timezone.localtime(datetime.fromtimestamp(ts / 1000, UTC))
    return _("你已选“{label}” {time}").format(label=button.label, time=f"{at:%H:%M}")


def _shown(contents: Mapping[Place, dict[str, Any]]) -> dict[Place, Shown]:
    newest = store.newest_edits(list(contents))
    found: dict[Place, Shown] = {}
    for place, content in contents.items():
        seq, edit = newest.get(place, (0, None))
        fresh = edit.get("m.new_content") if edit else None
        card = card_of(fresh) if isinstance(fresh, dict) else None
        found[place] = Shown(card or card_of(content) or {}, seq)
    return found


def _action(said: object) -> Action | None:
    try:
        return Action.model_validate(said)
    except ValidationError:
        return None


def _filled(button: Action, params: dict[str, Any]) -> dict[str, str | int]:
    """What the form asks for and nothing else."""
    filled: dict[str, str | int] = {}
    for wanted in button.input:
        value, field = params.get(wanted.key), f"params.{wanted.key}"
        if value is None or value == "":
            if wanted.required:
                raise BadInputError(field=field, message=_("请填写“{label}”。").format(label=wanted.label))
            continue
        if not _fits(wanted.type, value):
            raise BadInputError(
                field=field, message=_("“{label}”的格式不对，请重新填写。").format(label=wanted.label)
            )
        filled[wanted.key] = value
    return filled


def _fits(kind: str, value: Any) -> bool:
    match kind:
        case "percent":
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_PERCENT
        case "date":
            return isinstance(value, str) and _is_date(value)
        case _:
            return isinstance(value, str) and len(value) <= MOST_TEXT


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
