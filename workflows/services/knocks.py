"""Lets the clients of those concerned ask for their pending list again."""

from collections.abc import Iterable
from uuid import UUID

from chatops.services.tell import tell_people
from common import clock
from workflows.store import absences, people
from workflows.store.models import Item

DOERS = ("head", "handler", "liaison")
ASSIGNERS = ("head", "deputy_head", "office", "supervision_officer")


def pending_changed(items: Iterable[Item], *, also: Iterable[UUID] = ()) -> None:
    """Tell the lead units' people and those who lead, in four queries whatever the number of items.

    Part of the deed's transaction; the frame says that something changed, not what. `also`: units that had it before.
    """
    touched = list(items)
    forces = {item.taskforce_id: item.taskforce for item in touched if item.taskforce}.values()
    assigners = {item.ledger.unit_id for item in touched if item.ledger}
    assigners |= {item.supervisor_unit_id for item in touched if item.supervisor_unit_id}
    today = clock.today()
    staff = [
        *people.in_roles({*also, *(item.lead_unit_id for item in touched)}, DOERS, today),
        *people.in_roles({force.office_unit_id for force in forces}, ("office",), today),
        *people.holders({force.lead_post_id for force in forces}, today),
        *(people.in_roles(assigners, ASSIGNERS, today) if assigners else ()),
    ]
    for acting in absences.acting_for(staff, today).values():
        staff += acting
    tell_people(staff, "pending")
