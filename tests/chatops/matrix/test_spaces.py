"""Units as spaces of those who are in their groups: told by /sync, read as rooms, left with the post."""

from datetime import timedelta

import pytest

from chatops.services import rooms, spaces, standing
from common import clock
from common.aio import call_service
from directory.models import PostRole
from directory.services import tree
from directory.store.models import Appointment, AppointmentKind, Post
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db(transaction=True)

V1, SERVER = "/_matrix/client/v1", "tongzhou.localhost"


class City:
    """A bureau with a station below it, each with its group; Ben works in the bureau."""

    def __init__(self):
        self.bureau = make_unit("市水利局")
        self.station = make_unit("市水文站", parent=self.bureau)
        tree.drop()
        self.head = make_person("局长", unit=self.bureau, role=PostRole.HEAD)
        self.chief = make_person("站长", unit=self.station, role=PostRole.HEAD)
        self.ben = make_person("科员本", unit=self.bureau)
        self.group = standing.found(actor=self.head.actor(), unit_id=self.bureau.pk)
        self.below = standing.found(actor=self.chief.actor(), unit_id=self.station.pk)
        self.spaces = [spaces.space_id(unit.pk) for unit in (self.bureau, self.station)]

    def move(self):
        """Ben's post ends, and one in the station begins."""
        yesterday = clock.today() - timedelta(days=1)
        Appointment.objects.filter(staff=self.ben.staff).update(
            valid_from=yesterday - timedelta(days=5), valid_to=yesterday
        )
        post = Post.objects.create(unit=self.station, title="科员", role=PostRole.MEMBER, rank=99)
        Appointment.objects.create(
            staff=self.ben.staff, post=post, kind=AppointmentKind.SUBSTANTIVE, is_primary=True
        )
        tree.drop()
        standing.follow_all()


@pytest.fixture
def city():
    return City()


def states(events):
    return {(one["type"], one["state_key"]): one["content"] for one in events}


async def test_who_is_in_a_units_group_is_in_its_space(raw, people, city):
    asks, (space, below) = raw(city.ben), city.spaces
    body = await asks.sync()
    assert set(body["rooms"]["join"]) >= {city.group.room_id, space}
    assert below not in body["rooms"]["join"]
    told = body["rooms"]["join"][space]
    state = states(told["state"]["events"])
    assert state["m.room.create", ""]["type"] == "m.space"
    assert state["m.room.name", ""] == {"name": "市水利局"}
    assert state["m.room.member", city.ben.user_id]["membership"] == "join"
    children = [key for kind, key in state if kind == "m.space.child"]
    assert children == [city.group.room_id, below]
    assert told["timeline"]["events"] == []
    assert told["summary"]["m.joined_member_count"] == 2
    # The same state is the same events, whoever asks and whenever.
    again = (await asks.sync())["rooms"]["join"][space]["state"]["events"]
    assert [one["event_id"] for one in again] == [one["event_id"] for one in told["state"]["events"]]
    assert await asks.ok("GET", f"/rooms/{space}/state/m.room.name") == {"name": "市水利局"}
    whole = states(await asks.ok("GET", f"/rooms/{space}/state"))
    assert ("m.room.member", city.head.user_id) in whole
    assert len((await asks.ok("GET", f"/rooms/{space}/members"))["chunk"]) == 2
    assert (await asks.ok("GET", f"/rooms/{space}/members?not_membership=join"))["chunk"] == []
    joined = (await asks.ok("GET", f"/rooms/{space}/joined_members"))["joined"]
    assert joined.keys() == {city.ben.user_id, city.head.user_id}
    assert (await asks.ok("GET", f"/rooms/{space}/messages?dir=b"))["chunk"] == []
    assert space in (await asks.ok("GET", "/joined_rooms"))["joined_rooms"]
    inner = states(await raw(city.chief).ok("GET", f"/rooms/{below}/state"))
    assert inner["m.space.parent", space]["canonical"] is True
    assert (await asks.sync(filter='{"room":{"rooms":["!x:y"]}}'))["rooms"]["join"] == {}

    stranger = raw(people.cara)
    assert space not in (await stranger.sync())["rooms"]["join"]
    for path in (f"/rooms/{space}/state", f"/rooms/{space}/members", f"/rooms/{below}/joined_members"):
        assert await stranger.fails("GET", path) == (403, "M_FORBIDDEN")
    assert await asks.fails("GET", f"/rooms/{space}/state/m.room.topic") == (404, "M_NOT_FOUND")
    text = {"msgtype": "m.text", "body": "x"}
    assert await asks.fails("PUT", f"/rooms/{space}/send/m.room.message/t", json=text) == (403, "M_FORBIDDEN")
    assert await asks.fails("PUT", f"/rooms/{space}/state/m.room.name", json={"name": "x"}) == (
        403,
        "M_FORBIDDEN",
    )


