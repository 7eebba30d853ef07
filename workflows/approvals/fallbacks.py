"""Whom a task goes to that the rule could not place."""

from common import clock
from directory.store.models import Unit
from workflows.approvals.seats import About, Who
from workflows.store import approval_people as people


def fallback(about: About, reason: str) -> Who | None:
    """Who takes what the rule could not place: the owner's office, the starter's, then upward, at last the starter."""
    for unit in _homes(about):
        for role, word in (("office", "办公室"), ("head", "主要负责人"), ("leader", "领导")):
            seats = people.in_role([unit.pk], [role], clock.today())
            if seats:
                return Who(seats[0], f"{reason}；按规则转{unit.name}{word}指定办理人"[:300], is_fallback=True)
    seats = people.of_people([about.starter_id], clock.today())
    if seats:
        return Who(seats[0], f"{reason}；没有可用的办公室，退由拟稿人指定办理人"[:300], is_fallback=True)
    return None


def _homes(about: About) -> list[Unit]:
    wanted = [about.process.owner_unit_id if about.process else None, about.starter_unit]
    known = people.units_by_id([key for key in wanted if key])
    homes = [known[key] for key in wanted if key in known]
    above, seen = list(homes), {home.pk for home in homes}
    for home in homes:
        parent = home.block_parent
        while parent is not None and parent.pk not in seen:
            seen.add(parent.pk)
            above.append(parent)
            parent = parent.block_parent
    return above
