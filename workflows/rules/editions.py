"""A newer edition of a list against the older one: what was added, changed, removed or stayed the same."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from enum import StrEnum

from workflows.rules.importing import name_key

SAME_NUMBER_LIKENESS = 0.6  # the number agrees: the name may have been reworded
OTHER_NUMBER_LIKENESS = 0.9  # the number moved: only a small slip in the name is believed


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
    pairs: dict[int, int] = {}
    free = dict(enumerate(old))
    keys = {id(one): name_key(one.name) for one in (*old, *new)}

    def match(likely: Callable[[Entry, Entry], float]) -> None:
        scored = (
            (score, -at_new, -at_old)
            for at_new, entry in enumerate(new)
            if at_new not in pairs
            for at_old, before in free.items()
            if (score := likely(before, entry)) > 0
        )
        for _score, at_new, at_old in sorted(scored, reverse=True):
            if -at_new not in pairs and -at_old in free:
                pairs[-at_new] = -at_old
                del free[-at_old]

    def same_name(before: Entry, entry: Entry) -> float:
        if keys[id(before)] != keys[id(entry)] or not keys[id(entry)]:
            return 0
        return 2 if before.seq == entry.seq else 1

    def alike(before: Entry, entry: Entry) -> float:
        same_number = entry.seq is not None and before.seq == entry.seq
        least = SAME_NUMBER_LIKENESS if same_number else OTHER_NUMBER_LIKENESS
        score = likeness(keys[id(before)], keys[id(entry)], least)
        return score + same_number if score >= least else 0

    match(same_name)
    match(alike)
    return pairs


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
