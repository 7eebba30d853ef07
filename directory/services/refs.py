"""People as the floors above name them: key, number, name."""

from collections.abc import Iterable
from dataclasses import dataclass

from directory.store import refs
from directory.store.models import Staff


@dataclass(frozen=True, slots=True)
class PersonRef:
    pk: int
    staff_number: str
    name: str
    kind: str


def people_by_pk(keys: Iterable[int]) -> list[PersonRef]:
    """References in the order of the keys; unknown keys are left out."""
    wanted = list(dict.fromkeys(keys))
    known = {staff.pk: staff for staff in refs.by_pk(wanted)}
    return [_ref(known[key]) for key in wanted if key in known]


def find_person(staff_number: str) -> PersonRef | None:
    """An active person or bot by staff number."""
    staff = refs.by_number(staff_number)
    return _ref(staff) if staff is not None and staff.is_active else None


def find_anyone(staff_number: str) -> PersonRef | None:
    """As `find_person`, also somebody who has left: what they said is still looked for by their name."""
    staff = refs.by_number(staff_number)
    return _ref(staff) if staff is not None else None


def _ref(staff: Staff) -> PersonRef:
    return PersonRef(staff.pk, staff.staff_number, staff.name, staff.kind)
