"""As what somebody acts on a task: its holder, who stands in for an absent holder (AB角), or whom they delegated to."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from common import clock
from directory.actors import Actor
from workflows.store import absences
from workflows.store import approval_people as people
from workflows.store.models import Case, CaseTask, Delegation


@dataclass(frozen=True)
class Standing:
    """`for_name`: the person in whose place, "" for oneself."""

    may: bool
    for_name: str = ""


# Staff → (name, processes; none means all).
Principals = dict[int, tuple[str, list[str]]]


def open_delegations() -> Q:
    at = clock.now()
    return Q(starts_at__lte=at, ends_at__gt=at, ended_at__isnull=True, to__is_active=True)


def stood_for(actor: Actor) -> Principals:
    """In whose place this person may act now."""
    if not actor.staff_id:
        return {}
    found: Principals = {
        staff: (name, []) for staff, name in absences.principals_of(actor.staff_id, clock.today()).items()
    }
    rows = Delegation.objects.filter(open_delegations(), to_id=actor.staff_id)
    for staff, name, processes in rows.values_list("staff_id", "staff__name", "processes"):
        known = found.get(staff)
        every = not processes or (known is not None and not known[1])
        found[staff] = (name, [] if every else [*(known[1] if known else []), *processes])
    return found


def ended_delegation(actor: Actor, holders: Iterable[int], process: str) -> Delegation | None:
    """The last one by which this person acted for one of the holders and does no more."""
    at = clock.now()
    over = Q(ends_at__lte=at) | Q(ended_at__isnull=False)
    rows = Delegation.objects.filter(
        over, to_id=actor.staff_id, staff_id__in=list(holders), starts_at__lte=at
    )
    found = rows.select_related("staff").order_by("-ends_at")
    return next((one for one in found if not one.processes or process in one.processes), None)


def acts_in(principals: Principals, staff_id: int | None, process: str) -> str:
    """The name of this person, where one acts in their place in cases of the process; "" otherwise."""
    name, processes = principals.get(staff_id or 0, ("", []))
    return name if not processes or process in processes else ""


class Standings:
    """One person's standing to the tasks of cases: in whose place they act is asked once, and only when it matters."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    @cached_property
    def principals(self) -> Principals:
        return stood_for(self.actor)

    def of(self, task: CaseTask, case: Case) -> Standing:
        """Nobody decides their own request in another's place."""
        if not self.actor.staff_id or task.assignee_id is None:
            return Standing(False)
        if task.assignee_id == self.actor.staff_id:
            return Standing(True)
        if case.starter_id == self.actor.staff_id:
            return Standing(False)
        name = acts_in(self.principals, task.assignee_id, case.process.key)
        return Standing(bool(name), name)


def standing_in_for(staff_ids: Iterable[int], process: str) -> set[int]:
    """Who acts in the place of these people now, in cases of the process."""
    found = stand_ins(set(staff_ids), process)
    return {who for several in found.values() for who in several}


def stand_ins(staff_ids: Collection[int], process: str) -> dict[int, dict[int, str]]:
    """Person → who acts in their place, with names; one query for all."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    if staff_ids:
        for staff, other, name in people.stand_ins(staff_ids, process, clock.now(), clock.today()):
            found[staff][other] = name
    return found
