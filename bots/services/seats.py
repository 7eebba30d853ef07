"""Which rooms the desk's bots are members of."""

from bots.services import accounts
from chatops.services import membership
from chatops.services.outgoing import RoomArchivedError
from chatops.store.rooms import find_room
from directory.actors import system_actor


def join_room(room_id: str) -> None:
    """The bots of the desk become members of a room in which they have something to show; archived rooms stay shut."""
    keys, room = accounts.bot_keys(), find_room(room_id)
    if not keys or room is None or room.archived_at is not None:
        return
    try:
        membership.do_add_members(actor=system_actor("督办助手"), room=room, staff_ids=keys)
    except RoomArchivedError:
        return
