"""Who is in a room."""

from collections.abc import Iterable

from chatops.store.models import Membership, MembershipState


def member_ids(room: int, staff_numbers: Iterable[str]) -> list[int]:
    """Keys of those of the named people who are members of the room."""
    return list(
        Membership.objects.filter(
            room_id=room, membership=MembershipState.JOIN, staff__staff_number__in=list(staff_numbers)
        ).values_list("staff_id", flat=True)
    )
