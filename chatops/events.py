"""What this floor tells the floors above (common.events)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FramesTaken:
    """People's clients have taken their person frames up to a position: (staff key, position)."""

    taken: tuple[tuple[int, int], ...]
