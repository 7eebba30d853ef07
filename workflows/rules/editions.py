"""A newer edition of a list against the older one: what was added, changed, removed or stayed the same."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import product

from workflows.rules.importing import name_key

SAME_NUMBER_LIKENESS = 0.6  # the number agrees: the name may have been reworded
OTHER_NUMBER_LIKENESS = 0.9  # the number moved: only a small slip in the name is believed
MOST_SLIPS = (
    40_000  # comparisons; beyond that the lists are different lists, and each would cost a second or more
)


class Change(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Entry:
    """One project in one edition. `key` is the caller's (an id, a line); `lead` any hashable that names the
    unit.
    """

    key: Hashable
    seq: int | None
    name: str
    category: str
    budget_wan: Decimal | None
    lead: Hashable


@dataclass(frozen=True, slots=True)
class Difference:
    """`old` and `new` are None where the edition has no such entry. `fields` names what differs."""

    change: Change
    old: Entry | None
    new: Entry | None
    fields: tuple[str, ...] = ()


def compare(old: Sequence[Entry], new: Sequence[Entry]) -> list[Difference]:
    """One difference per entry: those of `new` in their order, then the removed of `old` in theirs."""
    pairs = _pairs(old, new)
    differences = []
    for at, entry in enumerate(new):
        before = old[pairs[at]] if at in pairs else None
        if before is None:
            differences.append(Difference(Change.ADDED, None, entry))
        else:
            fields = changed_fields(before, entry)
            differences.append(Difference(Change.CHANGED if fields else Change.SAME, before, entry, fields))
    kept = set(pairs.values())
    differences += [Difference(Change.REMOVED, entry, None) for at, entry in enumerate(old) if at not in kept]
    return differences


def changed_fields(old: Entry, new: Entry) -> tuple[str, ...]:
    names = ("seq", "name", "category", "budget_wan", "lead")
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def _pairs(old: Sequence[Entry], new: Sequence[Entry]) -> dict[int, int]:
    """Position in `new` → position in `old`, the surest matches first, each entry used once."""
    old_keys, new_keys = [name_key(one.name) for one in old], [name_key(one.name) for one in new]
    pairs: dict[int, int] = {}

    def join(found: Iterable[tuple[float, int, int]]) -> None:
        """Take pairs (score, new, old) from the best down; of equals the first in the lists."""
        taken = set(pairs.values())
        for _score, at_new, at_old in sorted(found, key=lambda one: (-one[0], one[1], one[2])):
            if at_new not in pairs and at_old not in taken:
                pairs[at_new] = at_old
                taken.add(at_old)

    join(
        (2 if old[at_old].seq == new[at_new].seq else 1, at_new, at_old)
        for at_new, at_old in _sharing(new_keys, old_keys)
    )
    left = [at for at in range(len(new)) if at not in pairs]
    free = [at for at in range(len(old)) if at not in set(pairs.values())]
    numbered = _sharing([new[at].seq for at in left], [old[at].seq for at in free])
    join(
        (likeness(old_keys[free[j]], new_keys[left[i]], SAME_NUMBER_LIKENESS), left[i], free[j])
        for i, j in numbered
        if likeness(old_keys[free[j]], new_keys[left[i]], SAME_NUMBER_LIKENESS) >= SAME_NUMBER_LIKENESS
    )
    if len(left) * len(free) <= MOST_SLIPS:
        join(
            (score, at_new, at_old)
            for at_new in left
            for at_old in free
            if (score := likeness(old_keys[at_old], new_keys[at_new], OTHER_NUMBER_LIKENESS))
            >= OTHER_NUMBER_LIKENESS
        )
    return pairs


def _sharing(left: Sequence[Hashable], right: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """Positions whose values are equal; empty values are equal to nothing. A value that fills both lists is
    paired in order only."""
    there = _places(right)
    for value, places in _places(left).items():
        others = there.get(value, [])
        crowded = len(places) * len(others) > MOST_SLIPS
        yield from zip(places, others, strict=False) if crowded else product(places, others)


def _places(values: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = {}
    for at, value in enumerate(values):
        if value not in {None, ""}:
            found.setdefault(value, []).append(at)
    return found


def likeness(left: str, right: str, least: float = 0) -> float:
    """0 to 1; 0 at once where the lengths alone rule `least` out."""
    if not left or not right or 2 * min(len(left), len(right)) < least * (len(left) + len(right)):
        return 0
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


def counts(differences: Iterable[Difference]) -> dict[str, int]:
    found = dict.fromkeys((change.value for change in Change), 0)
    for one in differences:
        found[one.change] += 1
    return found
