"""Queries that find units and people."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Replace

from directory.store.models import (
    Appointment,
    PhoneReveal,
    Post,
    Region,
    Unit,
    UnitName,
    UnitRelation,
)
from directory.store.people import not_over, valid_on


def regions(parent: str | None) -> QuerySet[Region]:
    rows = Region.objects.order_by("code")
    return rows.filter(parent_id=parent) if parent else rows.filter(parent__isnull=True)


def all_regions() -> list[tuple[str, str, str | None]]:
    """(code, name, parent) of every region."""
    return list(Region.objects.order_by("code").values_list("code", "name", "parent_id"))


def units_on(day: date) -> QuerySet[Unit]:
    """Units that exist on that day, in protocol order, with the number of people and of units below."""
    people = (
        Appointment.objects.filter(valid_on(day), post__unit=OuterRef("pk"), staff__is_active=True)
        .order_by()
        .values("post__unit")
        .annotate(n=Count("staff", distinct=True))
        .values("n")
    )
    below = Unit.objects.filter(not_over(day)).filter(_child_of(OuterRef("pk")))
    rows = Unit.objects.filter(valid_on(day)).select_related("region", "block_parent", "line_parent")
    return rows.annotate(people_count=Subquery(people), has_children=Exists(below)).order_by("rank", "code")


def _child_of(parent: object) -> Q:
    """Children along the block; a unit without a block parent hangs on its line."""
    return Q(block_parent=parent) | Q(block_parent__isnull=True, line_parent=parent)


def children_of(rows: QuerySet[Unit], parent: UUID) -> QuerySet[Unit]:
    return rows.filter(_child_of(parent))


def roots(rows: QuerySet[Unit]) -> QuerySet[Unit]:
    return rows.filter(block_parent__isnull=True, line_parent__isnull=True)


def named_like(rows: QuerySet[Unit], text: str) -> QuerySet[Unit]:
    former = UnitName.objects.filter(unit=OuterRef("pk"), name__icontains=text)
    return rows.filter(Q(name__icontains=text) | Q(short_name__icontains=text) | Exists(former))


def unit_names(day: date) -> tuple[list[Unit], list[UnitName]]:
    """Units of that day and all their former names, for matching what people type."""
    units = list(Unit.objects.filter(valid_on(day)).order_by("rank", "code"))
    return units, list(UnitName.objects.filter(unit__in=[unit.pk for unit in units]))


def units_by_pk(keys: Iterable[UUID]) -> dict[UUID, Unit]:
    return Unit.objects.select_related("region").in_bulk(list(keys))


def former_names(unit_id: UUID) -> list[UnitName]:
    return list(UnitName.objects.filter(unit_id=unit_id).order_by("-valid_from"))


def name_on(unit: Unit, day: date) -> str:
    """The unit's full name of that day."""
    row = UnitName.objects.filter(valid_on(day), unit=unit).order_by("-valid_from").first()
    return row.name if row else unit.name


def people_of(unit_id: UUID, day: date) -> QuerySet[Appointment]:
    """Who sits in a unit, in the order of the posts."""
    rows = _seated(day).filter(post__unit_id=unit_id)
    return rows.order_by("post__rank", "-is_primary", "staff__staff_number", "id")


def _seated(day: date) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(valid_on(day), not_over(day, "post__unit__"), staff__is_active=True)
    return rows.select_related("staff", "post__unit", "post__division")


def search_people(day: date, text: str, spelt: str, units: Iterable[UUID] | None) -> QuerySet[Appointment]:
    """Primary appointments of people who match, in protocol order.

    Args:
        text: as typed: part of a name, title or unit; four digits are the end of a phone number.
        spelt: the same as pinyin without blanks, or "".
        units: where the searcher may see people; None is everywhere.
    """
    rows = _seated(day).filter(is_primary=True, staff__kind="person")
    if units is not None:
        rows = rows.filter(post__unit_id__in=list(units))
    match = Q(staff__name__icontains=text) | Q(post__title__icontains=text)
    match |= Q(post__unit__name__icontains=text) | Q(post__unit__short_name__icontains=text)
    if spelt.isascii() and spelt.isalpha():
        match |= Q(staff__initials__startswith=spelt) | Q(pinyin_run__startswith=spelt)
    if len(text) == 4 and text.isdecimal():  # noqa: PLR2004 - 手机后四位
        match |= Q(staff__phone__endswith=text)
    if text.isascii():
        match |= Q(staff__staff_number=text.lower())
    rows = rows.alias(pinyin_run=_without_blanks("staff__pinyin")).filter(match)
    return rows.order_by("post__unit__rank", "post__unit__code", "post__rank", "staff__staff_number")


def _without_blanks(field: str) -> Replace:
    return Replace(field, Value(" "), Value(""))


def relations_of(unit_ids: Iterable[UUID], kind: str | None = None) -> QuerySet[UnitRelation]:
    rows = UnitRelation.objects.filter(unit_id__in=list(unit_ids)).select_related("post__unit")
    return (rows.filter(kind=kind) if kind else rows).order_by("kind", "rank", "post__rank", "id")


def posts_of_role(unit_id: UUID, roles: Iterable[str]) -> list[Post]:
    return list(Post.objects.filter(unit_id=unit_id, role__in=list(roles)).order_by("rank", "code"))


def add_reveal(reveal: PhoneReveal) -> None:
    reveal.save(force_insert=True)


def reveals_of(staff_id: int, most: int) -> list[PhoneReveal]:
    return list(PhoneReveal.objects.filter(staff_id=staff_id).order_by("-at", "-pk")[:most])


def reveals_by(viewer_id: int, since: datetime) -> int:
    return PhoneReveal.objects.filter(viewer_id=viewer_id, at__gte=since).count()
