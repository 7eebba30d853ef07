"""To whom something about an item is said: handler, head, leader, supervision officer, with acting persons."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common import clock
from directory.services.tree import cached_tree
from directory.store.models import RelationKind
from workflows.rules.reminders import Audience
from workflows.store import absences
from workflows.store import addressees as store
from workflows.store.models import Item

_FALLBACK = {
    RelationKind.PRINCIPAL_LEADER: ("head",),
    RelationKind.LEADER_IN_CHARGE: ("deputy_head",),
    RelationKind.LIAISON: ("liaison",),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """`for_name`: the absent person in whose place this one is told, "" for themselves."""

    staff_id: int
    for_name: str = ""


class Addressees:
    """Of many items: four queries, whatever their number."""

    def __init__(
        self, items: Sequence[Item], day: date | None = None, *, more_units: Collection[UUID] = ()
    ) -> None:
        """`more_units`: supporting ones that are asked for their parts."""
        self.day = day or clock.today()
        units = {*(item.lead_unit_id for item in items), *more_units}
        self._relations: dict[tuple[UUID, str], list[UUID]] = defaultdict(list)
        offices: set[UUID] = set()
        posts: set[UUID] = set()
        people: set[int] = set()
        for item in items:
            if item.taskforce is not None:
                offices.add(item.taskforce.office_unit_id)
                posts.add(item.taskforce.lead_post_id)
            if item.ledger is not None:
                offices.add(item.ledger.unit_id)
            if item.supervisor_unit_id:
                offices.add(item.supervisor_unit_id)
            people.update(one for one in (item.handler_id, item.supervisor_id) if one)
        for unit, kind, post in store.relations(units):
            self._relations[unit, kind].append(post)
            posts.add(post)
        self._by_post: dict[UUID, list[int]] = defaultdict(list)
        self._by_role: dict[tuple[UUID, str], list[int]] = defaultdict(list)
        self._units_of: dict[int, set[UUID]] = defaultdict(set)
        self._officers: list[tuple[int, UUID]] = []
        found = store.seats(
            unit_ids=units | offices, post_ids=posts, staff_ids=people, officers=True, day=self.day
        )
        for staff_id, post, unit, role in found:
            self._by_post[post].append(staff_id)
            self._by_role[unit, role].append(staff_id)
            self._units_of[staff_id].add(unit)
            if role == "supervision_officer":
                self._officers.append((staff_id, unit))
        self._away: dict[int, list[int]] = {}
        self._names: dict[int, str] = {}

    def _answering(self, unit: UUID, kind: RelationKind) -> list[int]:
        """The holders of this relation, or of the matching role where none was entered."""
        named = self._relations.get((unit, kind))
        if named:
            found = [staff for post in named for staff in self._by_post[post]]
        else:
            found = [staff for role in _FALLBACK[kind] for staff in self._by_role[unit, role]]
        return list(dict.fromkeys(found))

    def contacts(self, unit: UUID) -> list[int]:
        """The liaisons, or else the head."""
        return self._answering(unit, RelationKind.LIAISON) or self._answering(
            unit, RelationKind.PRINCIPAL_LEADER
        )

    def handlers(self, item: Item) -> list[int]:
        """The handler while in a post of the lead unit, or else the unit's contacts: who has left gets nothing."""
        if item.handler_id and item.lead_unit_id in self._units_of[item.handler_id]:
            return [item.handler_id]
        return self.contacts(item.lead_unit_id)

    def heads(self, item: Item) -> list[int]:
        return self._answering(item.lead_unit_id, RelationKind.PRINCIPAL_LEADER)

    def leaders(self, item: Item) -> list[int]:
        """Who leads the force; without one, the leader in charge of the lead unit, or else its head."""
        if item.taskforce is not None:
            return list(dict.fromkeys(self._by_post[item.taskforce.lead_post_id]))
        return self._answering(item.lead_unit_id, RelationKind.LEADER_IN_CHARGE) or self.heads(item)

    def officers(self, item: Item) -> list[int]:
        """The named supervisor, or else the supervision officers of the ledger's unit, or of the lead unit's city."""
        if item.supervisor_id and self._units_of[item.supervisor_id]:
            return [item.supervisor_id]
        home = item.supervisor_unit_id or (item.ledger.unit_id if item.ledger else None)
        if home and (near := self._by_role[home, "supervision_officer"]):
            return list(dict.fromkeys(near))
        tree = cached_tree()
        return list(
            dict.fromkeys(who for who, unit in self._officers if tree.same_city(unit, item.lead_unit_id))
        )

    def supervisors(self, item: Item) -> list[int]:
        """Who keeps the watch: the named supervisor, or else the office of the force or of the ledger's unit."""
        if item.supervisor_id and self._units_of[item.supervisor_id]:
            return [item.supervisor_id]
        if item.taskforce is not None:
            office = self._by_role[item.taskforce.office_unit_id, "office"]
            return list(dict.fromkeys(office)) or self.officers(item)
        return self.officers(item)

    def asked(self, item: Item, audience: Iterable[Audience], unit: UUID | None = None) -> list[int]:
        """Staff keys of these roles, each once. `unit`: the supporting one that owes its part, instead of the lead."""
        if unit is not None:
            return list(dict.fromkeys(staff for one in audience for staff in self._of_part(item, unit, one)))
        find = {
            Audience.HANDLER: self.handlers,
            Audience.HEAD: self.heads,
            Audience.LEADER: self.leaders,
            Audience.OFFICER: self.officers,
        }
        return list(dict.fromkeys(staff for one in audience for staff in find[one](item)))

    def _of_part(self, item: Item, unit: UUID, role: Audience) -> list[int]:
        heads = self._answering(unit, RelationKind.PRINCIPAL_LEADER)
        find: dict[Audience, Callable[[], list[int]]] = {
            Audience.HANDLER: lambda: self.contacts(unit),
            Audience.HEAD: lambda: heads,
            Audience.LEADER: lambda: self._answering(unit, RelationKind.LEADER_IN_CHARGE) or heads,
            Audience.OFFICER: lambda: self.officers(item),
        }
        return find[role]()

    def with_acting(self, staff_ids: Iterable[int]) -> None:
        """Read who stands in for these people, once for all of them, before `readers` is asked."""
        wanted = set(staff_ids)
        self._away = absences.acting_for(wanted, self.day)
        self._names = absences.names_of(self._away) if self._away else {}

    def readers(self, staff_ids: Iterable[int]) -> list[Reader]:
        """These people, and who stands in for those who are away."""
        own = list(dict.fromkeys(staff_ids))
        acting = [
            Reader(other, self._names.get(one, ""))
            for one in own
            for other in self._away.get(one, [])
            if other not in own
        ]
        return [*(Reader(one) for one in own), *dict.fromkeys(acting)]
