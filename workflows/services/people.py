"""The people and units that items name: found, checked, addressed."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from common import clock, ids
from common.errors import BadInputError
from directory.actors import Actor
from directory.services import lookup
from directory.services.rights import RELATIVE, Scope, may, table
from directory.store.models import Appointment, Post, RelationKind, Unit
from workflows.store import people as store


@dataclass(frozen=True)
class Person:
    staff_id: int
    name: str


def works_in(staff_id: int, unit_id: UUID) -> bool:
    """Whether the person holds a post in the unit today."""
    return unit_id in store.units_of(staff_id, clock.today())


def living_unit(unit_id: UUID, *, field: str) -> Unit:
    """Raises BadInputError: unknown or abolished."""
    unit = store.find_unit(unit_id, clock.today())
    if unit is None:
        raise BadInputError(field=field, message=_("所选单位不存在或已撤销，请从通讯录重新选择。"))
    return unit


def active_person(user_id: str, *, field: str) -> Person:
    """Raises BadInputError: no such person, or the account is closed."""
    number = ids.staff_number_of(user_id) or user_id.lower()
    staff = store.find_active(number)
    if staff is None:
        raise BadInputError(field=field, message=_("所选人员不存在或已停用，请从通讯录重新选择。"))
    return Person(staff.pk, staff.name)


def contacts(unit: Unit) -> list[int]:
    """Default addressees of a unit: its liaisons, or else its principal leader."""
    found = lookup.reachable(unit, (RelationKind.LIAISON, RelationKind.PRINCIPAL_LEADER))
    return list(dict.fromkeys(appointment.staff_id for appointment in found))


def room_members(units: Iterable[Unit], *, lead_post_id: UUID, office_unit_id: UUID) -> list[int]:
    """Who belongs in a task force's room: the lead, its office, and the contacts of each member unit."""
    today = clock.today()
    found = [*store.holders([lead_post_id], today), *store.in_roles([office_unit_id], ("office",), today)]
    for unit in units:
        found += contacts(unit)
    return list(dict.fromkeys(found))


def may_approve(post_id: UUID, verb: str, scope: Scope) -> bool:
    """Whether who acts in this post may do this; asked when somebody names an approver."""
    post = store.find_post(post_id)
    if post is None or not store.holders([post.pk], clock.today()):
        return False
    return may(_as(post), verb, scope)


MOST_ENTITLED = 400


def entitled(verb: str, scope: Scope) -> list[Appointment]:
    """Who may do this to a subject of that scope today, by post: what a form offers as approvers."""
    places = {
        "task_force": Q(post__unit_id=scope.taskforce_unit_id),
        "assigner": Q(post__unit_id__in=scope.assigner_unit_ids),
        "member": Q(post__unit_id__in=scope.member_unit_ids),
        "own_unit": Q(post__unit_id__in=scope.units),
    }
    which = Q(pk__in=[])
    for (known, role), scopes in table().items():
        if known != verb:
            continue
        if "lead" in scopes and scope.taskforce_lead_post_id:
            which |= Q(post_id=scope.taskforce_lead_post_id)
        if scopes - RELATIVE - {"own_unit"}:
            which |= Q(post__role=role)  # how far it reaches is asked of each below
        for name in scopes & places.keys():
            which |= places[name] & Q(post__role=role)
    found = store.holding(which, clock.today(), MOST_ENTITLED)
    return [one for one in found if may(_as(one.post), verb, scope)]


def _as(post: Post) -> Actor:
    return Actor(
        staff_id=-1, staff_number="", name="", post_id=post.pk, post_role=post.role, unit_id=post.unit_id
    )
