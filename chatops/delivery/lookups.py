"""What nearly every request of the Matrix door asks first: who has this token, and what may they see of this room.

Read anew for each request, but for all who ask at the same time by one statement.
"""

from functools import partial

from chatops.store import sessions
from chatops.store.live import Pool
from chatops.store.matrix import rooms
from common.together import Together


class Lookups:
    """`devices`: (secret, acting) to an actor's row; `accesses`: (staff id, user id, room id) to the person's view."""

    def __init__(self, pool: Pool) -> None:
        self.devices: Together[sessions.Asked, sessions.ActorRow] = Together(
            partial(sessions.find_devices, pool)
        )
        self.accesses: Together[rooms.Asked, rooms.Access] = Together(partial(rooms.find_accesses, pool))
