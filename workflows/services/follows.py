"""我关注的: whoever sees an item may keep it in a list of one's own."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from workflows.services.gates import access_item
from workflows.services.shapes import ItemAnswer
from workflows.services.views import item_out
from workflows.store import items as store
from workflows.store.models import ItemFollow


def check_follow(*, actor: Actor, item_id: UUID, on: bool) -> ItemAnswer:
    """Follow or follow no more; doing it again changes nothing. Raises NotFoundError."""
    item = access_item(actor, item_id)
    with transaction.atomic():
        if on:
            ItemFollow.objects.get_or_create(
                item_id=item_id, staff_id=actor.staff_id, defaults={"since": clock.now()}
            )
        else:
            ItemFollow.objects.filter(item_id=item_id, staff_id=actor.staff_id).delete()
    words = _("已关注第{number}项。") if on else _("已取消关注第{number}项。")
    fresh = store.shown().get(pk=item_id)
    return ItemAnswer(message=words.format(number=item.number), item=item_out(actor, fresh))
