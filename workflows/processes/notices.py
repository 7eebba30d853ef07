"""告知: those concerned get a copy of the case, each once."""

from chatops.services.tell import tell_people
from directory.store.models import Staff
from workflows.approvals.registry import ServiceCall
from workflows.processes.common import people_in, settings_of, units_in
from workflows.services.people import contacts
from workflows.services.stamps import stamp
from workflows.store.models import Case, CaseCc


def tell(call: ServiceCall) -> str:
    """`notify` of process.json, by node.

    `units`, `people`: fields of the form; of a unit its contacts. `starter_unit`: the contacts of the one who began.
    `same`: who began other cases of this process with the same values in these fields.
    """
    wanted = settings_of(call.case, "notify").get(call.node) or {}
    staff = sorted(_whom(call.case, wanted) - {call.actor.staff_id})
    known = set(CaseCc.objects.filter(case=call.case).values_list("staff_id", flat=True))
    fresh = [one for one in Staff.objects.filter(pk__in=staff, is_active=True) if one.pk not in known]
    CaseCc.objects.bulk_create(
        [CaseCc(case=call.case, staff=one, name=one.name, **stamp(call.actor, call.now)) for one in fresh],
        ignore_conflicts=True,
    )
    CaseCc.objects.filter(case=call.case, staff_id__in=staff).update(is_read=False)
    tell_people(staff, "case", {"id": str(call.case.pk), "shown": call.case.shown})
    return f"告知{len(staff)}人"


def _whom(case: Case, wanted: dict[str, object]) -> set[int]:
    found: set[int] = set()
    for unit in units_in(case.data, _fields(wanted, "units")):
        found |= set(contacts(unit))
    found |= {one.pk for one in people_in(case.data, _fields(wanted, "people"))}
    if wanted.get("starter_unit") and case.starter_unit is not None:
        found |= set(contacts(case.starter_unit))
    if same := _fields(wanted, "same"):
        found |= _of_alike(case, same)
    return found


def _fields(wanted: dict[str, object], name: str) -> list[str]:
    value = wanted.get(name)
    return [str(one) for one in value] if isinstance(value, list) else []


def _of_alike(case: Case, fields: list[str]) -> set[int]:
    alike = Case.objects.filter(process_id=case.process_id, state__in=("running", "finished"))
    alike = alike.filter(data__contains={name: case.data.get(name) for name in fields})
    return set(alike.values_list("starter_id", flat=True))
