"""Buttons of a bot's cards from a stock Matrix client: a reply that names the button, or a reaction to the card."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from bots.commands.folding import clean, fold
from bots.commands.forms import Take
from bots.commands.parsing import MisreadError, read_arguments
from chatops.cards.content import card_of
from chatops.services import card_actions
from chatops.store import edits
from chatops.store.rooms import find_event, find_room
from directory.actors import Actor
from directory.services import refs

# A nod is the first button; a digit with the keycap sign is the button of that number. Variation selectors aside.
NODS = frozenset("👍✅✔☑🆗👌")
KEYCAP, SELECTORS = "\u20e3", "\ufe0e\ufe0f"
_TAKES = {("percent", True): Take.PERCENT, ("date", True): Take.DATE, ("text", True): Take.REASON}
_NAMES = {Take.PERCENT: "percent", Take.DATE: "day", Take.REASON: "text", Take.TEXT: "text"}


@dataclass(frozen=True)
class Shown:
    """A card as the room shows it now: `buttons` in their order, those of the menu last."""

    room_id: str
    event_id: str
    buttons: list[dict[str, Any]]
    subject: str = ""
    version: int = 0


@dataclass(frozen=True)
class Press:
    """A button with what it asks for; `problem` says what is missing, in words for the person."""

    action: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def shown_at(number: str, room_id: str, event_id: str) -> Shown | None:
    """The bot's own card at this event, by its newest edit; None for anything else."""
    room, me = find_room(room_id), refs.find_anyone(number)
    event = find_event(room.pk, event_id) if room else None
    if event is None or me is None or event.sender_id != me.pk or event.redacted_by is not None:
        return None
    newest = edits.newest_edit(event)
    content = newest.content.get("m.new_content", {}) if newest else event.content
    card = card_of(content) if isinstance(content, dict) else None
    if card is None:
        return None
    buttons = [one for part in ("actions", "menu") for one in card.get(part) or []]
    return Shown(room_id, event_id, buttons, str(card.get("subject", "")), int(card.get("version", 0)))


def by_words(shown: Shown, said: str, today: date) -> Press | None:
    """A reply that begins with a button's label or number, followed by what the button asks for."""
    typed = clean(said).strip()
    folded = fold(typed)
    for place, button in enumerate(shown.buttons, start=1):
        label = fold(str(button["label"]))
        if folded.startswith(label):
            return _filled(button, typed[len(label) :], today)
        if folded.rstrip(".") == str(place):
            return _filled(button, "", today)
    return None


def by_reaction(shown: Shown, key: str, today: date) -> Press | None:
    """None for a reaction that names no button: people nod at other things too, and smile."""
    plain = key.strip().translate(dict.fromkeys(map(ord, SELECTORS)))
    if plain in NODS:
        return _filled(shown.buttons[0], "", today) if shown.buttons else None
    return by_words(shown, plain.removesuffix(KEYCAP), today) if plain else None


def _filled(button: dict[str, Any], rest: str, today: date) -> Press:
    inputs = button.get("input") or []
    takes = [_take(one) for one in inputs]
    if len({_NAMES[take] for take in takes}) < len(takes):
        return Press(
            problem=_("“{label}”要填的内容较多，请在网页或手机端办理。").format(label=button["label"])
        )
    if not rest.strip() and not any(one.get("required", True) for one in inputs):
        return Press(action=button["name"])
    try:
        found = read_arguments(rest, takes, today)
    except MisreadError as misread:
        return Press(problem=f"{misread}\n{_how(button)}")
    params = {}
    for one, take in zip(inputs, takes, strict=True):
        value = found[_NAMES[take]]
        params[one["key"]] = value.isoformat() if isinstance(value, date) else value
    return Press(action=button["name"], params=params)


def _take(wanted: dict[str, Any]) -> Take:
    return _TAKES.get((wanted["type"], bool(wanted.get("required", True))), Take.TEXT)


def _how(button: dict[str, Any]) -> str:
    wanted = " ".join(str(one["label"]) for one in button.get("input") or [])
    return _("请回复该卡片，格式：{label} {wanted}").format(label=button["label"], wanted=wanted)


def press(actor: Actor, shown: Shown, made: Press, key: str) -> str:
    """Do it with the person's own rights; the sentence to answer. Raises DomainError."""
    if made.problem:
        return made.problem
    done = card_actions.act(
        actor=actor,
        room_id=shown.room_id,
        event_id=shown.event_id,
        action=made.action,
        params=made.params,
        key=key,
    )
    return done.message
