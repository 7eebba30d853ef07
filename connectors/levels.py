"""What a value means and how old it is: pure functions of stored facts."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class Level(StrEnum):
    """States by upper limits, gravest last."""

    NORMAL = "normal"
    NEAR = "near"
    WARNING = "warning"
    GUARANTEE = "guarantee"


def level_of(
    value: Decimal, *, warning: Decimal | None, guarantee: Decimal | None, near_margin: Decimal = Decimal(0)
) -> Level:
    """The state of a value. Reaching a limit is exceeding it; `near_margin` is in the value's unit."""
    if guarantee is not None and value >= guarantee:
        return Level.GUARANTEE
    if warning is None:
        return Level.NORMAL
    if value >= warning:
        return Level.WARNING
    return Level.NEAR if value >= warning - near_margin and near_margin > 0 else Level.NORMAL


def freshness_of(observed_at: datetime, now: datetime, *, fresh_for_s: int, lost_after_s: int) -> str:
    """fresh, stale or lost, by the age of the newest reading; on a limit it is still the better one."""
    age = now - observed_at
    if age <= timedelta(seconds=fresh_for_s):
        return "fresh"
    return "stale" if age <= timedelta(seconds=lost_after_s) else "lost"
