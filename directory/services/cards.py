"""One person as colleagues see him or her (mockup 07): posts, superior, stand-in, masked phone."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from common import audit, clock, events
from common.errors import NotFoundError, RateLimitedError
from directory.actors import Actor
from directory.events import PhoneRevealed
from directory.services import lookup
from directory.services.accounts import mask_phone
from directory.services.rights import Scope, may, require
from directory.store import lookup as store
from directory.store import people as people_store
from directory.store.models import Appointment, PhoneReveal, PostRole, RelationKind, Staff

REVEALS_PER_HOUR = 30


@dataclass(frozen=True)
class PersonCard:
    """`appointments`: valid today, the primary one first. `superior` and `stand_in`: of the primary post."""

    staff: Staff
    appointments: list[Appointment]
    phone: str
    office_phone: str
    superior: Appointment | None
    stand_in: Appointment | None


@dataclass(frozen=True)
class _Seen:
    """A person, to be seen from any unit in which he or she holds a post."""

    staff_id: int
    unit_ids: tuple[UUID, ...]

    def scope(self) -> Scope:
        return Scope(lead_unit_ids=self.unit_ids, owner_staff_id=self.staff_id)


def access_person(actor: Actor, staff_number: str) -> tuple[Staff, list[Appointment]]:
    """A person whom the actor may look up. Raises NotFoundError also when there, but behind a lock."""
    staff = people_store.by_staff_number(staff_number.lower())
    if staff is None or not staff.is_active:
        raise NotFoundError
    held = people_store.held_by(staff.pk, clock.today())
    own = staff.pk == actor.staff_id
    if not own and staff.kind == "person" and not may(actor, "directory.view_people", _seen(staff, held)):
        raise NotFoundError
    return staff, held


def _seen(staff: Staff, held: list[Appointment]) -> _Seen:
    return _Seen(staff.pk, tuple({each.post.unit_id for each in held}))


def card(actor: Actor, staff_number: str) -> PersonCard:
    """Raises NotFoundError as `access_person` does."""
    staff, held = access_person(actor, staff_number)
    primary = held[0] if held else None
    return PersonCard(
        staff=staff,
        appointments=held,
        phone=mask_phone(staff.phone),
        office_phone=mask_phone(staff.office_phone),
        superior=_superior(primary) if primary else None,
        stand_in=_stand_in(primary) if primary else None,
    )


def _superior(held: Appointment) -> Appointment | None:
    """A head reports to the government above, deputies to the head, others to the leader in charge."""
    post, unit = held.post, held.post.unit
    if post.role == PostRole.HEAD:
        if unit.block_parent is None:
            return None
        unit = unit.block_parent
        kinds = [RelationKind.LEADER_IN_CHARGE, RelationKind.PRINCIPAL_LEADER]
    elif post.role == PostRole.DEPUTY_HEAD:
        kinds = [RelationKind.PRINCIPAL_LEADER]
    else:
        kinds = [RelationKind.LEADER_IN_CHARGE, RelationKind.PRINCIPAL_LEADER]
    for kind in kinds:
        posts = lookup.relation_posts(unit, kind, field_of_work=post.field_of_work)
        others = [each for each in posts if each.pk != post.pk]
        found = people_store.holders([each.pk for each in others], clock.today()).first()
        if found is not None and found.staff_id != held.staff_id:
            return found
    return None


def _stand_in(held: Appointment) -> Appointment | None:
    """AB角: the post that stands in for this one; an entry without `for_post` stands in for the head."""
    for row in store.relations_of([held.post.unit_id], RelationKind.ACTING):
        meant = row.for_post_id == held.post_id if row.for_post_id else held.post.role == PostRole.HEAD
        if meant and row.post_id != held.post_id:
            return people_store.holders([row.post_id], clock.today()).first()
    return None


@transaction.atomic
def reveal_phone(*, actor: Actor, staff_number: str) -> str:
    """The whole number. The look is recorded and its owner can see it; one's own number costs no entry.

    Raises:
        NotFoundError, ForbiddenError.
        RateLimitedError: more than 30 numbers in an hour look like copying the directory.
    """
    staff, held = access_person(actor, staff_number)
    if staff.pk == actor.staff_id:
        return staff.phone
    require(actor, "directory.reveal_phone", _seen(staff, held))
    now = clock.now()
    if store.reveals_by(actor.staff_id, now - timedelta(hours=1)) >= REVEALS_PER_HOUR:
        raise RateLimitedError(retry_after_ms=3_600_000)
    post = f"{actor.unit_short_name or actor.unit_name} {actor.post_title}".strip()
    reveal = PhoneReveal(
        staff=staff, viewer_id=actor.staff_id, viewer_name=actor.name, viewer_post=post[:200], at=now
    )
    store.add_reveal(reveal)
    audit.record(actor=actor, verb="directory.reveal_phone", subject="staff", subject_id=staff.staff_number)
    events.publish(PhoneRevealed(staff.pk, actor.staff_id, actor.name, post))
    return staff.phone


def reveals_of_mine(actor: Actor) -> list[PhoneReveal]:
    """Who looked at the actor's own number, the latest 100."""
    return store.reveals_of(actor.staff_id, 100)
