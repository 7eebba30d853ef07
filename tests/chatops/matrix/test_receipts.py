"""What a receipt tells on the Matrix door: the own messages' readers, with the event's moment and not the reading's."""

import asyncio

import pytest

from chatops.services import rooms
from common.aio import call_service
from directory.models import PostRole
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(people):
    people.owner = make_person("周牧远", unit=make_unit("市气象局"), role=PostRole.OFFICE)
    return people


def receipts(body, room):
    joined = body["rooms"].get("join", {}).get(room, {})
    found = {}
    for event in joined.get("ephemeral", {}).get("events", []):
        if event["type"] == "m.receipt":
            for event_id, kinds in event["content"].items():
                for user, data in kinds.get("m.read", {}).items():
                    found[user] = (event_id, data["ts"])
    return found


async def test_others_receipts_are_for_whose_message_was_read(raw, people):
    anna, ben, cara = (raw(person) for person in (people.anna, people.ben, people.cara))
    made = await call_service(
        rooms.create_room, actor=await call_service(people.owner.actor), kind="work", name="汛情会商",
        members=[people.anna.pk, people.ben.pk, people.cara.pk],
    )  # fmt: skip
    room = made.room_id
    by_ben, by_cara = await ben.say(room, "请阅"), await cara.say(room, "另请阅")
    said = await ben.ok("GET", f"/rooms/{room}/event/{by_ben}")
    await anna.ok("POST", f"/rooms/{room}/receipt/m.read/{by_cara}", json={})

    async def told(caller):
        for _ in range(50):
            found = receipts(await caller.sync(), room)
            if found.get(people.anna.user_id, ("",))[0] in {by_ben, by_cara}:
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(found)

    to_anna, to_ben, to_cara = await told(anna), await told(ben), await told(cara)
    assert to_anna[people.anna.user_id][0] == by_cara
    assert to_ben[people.anna.user_id] == (by_ben, said["origin_server_ts"])
    assert to_cara[people.anna.user_id][0] == by_cara
    # Ben has sent, so he has come in; but how far he read what others wrote is not Cara's business.
    assert to_cara.get(people.ben.user_id, (by_cara,))[0] == by_cara
    assert people.cara.user_id not in to_ben or to_ben[people.cara.user_id][0] == by_ben
