"""Who answers for items, for many items at once: a fixed number of queries whatever their number."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import Q

from directory.store.models import Appointment, RelationKind, UnitRelation

RELATIONS = (RelationKind.PRINCIPAL_LEADER, RelationKind.LEADER_IN_CHARGE, RelationKind.LIAISON)
ROLES = ("head", "deputy_head", "liaison", "office")
Seat = tuple[int, UUID, UUID, str]  # staff, post, unit, role


def relations(unit_ids: Collection[UUID]) -> list[tuple[UUID, str, UUID]]:
    """(unit, kind, post), best first."""
    rows = UnitRelation.objects.filter(unit_id__in=unit_ids, kind__in=RELATIONS)
    return list(rows.order_by("rank", "post__rank", "id").values_list("unit_id", "kind", "post_id"))


def seats(
    *,
    unit_ids: Collection[UUID],
    post_ids: Collection[UUID],
    staff_ids: Collection[int],
    officers: bool,
    day: date,
) -> list[Seat]:
    """Who sits where on that day: in these posts, in the answering roles of these units, these people anywhere, and
    all supervision officers where asked. Protocol order.
    """
    wanted = (
        Q(post_id__in=post_ids)
        | Q(post__unit_id__in=unit_ids, post__role__in=ROLES)
        | Q(staff_id__in=staff_ids)
    )
    if officers:
        wanted |= Q(post__role="supervision_officer")
    held = Appointment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day), wanted, valid_from__lte=day, staff__is_active=True
    )
    rows = held.order_by("post__rank", "post__code", "staff_id")
    return list(rows.values_list("staff_id", "post_id", "post__unit_id", "post__role"))
