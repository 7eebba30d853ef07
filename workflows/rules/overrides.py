"""A colour set by hand beside the computed one (domain §11): what is shown, and who may set what."""

from dataclasses import dataclass
from enum import StrEnum

from workflows.rules.colours import Colour

_RANK = {Colour.GREY: 0, Colour.GREEN: 1, Colour.YELLOW: 2, Colour.RED: 3}
CHOICES = (Colour.RED, Colour.YELLOW, Colour.GREEN)


def worse(one: Colour, other: Colour) -> bool:
    return _RANK[one] > _RANK[other]


class Direction(StrEnum):
    RAISE = "raise"
    LOWER = "lower"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Override:
    """`lowered_from`: what the figures said when an officer lowered it; None for a raise."""

    colour: Colour
    lowered_from: Colour | None = None


def shown_colour(computed: Colour, override: Override | None) -> Colour:
    """A raise never lowers, a lowering never raises and holds only against what it was set for; grey is grey."""
    if override is None or computed == Colour.GREY:
        return computed
    if override.lowered_from is None:
        return override.colour if worse(override.colour, computed) else computed
    if worse(computed, override.lowered_from) or not worse(computed, override.colour):
        return computed
    return override.colour


def direction(computed: Colour, shown: Colour, wanted: Colour) -> Direction:
    """What setting `wanted` would be: lowering is whatever is better than the figures or than what is shown."""
    if wanted == shown:
        return Direction.SAME
    return Direction.LOWER if worse(computed, wanted) or worse(shown, wanted) else Direction.RAISE


def override_of(computed: Colour, wanted: Colour) -> Override | None:
    """None: `wanted` is what the figures say, so nothing is to be set."""
    if wanted == computed:
        return None
    return Override(wanted, computed if worse(computed, wanted) else None)
