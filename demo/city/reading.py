"""Who has read what: most people everything, some not the last messages.

Read marks are written by the live line in batches; for a past that nobody watched one update a room does the
same.
"""

from chatops.store.models import Event, Membership, Room
from demo.city.cast import Cast
from demo.city.tables import rows

LAST_UNREAD = 2
ONE_IN = 4


def mark_as_read(cast: Cast) -> None:
    """Personas find something new; besides them one in four has not opened the room since."""
    shown = {cast.staff_id(row["post"]) for row in rows("personas")}
    for room in Room.objects.order_by("pk"):
        spoken = list(
            Event.objects.filter(room_id=room.pk, countable=True)
            .order_by("seq")
            .values_list("seq", "sender_id")
        )
        earlier = spoken[-LAST_UNREAD - 1][0] if len(spoken) > LAST_UNREAD else 0
        last_own = {sender: seq for seq, sender in spoken}
        members = list(Membership.objects.filter(room=room, membership="join"))
        for place, member in enumerate(members):
            lags = member.staff_id in shown or place % ONE_IN == 0
            until = earlier if lags else room.last_seq
            member.read_seq = max(until, last_own.get(member.staff_id, 0))
            member.delivered_seq = member.fully_read_seq = member.read_seq
            member.read_ts = room.last_ts
        Membership.objects.bulk_update(members, ["read_seq", "delivered_seq", "fully_read_seq", "read_ts"])
