"""A unit that gets an item of a task force is a member of it, and its contacts are in the room."""

from collections.abc import Iterable
from uuid import UUID

from chatops.services.membership import do_add_members
from chatops.store.rooms import find_room
from common import audit, clock
from directory.actors import Actor
from workflows.services import people
from workflows.store import items as item_store
from workflows.store import people as people_store
from workflows.store import taskforces as store
from workflows.store.models import Item, Ledger, TaskForce


def join_units_of(actor: Actor, home: TaskForce | Ledger, items: Iterable[Item]) -> None:
    """Let the lead and supporting units of these items join, where they are not members yet.

    The last statement of a deed: the append holds the room until the commit.
    """
    if isinstance(home, Ledger):
        return  # a ledger has no members: who sees its items follows from the items
    force = home
    wanted = item_store.units_of([item.pk for item in items])
    fresh = sorted(wanted - store.member_ids(force.pk))
    if not fresh:
        return
    store.add_units(force, fresh, clock.now())
    audit.record(
        actor=actor,
        verb="taskforce.join",
        subject="taskforce",
        subject_id=force.pk,
        new={"units": [str(unit_id) for unit_id in fresh]},
    )
    room = find_room(force.room_id)
    if room is not None and room.archived_at is None:
        do_add_members(actor=actor, room=room, staff_ids=_contacts(fresh))


def _contacts(unit_ids: Iterable[UUID]) -> list[int]:
    today = clock.today()
    units = [unit for unit_id in unit_ids if (unit := people_store.find_unit(unit_id, today)) is not None]
    return [staff_id for unit in units for staff_id in people.contacts(unit)]
