"""Names of an application service's users, written into their rooms."""

from django.db import transaction

from chatops.delivery.wake import wake_on_commit
from chatops.services import admission
from chatops.services.membership import member_item
from chatops.store import appservices
from chatops.store import rooms as store
from chatops.store.append import append_now
from chatops.store.models import MembershipState
from directory.actors import Actor
from directory.services import ghosts


def rename_ghost(*, actor: Actor, name: str) -> None:
    """Give the actor's account another name and say so in each of its rooms, one transaction a room.

    Raises SecrecyRefusedError.
    """
    admission.check(name, actor=actor, where="title")
    kept = ghosts.rename(staff_id=actor.staff_id, name=name)
    if kept == actor.name:
        return
    for room in appservices.joined_rooms(actor.staff_id):
        with transaction.atomic():
            locked = store.lock_room(room)
            me = store.find_membership(room, actor.staff_id)
            if me is None or me.membership != MembershipState.JOIN or locked.archived_at is not None:
                continue
            item = member_item(
                actor, room, target=actor.staff_id, target_number=actor.staff_number, name=kept,
                membership=MembershipState.JOIN, level=me.level,
            )  # fmt: skip
            append_now([item])
            wake_on_commit()
