"""Knocking (C-S API, "Knocking on rooms"): asking to be invited where the room's rule allows it."""

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from chatops.services.membership import member_item
from chatops.store import rooms as store
from chatops.store.append import append_now
from chatops.store.models import MembershipState
from common.errors import ForbiddenError, NotFoundError
from directory.actors import Actor


def knock(*, actor: Actor, room_id: str, reason: str = "") -> None:
    """Ask to be let in; asking twice is fine.

    Raises: NotFoundError; ForbiddenError: the room takes no knocks, or the person is in it, invited or banned.
    """
    found = store.find_room(room_id)
    if found is None:
        raise NotFoundError
    with transaction.atomic():
        room = store.lock_room(found.pk)
        known = store.find_membership(room.pk, actor.staff_id)
        present = known.membership if known else MembershipState.LEAVE
        if present == MembershipState.KNOCK:
            return
        rules = store.state_content(room.pk, "m.room.join_rules") or {}
        if (
            present != MembershipState.LEAVE
            or rules.get("join_rule") != "knock"
            or room.archived_at is not None
        ):
            raise ForbiddenError(message=_("不能申请加入此群：您已在群中、已受邀或此群不接受申请。"))
        item = member_item(
            actor, room.pk, target=actor.staff_id, target_number=actor.staff_number, name=actor.name,
            membership=MembershipState.KNOCK, reason=reason,
        )  # fmt: skip
        append_now([item])
        wake_on_commit()
