"""Cards of approvals: in one's own chat with what is asked, in the group where it was begun its state alone."""

from uuid import UUID

from bots.desk import SHENPI
from bots.services import seats
from bots.services.accounts import bot_actor
from bots.store import posts
from chatops.cards import Card
from chatops.services.rooms import open_direct
from chatops.store.models import RoomKind
from chatops.store.rooms import find_room, joined_ids
from directory.services import refs
from workflows.approvals.standing import standing_in_for
from workflows.processes.card import person_card, state_card
from workflows.store import approvals as store
from workflows.store import case_results as results


def rooms_of(case_id: str) -> list[str]:
    """Where a card stands or is due: with who has something to do or stands in for them, and in the group."""
    case = store.find_case(UUID(case_id))
    if case is None:
        return []
    rooms = posts.rooms_of(SHENPI.number, case_id)
    bot = bot_actor(SHENPI)
    holders = results.holders_of(case.pk)
    acting = standing_in_for(holders, case.process.key)
    people = {one.pk for one in refs.people_by_pk(holders | acting)} - {bot.staff_id}
    rooms += [open_direct(actor=bot, with_staff=one).room_id for one in sorted(people)]
    if case.room_id and find_room(case.room_id) is not None:
        seats.join_room(case.room_id)
        rooms.append(case.room_id)
    return list(dict.fromkeys(rooms))


def render(case_id: str, room_id: str) -> Card | None:
    """In a chat of two the other one's card; anywhere else the state alone."""
    case, room = store.find_case(UUID(case_id)), find_room(room_id)
    if case is None or room is None:
        return None
    if room.kind != RoomKind.DIRECT:
        return state_card(case)
    others = [one for one in joined_ids(room.pk) if one != bot_actor(SHENPI).staff_id]
    return person_card(case, others[0]) if len(others) == 1 else state_card(case)
