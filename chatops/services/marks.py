"""What stands beside a member's name in a room, such as 外部专家. Upper floors say it: `register(look)` at start."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """`label` is the word beside the name, `note` the whole of it: from where, and until when."""

    label: str
    note: str = ""


# (room id, staff ids) → mark of those who have one, in one query whatever their number
Look = Callable[[str, Sequence[int]], Mapping[int, Mark]]
_looks: list[Look] = []


def register(look: Look) -> None:
    _looks.append(look)


def of_people(room_id: str, staff_ids: Sequence[int]) -> dict[int, Mark]:
    found: dict[int, Mark] = {}
    for look in _looks if staff_ids else ():
        found |= look(room_id, staff_ids)
    return found
