"""Items split into items: progress rolls up by weight; a child is not due later than its parent; no cycles. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

DEEPEST = 50
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Share:
    """What a child brings to its parent. A cancelled one brings nothing."""

    percent: int
    weight: int
    state: str


def rolled_up(children: Iterable[Share]) -> int | None:
    """The weighted mean in whole points, rounded half up; 100 only when all have it. None without a counted child."""
    counted = [one for one in children if one.state != CANCELLED]
    if not counted:
        return None
    whole = sum(one.weight for one in counted)
    mean = Fraction(sum(one.percent * one.weight for one in counted), whole)
    rounded = int(mean + Fraction(1, 2))
    return min(rounded, 99) if mean < 100 else 100  # noqa: PLR2004 - percent


def would_cycle(item: UUID, parent: UUID, parents: Mapping[UUID, UUID | None]) -> bool:
    """Whether `parent` is the item itself or lies below it. A chain that does not end counts as one."""
    at: UUID | None = parent
    for _step in range(DEEPEST):
        if at is None:
            return False
        if at == item:
            return True
        at = parents.get(at)
    return True
