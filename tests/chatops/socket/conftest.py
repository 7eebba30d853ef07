"""A room with its people, and their sockets."""

import pytest

from chatops.services import rooms
from directory.models import PostRole
from tests.support.live import LiveClient, opened_delivery
from tests.support.world import make_person, make_unit


class Cast:
    """An owner, two members, an outsider, and a work group."""

    def __init__(self) -> None:
        unit = make_unit()
        self.owner = make_person("周牧远", unit=unit, role=PostRole.OFFICE)
        self.anna = make_person("罗清和", unit=unit)
        self.ben = make_person("陆景川", unit=unit)
        self.outsider = make_person("魏承希", unit=unit)
        self.room = rooms.create_room(
            actor=self.owner.actor(), kind="work", name="汛情会商", members=[self.anna.pk, self.ben.pk]
        )
        self.id = self.room.room_id
        self.head = rooms.access_room(self.owner.actor(), self.id).room.last_seq


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture
async def delivery(cast):
    async with opened_delivery() as opened:
        yield opened


@pytest.fixture
async def connect(delivery):
    clients = []

    async def open_client(person, *, reports=True, **hello):
        client = await LiveClient(delivery, person.secret, reports=reports).start(**hello)
        clients.append(client)
        await client.wait_for("welcome")
        return client

    yield open_client
    for client in clients:
        await client.stop()
