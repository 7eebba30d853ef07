"""What service tasks read: the process's own settings, units and people named in the form, who acts."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from common import clock, ids
from directory.actors import Actor
from directory.services.acting import actor_of
from directory.store.models import Staff, Unit
from workflows.approvals.definitions import definition_of
from workflows.approvals.registry import ServiceCall
from workflows.store.models import Case


def settings_of(case: Case, name: str) -> Mapping[str, Any]:
    """This part of process.json; {} when the process says nothing of it."""
    found = definition_of(case.version_id).meta.get(name)
    return found if isinstance(found, dict) else {}


def actor_in(call: ServiceCall) -> Actor:
    """Who acts: the decider, or for timers the one who began the case, in the post of that day."""
    if call.actor.staff_id:
        return call.actor
    case = call.case
    return actor_of(case.starter.staff_number, "system") or Actor(
        case.starter_id, case.starter.staff_number, case.starter_name, unit_id=case.starter_unit_id
    )


def values(data: Mapping[str, Any], fields: Iterable[str]) -> list[str]:
    """The texts in these fields, lists unfolded, in order and each once."""
    found: list[str] = []
    for field in fields:
        value = data.get(field)
        found += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
    return list(dict.fromkeys(one for one in found if one))


def units_in(data: Mapping[str, Any], fields: Iterable[str]) -> list[Unit]:
    """Living units named in these fields by id or code, in the order of the form."""
    wanted = values(data, fields)
    rows = Unit.objects.filter(pk__in=[key for one in wanted if (key := _as_uuid(one))])
    coded = Unit.objects.filter(code__in=[one for one in wanted if _as_uuid(one) is None])
    known = {str(one.pk): one for one in rows} | {one.code: one for one in coded}
    today = clock.today()
    found = [known[one] for one in wanted if one in known]
    return [one for one in dict.fromkeys(found) if one.valid_to is None or one.valid_to > today]


def people_in(data: Mapping[str, Any], fields: Iterable[str]) -> list[Staff]:
    numbers = [number for one in values(data, fields) if (number := ids.staff_number_of(one))]
    return list(Staff.objects.filter(staff_number__in=numbers, is_active=True))


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
