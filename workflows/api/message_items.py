from django.http import HttpRequest
from ninja import Router

from workflows.api.requests import Page, actor_of
from workflows.services.message_items import MessageItemOut, items_of_messages

router = Router()


@router.get("/items/of-messages", response=Page[MessageItemOut])
def list_of_messages(request: HttpRequest, room_id: str) -> Page[MessageItemOut]:
    """Messages of a room that have become items."""
    return Page(items=items_of_messages(actor_of(request), room_id))
