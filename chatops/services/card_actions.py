"""Buttons of cards: found by room and event, handed to the floor that knows the kind (decisions 5)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from chatops.cards import registry
from chatops.cards.content import card_of
from chatops.cards.registry import CardRef, CardResult, CardState
from chatops.services import messages
from chatops.services.rooms import access_room
from chatops.store import cards as store
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor

ACTION_EVENT = "org.tongzhou.card.action"
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
    if found is None:
        raise NotFoundError
    handler = registry.find_handler(found["kind"])
    if handler is not None:
        return handler(actor=actor, subject=str(found["subject"]), action=action, params=params, key=key)
    content = {
        "m.relates_to": {"rel_type": "org.tongzhou.action", "event_id": event_id},
        "action": action,
        "params": params,
    }
    messages.send(actor=actor, room_id=room_id, type=ACTION_EVENT, content=content, txn_id=f"card:{key}")
    return CardResult(_("已转交机器人办理，结果将更新在卡片上。"))


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
    for room_id, event_id in dict.fromkeys(refs):
        content = contents.get((rooms.get(room_id, 0), event_id))
        found = card_of(content) if content else None
        if found is not None:
            by_kind[found["kind"]].append(CardRef(room_id, event_id, found["kind"], str(found["subject"])))
    answers: list[dict[str, Any]] = []
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
