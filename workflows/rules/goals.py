"""工作-目标-政策-评价: what hangs loose in the four linked lists (domain §10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Orphans:
    """Keys of what serves nothing, is measured by nothing, is served by nothing, or is a means to nothing."""

    works: tuple[str, ...]
    unmeasured: tuple[str, ...]
    unserved: tuple[str, ...]
    policies: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.works) + len(set(self.unmeasured) | set(self.unserved)) + len(self.policies)


def orphans(
    *,
    works: Iterable[str],
    goals: Iterable[str],
    policies: Iterable[str],
    goal_of_work: Mapping[str, str],
    measured: Iterable[str],
    goals_of_policy: Mapping[str, Iterable[str]],
) -> Orphans:
    """What serves no goal, and goals without an indicator or without work; in the order given."""
    known = list(goals)
    served = {goal for work, goal in goal_of_work.items() if goal in known}
    with_indicator = set(measured)
    return Orphans(
        works=tuple(one for one in works if goal_of_work.get(one) not in known),
        unmeasured=tuple(one for one in known if one not in with_indicator),
        unserved=tuple(one for one in known if one not in served),
        policies=tuple(one for one in policies if not set(goals_of_policy.get(one, ())) & set(known)),
    )
