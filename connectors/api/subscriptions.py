"""REST: which rooms get what of a source."""

from typing import Any
from uuid import UUID

from ninja import Router, Schema, Status

from chatops.services.rooms import access_room
from connectors.services import manage
from connectors.store.models import Subscription
from directory.requests import ApiRequest

router = Router(tags=["connectors"])


class SubscriptionIn(Schema):
    """In place of what the room had of the source. `codes` empty: every subject."""

    room_id: str
    codes: list[str] = []
    what: list[str] | None = None
    filter: dict[str, Any] = {}
    when: dict[str, Any] = {}
    masks: list[str] = []


class SubscriptionOut(Schema):
    id: UUID
    room_id: str
    codes: list[str]
    what: list[str]
    filter: dict[str, Any]
    when: dict[str, Any]
    masks: list[str]

    @staticmethod
    def resolve_codes(one: Subscription) -> list[str]:
        return [subject.code for subject in one.subjects.all()]


class SubscriptionsOut(Schema):
    items: list[SubscriptionOut]
    next: str | None = None


@router.get("/connectors/{uuid:connector_id}/subscriptions", response=SubscriptionsOut)
def list_subscriptions(request: ApiRequest, connector_id: UUID) -> dict[str, Any]:
    return {"items": manage.list_subscriptions(request.actor, connector_id)}


@router.put("/connectors/{uuid:connector_id}/subscriptions", response=SubscriptionOut)
def put_subscription(request: ApiRequest, connector_id: UUID, body: SubscriptionIn) -> Subscription:
    """For a room that one is in."""
    access_room(request.actor, body.room_id)
    wish = manage.Wish(
        codes=tuple(body.codes),
        what=None if body.what is None else tuple(body.what),
        filter=body.filter,
        when=body.when,
        masks=tuple(body.masks),
    )
    connector = manage.find_subscribable(request.actor, connector_id)
    return manage.put_subscription(actor=request.actor, connector=connector, room_id=body.room_id, wish=wish)


@router.delete("/connectors/{uuid:connector_id}/subscriptions/{room_id}", response={204: None})
def delete_subscription(request: ApiRequest, connector_id: UUID, room_id: str) -> Status[None]:
    connector = manage.find_subscribable(request.actor, connector_id)
    manage.unsubscribe(actor=request.actor, connector=connector, room_id=room_id)
    return Status(204, None)
