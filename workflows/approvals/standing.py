"""As what somebody acts on a task: its holder, who stands in for an absent holder (AB角), or whom they delegated to."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from common import clock
from directory.actors import Actor
from workflows.store import absences
from workflows.store.models import Case, CaseTask, Delegation


@dataclass(frozen=True)
class Standing:
    """`for_name`: the person in whose place, "" for oneself; `how`: own, absence or delegation."""

    may: bool
    for_name: str = ""
    how: str = "own"


def open_delegations(now: object = None) -> Q:
    at = now or clock.now()
    return Q(starts_at__lte=at, ends_at__gt=at, ended_at__isnull=True, to__is_active=True)


def standing_of(actor: Actor, task: CaseTask, case: Case) -> Standing:
    """Nobody decides their own request in another's place."""
    if not actor.staff_id or task.assignee_id is None:
        return Standing(False)
    if task.assignee_id == actor.staff_id:
        return Standing(True)
    if case.starter_id == actor.staff_id:
        return Standing(False)
    if name := absences.principals_of(actor.staff_id, clock.today()).get(task.assignee_id):
        return Standing(True, name, "absence")
    rows = Delegation.objects.filter(open_delegations(), staff_id=task.assignee_id, to_id=actor.staff_id)
    for row in rows.select_related("staff"):
        if not row.processes or case.process.key in row.processes:
            return Standing(True, row.staff.name, "delegation")
    return Standing(False)


# Staff → (name, processes; none means all).
Principals = dict[int, tuple[str, list[str]]]


def stood_for(actor: Actor) -> Principals:
    """In whose place this person may act now."""
    found: Principals = {
        staff: (name, []) for staff, name in absences.principals_of(actor.staff_id, clock.today()).items()
    }
    for row in Delegation.objects.filter(open_delegations(), to_id=actor.staff_id).select_related("staff"):
        known = found.get(row.staff_id)
        if known is None:
            found[row.staff_id] = (row.staff.name, list(row.processes))
        elif known[1] and row.processes:
            found[row.staff_id] = (row.staff.name, [*known[1], *row.processes])
        else:
            found[row.staff_id] = (row.staff.name, [])
    return found


def standing_in_for(staff_ids: Iterable[int]) -> set[int]:
    """Who acts in the place of these people now."""
    wanted = set(staff_ids)
    if not wanted:
        return set()
    acting = {one for several in absences.acting_for(wanted, clock.today()).values() for one in several}
    held = Delegation.objects.filter(open_delegations(), staff_id__in=wanted)
    return acting | set(held.values_list("to_id", flat=True))