async def test_a_new_post_moves_a_person_from_space_to_space(raw, people, city):
    asks, (space, below) = raw(city.ben), city.spaces
    since = (await asks.sync())["next_batch"]
    await call_service(city.move)
    body = await asks.sync(since)
    assert set(body["rooms"]["leave"]) == {city.group.room_id, space}
    [goodbye] = body["rooms"]["leave"][space]["timeline"]["events"]
    assert (goodbye["state_key"], goodbye["content"]) == (city.ben.user_id, {"membership": "leave"})
    assert set(body["rooms"]["join"]) == {city.below.room_id, below}
    assert ("m.space.child", city.below.room_id) in states(body["rooms"]["join"][below]["state"]["events"])
    assert await asks.fails("GET", f"/rooms/{space}/state") == (403, "M_FORBIDDEN")
    assert (await asks.ok("GET", f"/rooms/{below}/state/m.room.name")) == {"name": "市水文站"}
    later = await asks.sync(body["next_batch"])
    assert (later["rooms"]["join"], later["rooms"]["leave"]) == ({}, {})


async def test_a_group_of_the_unit_is_a_child_while_one_is_in_it(raw, people, city):
    asks, (space, _below) = raw(city.ben), city.spaces
    since = (await asks.sync())["next_batch"]

    def make():
        return rooms.create_room(
            actor=city.head.actor(),
            kind="work",
            name="防汛值守",
            unit=city.bureau.pk,
            members=[city.ben.pk],
        )

    room = (await call_service(make)).room_id
    came = await asks.sync(since)
    [child] = came["rooms"]["join"][space]["timeline"]["events"]
    assert (child["type"], child["state_key"]) == ("m.space.child", room)
    assert child["content"]["via"] == [SERVER]
    walk = await asks.ok("GET", f"{V1}/rooms/{space}/hierarchy", params={"limit": 2})
    assert [one["name"] for one in walk["rooms"]] == ["市水利局", "市水利局"]
    rest = await asks.ok(
        "GET", f"{V1}/rooms/{space}/hierarchy", params={"limit": 2, "from": walk["next_batch"]}
    )
    assert [one["name"] for one in rest["rooms"]] == ["防汛值守", "市水文站"]
    assert [one["content"] for one in walk["rooms"][0]["children_state"] if one["state_key"] == room] == [
        child["content"]
    ]
    await asks.ok("POST", f"/rooms/{room}/leave")
    gone = await asks.sync(came["next_batch"])
    [child] = gone["rooms"]["join"][space]["timeline"]["events"]
    assert (child["state_key"], child["content"]) == (room, {})


async def test_matrix_nio_takes_a_space_for_a_room(login, city):
    client = await login(city.ben)
    await client.sync(full_state=True)
    space = client.rooms[city.spaces[0]]
    assert (space.room_type, space.name, space.joined_count) == ("m.space", "市水利局", 2)
    assert space.children == {city.group.room_id, city.spaces[1]}
