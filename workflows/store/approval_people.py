"""Who sits where, as the routing of approvals asks it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from directory.store.models import Appointment, Post, PostRole, Unit


@dataclass(frozen=True)
class Seat:
    staff_id: int
    number: str
    name: str
    post_id: UUID
    post_title: str
    unit_id: UUID
    unit_name: str


def _held(day: date) -> Q:
    begun = Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    alive = Q(post__unit__valid_to__isnull=True) | Q(post__unit__valid_to__gt=day)
    return begun & alive & Q(staff__is_active=True, staff__kind="person")


def _seats(rows: QuerySet[Appointment]) -> list[Seat]:
    """The first seat of each person."""
    found: dict[int, Seat] = {}
    for row in rows.values_list(
        "staff_id", "staff__staff_number", "staff__name", "post_id", "post__title", "post__unit_id", "post__unit__name"
    ):  # fmt: skip
        found.setdefault(row[0], Seat(*row))
    return list(found.values())


def _ordered(wanted: Q, day: date) -> list[Seat]:
    rows = Appointment.objects.filter(wanted, _held(day))
    return _seats(rows.order_by("post__unit__rank", "post__rank", "post__code", "-is_primary", "staff_id"))


def of_posts(post_ids: Collection[UUID], day: date) -> list[Seat]:
    return _ordered(Q(post_id__in=list(post_ids)), day) if post_ids else []


def in_role(unit_ids: Collection[UUID], roles: Collection[str], day: date) -> list[Seat]:
    return _ordered(Q(post__unit_id__in=list(unit_ids), post__role__in=list(roles)), day) if unit_ids else []


def of_people(staff_ids: Collection[int], day: date) -> list[Seat]:
    """The primary post of each."""
    rows = Appointment.objects.filter(_held(day), staff_id__in=list(staff_ids))
    found = _seats(rows.order_by("-is_primary", "valid_from", "id"))
    place = {staff: at for at, staff in enumerate(staff_ids)}
    return sorted(found, key=lambda seat: place[seat.staff_id])


def of_numbers(numbers: Collection[str], day: date) -> list[Seat]:
    rows = Appointment.objects.filter(_held(day), staff__staff_number__in=list(numbers))
    found = _seats(rows.order_by("-is_primary", "valid_from", "id"))
    place = {number: at for at, number in enumerate(numbers)}
    return sorted(found, key=lambda seat: place[seat.number])


def still_held(pairs: Collection[tuple[int, UUID]], day: date) -> set[tuple[int, UUID]]:
    """Of these (person, post), those that hold today."""
    rows = Appointment.objects.filter(
        _held(day), staff_id__in={staff for staff, _ in pairs}, post_id__in={post for _, post in pairs}
    )
    return set(rows.values_list("staff_id", "post_id")) & set(pairs)


def find_unit(code: str) -> Unit | None:
    return Unit.objects.filter(code=code).first()


def units_by_id(unit_ids: Iterable[UUID]) -> dict[UUID, Unit]:
    return Unit.objects.select_related("block_parent").in_bulk(list(unit_ids))


def find_post(code: str) -> Post | None:
    return Post.objects.select_related("unit").filter(code=code).first()


def guided_in_region(line: UUID, region: str, day: date) -> list[Unit]:
    """The units that this one guides along the line, in a region."""
    alive = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    return list(Unit.objects.filter(alive, line_parent_id=line, region_id=region).order_by("rank", "code"))


def role_word(role: str) -> str:
    return str(dict(PostRole.choices).get(role, role))
