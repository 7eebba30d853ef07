"""Who a person is when a program acts on their word: a command in a room, a reply to a card."""

from uuid import UUID

from common import clock
from directory.actors import Actor, Door
from directory.store import people
from directory.store.sessions import find_staff


def actor_of(staff_number: str, door: Door, *, unit_id: UUID | None = None) -> Actor | None:
    """The active, unlocked person or bot in their primary post of today, through no device of their own.

    With a unit it is their post there, where they hold one: a head of two offices speaks for each of them.

    None for unknown, closed and locked accounts and for those that must change their password first.
    """
    staff, now = find_staff(staff_number), clock.now()
    if staff is None or not staff.is_active or staff.must_change_password:
        return None
    if staff.locked_until and staff.locked_until > now:
        return None
    held = people.held_by(staff.pk, clock.today())
    if not held:
        return Actor(staff.pk, staff.staff_number, staff.name, kind=staff.kind, door=door)
    one = next((each for each in held if each.post.unit_id == unit_id), held[0])
    post = one.post
    return Actor(
        staff_id=staff.pk,
        staff_number=staff.staff_number,
        name=staff.name,
        kind=staff.kind,
        appointment_id=one.pk,
        post_id=post.pk,
        post_title=post.title,
        post_role=post.role,
        unit_id=post.unit_id,
        unit_name=post.unit.name,
        unit_short_name=post.unit.short_name,
        door=door,
    )
