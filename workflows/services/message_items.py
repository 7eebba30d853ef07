"""Which messages of a room have become items: what the chat shows beside them."""

from uuid import UUID

from pydantic import BaseModel

from chatops.services.rooms import access_room
from directory.actors import Actor
from workflows.rules.moves import STATE_WORDS
from workflows.services.views import colour_code
from workflows.store.models import Item

MOST = 500


class MessageItemOut(BaseModel):
    """`link`: the item's page in the web client."""

    event_id: str
    item_id: UUID
    number: int
    formal_number: str | None
    title: str
    colour: str
    state_words: str
    link: str


def items_of_messages(actor: Actor, room_id: str) -> list[MessageItemOut]:
    """The newest 500 of the room; the first item of a message that became several. Everybody in the room sees what the
    card there says.

    Raises NotFoundError: not a member of the room.
    """
    access_room(actor, room_id)
    found = (
        Item.objects.filter(origin_room_id=room_id).exclude(origin_event_id="").order_by("-created_at", "-pk")
    )
    plain = ("number", "formal_number", "title", "state", "colour", "origin_event_id", "created_at")
    first = {item.origin_event_id: item for item in found.only(*plain)[:MOST]}
    return [
        MessageItemOut(
            event_id=event_id,
            item_id=item.pk,
            number=item.number,
            formal_number=item.formal_number,
            title=item.title,
            colour=colour_code(item),
            state_words=STATE_WORDS[item.state],
            link=f"/sup/{item.pk}",
        )
        for event_id, item in first.items()
    ]
