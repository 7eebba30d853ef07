"""What administrators list: accounts, posts and appointments of the units that they manage."""

from uuid import UUID

from common import clock
from directory.actors import Actor
from directory.services.pinyin import normalised
from directory.services.rights import Scope, may, require
from directory.store import ledger as store
from directory.store import people
from directory.store.models import Appointment, Post, Staff

Page = int | None


def _managed_unit(actor: Actor, verb: str) -> UUID | None:
    """None: all units; else the one that the actor manages. Raises ForbiddenError."""
    require(actor, verb)
    return None if may(actor, verb, Scope()) else actor.unit_id


def accounts(
    actor: Actor, query: str, *, offset: int, limit: int
) -> tuple[list[tuple[Staff, Appointment | None]], Page]:
    """People with their primary appointment, by staff number; digital officers see their own unit's."""
    unit = _managed_unit(actor, "account.view")
    rows = list(
        store.accounts(query.strip(), normalised(query), unit, clock.today())[offset : offset + limit + 1]
    )
    primary = people.primary_of([staff.pk for staff in rows], clock.today())
    found = [(staff, primary.get(staff.pk)) for staff in rows[:limit]]
    return found, offset + limit if len(rows) > limit else None


def posts(
    actor: Actor, unit_id: UUID | None, *, offset: int, limit: int
) -> tuple[list[tuple[Post, list[str]]], Page]:
    """Posts in protocol order, each with the names of who holds it today."""
    unit = _managed_unit(actor, "post.manage") or unit_id
    rows = list(store.posts(unit)[offset : offset + limit + 1])
    names: dict[UUID, list[str]] = {}
    for held in people.holders([post.pk for post in rows], clock.today()):
        names.setdefault(held.post_id, []).append(held.staff.name)
    return [(post, names.get(post.pk, [])) for post in rows[:limit]], offset + limit if len(
        rows
    ) > limit else None


def appointments(
    actor: Actor,
    *,
    unit_id: UUID | None,
    post_id: UUID | None,
    staff_number: str,
    offset: int,
    limit: int,
) -> tuple[list[Appointment], Page]:
    """Present, past and future ones, in protocol order."""
    unit = _managed_unit(actor, "appointment.manage") or unit_id
    found = store.appointments(unit_id=unit, post_id=post_id, staff_number=staff_number)
    rows = list(found[offset : offset + limit + 1])
    return rows[:limit], offset + limit if len(rows) > limit else None
