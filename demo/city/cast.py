"""Whoever speaks or acts in the demo's history, as an actor in the post that the script names."""

from collections.abc import Iterable
from functools import cached_property
from uuid import UUID

from directory.actors import Actor
from directory.store.models import Appointment, AppointmentKind, Post, Unit


class Cast:
    """Posts and units by their codes in demo/data. Read once; the directory must be loaded."""

    @cached_property
    def _by_post(self) -> dict[str, Appointment]:
        found: dict[str, Appointment] = {}
        held = Appointment.objects.select_related("staff", "post__unit").filter(valid_to__isnull=True)
        for one in held.exclude(kind=AppointmentKind.ACTING).order_by("is_primary"):
            found[one.post.code] = one
        return found

    @cached_property
    def _units(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in Unit.objects.all()}

    def unit(self, code: str) -> Unit:
        return self._units[code]

    def unit_ids(self, codes: Iterable[str]) -> list[UUID]:
        return [self._units[code].pk for code in codes]

    def post(self, code: str) -> Post:
        return self._by_post[code].post

    def staff_id(self, post: str) -> int:
        return self._by_post[post].staff_id

    def name(self, post: str) -> str:
        return self._by_post[post].staff.name

    def staff_of(self, unit: str) -> list[int]:
        """Everybody who holds a post in the unit, in the order of the posts."""
        mine = [one for one in self._by_post.values() if one.post.unit.code == unit]
        return list(dict.fromkeys(one.staff_id for one in sorted(mine, key=lambda one: one.post.rank)))

    def actor(self, post: str) -> Actor:
        one = self._by_post[post]
        unit = one.post.unit
        return Actor(
            staff_id=one.staff_id,
            staff_number=one.staff.staff_number,
            name=one.staff.name,
            kind=one.staff.kind,
            appointment_id=one.pk,
            post_id=one.post_id,
            post_title=one.post.title,
            post_role=one.post.role,
            unit_id=unit.pk,
            unit_name=unit.name,
            unit_short_name=unit.short_name,
            door="web",
        )
