"""REST: what a viewer may do on cards, and doing it."""

from typing import Any

from ninja import Router

from chatops.api.schemas import ActionIn, ActionOut, CardsIn, CardStatesOut
from chatops.services import card_actions
from directory.requests import ApiRequest

router = Router(tags=["cards"])


@router.post("/rooms/{room}/cards/{event}/actions/{name}", response=ActionOut)
def act(request: ApiRequest, room: str, event: str, name: str, body: ActionIn) -> dict[str, Any]:
    """Press a button; `key` makes a second press of the same form one deed."""
    result = card_actions.act(
        actor=request.actor, room_id=room, event_id=event, action=name, params=body.params, key=body.key
    )
    return {"message": result.message, "facts": result.facts}


@router.post("/cards/state", response=CardStatesOut)
def states(request: ApiRequest, body: CardsIn) -> dict[str, Any]:
    refs = [(ref.room, ref.event) for ref in body.cards]
    return {"cards": card_actions.states(actor=request.actor, refs=refs)}
