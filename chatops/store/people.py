"""Who is in a room."""

from chatops.store.models import Membership, MembershipState


def not_yet_read(room: int, seq: int, besides: int) -> list[int]:
    """Keys of the people who were in the room at `seq` and have not read so far; bots have nothing to read."""
    joined = Membership.objects.filter(
        room_id=room, membership=MembershipState.JOIN, read_seq__lt=seq, seq__lte=seq
    )
    return list(
        joined.exclude(staff_id=besides).exclude(staff__kind="bot").values_list("staff_id", flat=True)
    )
