"""Buttons of cards: found by room and event, handed to the floor that knows the kind (decisions 5)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from chatops.cards import registry
from chatops.cards.content import card_of
from chatops.cards.registry import CardRef, CardResult, CardState
from chatops.services import handed_actions
from chatops.services.rooms import access_room
from chatops.store import cards as store
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor

AT_MOST = 100


def act(
    *, actor: Actor, room_id: str, event_id: str, action: str, params: dict[str, Any], key: str
) -> CardResult:
    """Press a button of a card as the actor.

    Args:
        key: idempotency key; the same again gets the first answer.
    Raises:
        NotFoundError: no such card for this actor. BadInputError: no key. What the kind's service raises.
    """
    if not key or len(key) > 200:  # noqa: PLR2004 - as in docs/cards.md
        raise BadInputError(field="key", message=_("缺少操作编号，请刷新页面后重试。"))
    view = access_room(actor, room_id)
    card = store.find_cards([(view.room.pk, event_id)]).get((view.room.pk, event_id))
    found = card_of(card) if card else None
    if card is None or found is None:
        raise NotFoundError
    handler = registry.find_handler(found["kind"])
    if handler is not None:
        return handler(actor=actor, subject=str(found.get("subject")), action=action, params=params, key=key)
    return handed_actions.press(
        actor=actor, place=(view.room.pk, event_id), room_id=room_id, content=card, action=action, params=params,
        key=key,
    )  # fmt: skip


def states(*, actor: Actor, refs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """What the actor may do on the cards on screen: one batch of queries for each kind.

    Args:
        refs: (room id, event id), at most 100; cards that the actor cannot see are left out.
    """
    if len(refs) > AT_MOST:
        raise BadInputError(field="cards", message=_("一次最多查询 100 张卡片，请分批查询。"))
    rooms = store.rooms_of(actor.staff_id, {room_id for room_id, _event in refs})
    wanted = [(rooms[room_id], event_id) for room_id, event_id in refs if room_id in rooms]
    contents = store.find_cards(wanted)
    by_kind: dict[str, list[CardRef]] = defaultdict(list)
    handed: dict[tuple[int, str], CardRef] = {}
    for room_id, event_id in dict.fromkeys(refs):
        content = contents.get((rooms.get(room_id, 0), event_id))
        found = card_of(content) if content else None
        if found is not None:
            card = CardRef(room_id, event_id, found["kind"], str(found.get("subject")))
            if registry.find_handler(card.kind):
                by_kind[card.kind].append(card)
            else:
                handed[rooms[room_id], event_id] = card
    states = handed_actions.states(actor, {place: contents[place] for place in handed})
    answers = [_state_json(handed[place], state) for place, state in states.items()]
    for kind, cards in by_kind.items():
        known = registry.states(actor, kind, [card.subject for card in cards])
        answers += [_state_json(card, known[card.subject]) for card in cards if card.subject in known]
    return answers


def _state_json(card: CardRef, state: CardState) -> dict[str, Any]:
    return {
        "room": card.room_id,
        "event": card.event_id,
        "version": state.version,
        "abilities": list(state.abilities),
        "done": dict(state.done),
    }
