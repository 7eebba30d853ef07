"""Who is on line, typing and notes: only where it is shown, also when Redis is away, on two processes."""

import asyncio

import pytest
from channels.layers import get_channel_layer

from chatops.delivery import presence
from chatops.services import confirmations, membership, messages, rooms
from common.aio import call_service
from directory.models import PostRole
from tests.support.live import LiveClient, opened_delivery
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db(transaction=True)


class Cast:
    def __init__(self) -> None:
        unit = make_unit()
        self.owner = make_person("周牧远", unit=unit, role=PostRole.OFFICE)
        self.anna = make_person("罗清和", unit=unit)
        self.ben = make_person("陆景川", unit=unit)
        self.id = rooms.create_room(
            actor=self.owner.actor(), kind="work", name="汛情会商", members=[self.anna.pk, self.ben.pk]
        ).room_id


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture
async def delivery(cast):
    async with opened_delivery() as opened:
        yield opened


async def enter(delivery, person):
    client = await LiveClient(delivery, person.secret).start()
    await client.wait_for("welcome")
    return client


def told(client, room):
    return [
        set(frame["online"])
        for frame in client.frames
        if frame["type"] == "presence" and frame["room"] == room
    ]


async def test_who_is_on_line_is_told_to_who_looks_and_to_nobody_else(cast, delivery, monkeypatch):
    monkeypatch.setattr(presence, "EVERY_S", 0.05)
    anna, ben = await enter(delivery, cast.anna), await enter(delivery, cast.ben)
    await anna.say({"type": "watch", "room": cast.id})
    both = {cast.anna.user_id, cast.ben.user_id}
    await anna.wait(lambda frame: frame["type"] == "presence" and set(frame["online"]) == both)
    await ben.stop()
    await anna.wait(lambda frame: frame["type"] == "presence" and set(frame["online"]) == {cast.anna.user_id})
    assert told(ben, cast.id) == []
    await anna.say({"type": "watch", "room": None})
    await asyncio.sleep(0.2)
    before = len(told(anna, cast.id))
    owner = await enter(delivery, cast.owner)
    await asyncio.sleep(0.3)
    assert len(told(anna, cast.id)) == before
    await anna.stop()
    await owner.stop()


async def test_another_process_answers_for_its_own(cast, delivery, monkeypatch):
    monkeypatch.setattr(presence, "EVERY_S", 0.05)
    async with opened_delivery() as other:
        anna, ben = await enter(delivery, cast.anna), await enter(other, cast.ben)
        await anna.say({"type": "watch", "room": cast.id})
        both = {cast.anna.user_id, cast.ben.user_id}
        await anna.wait(lambda frame: frame["type"] == "presence" and set(frame["online"]) == both)
        await ben.stop()
        await anna.wait(
            lambda frame: frame["type"] == "presence" and set(frame["online"]) == {cast.anna.user_id}
        )
        await anna.stop()


async def test_a_crowd_that_comes_and_goes_costs_one_frame_a_beat(cast, delivery):
    anna = await enter(delivery, cast.anna)
    here = delivery.presence
    await anna.say({"type": "watch", "room": cast.id})
    await asyncio.sleep(0.05)
    loop = asyncio.get_running_loop()
    await here.beat(loop.time())
    count = len(told(anna, cast.id))
    for _ in range(5):
        ben = await enter(delivery, cast.ben)
        await ben.stop()
    await here.beat(loop.time())
    assert len(told(anna, cast.id)) <= count + 1
    await anna.stop()


async def test_who_is_put_out_hears_no_more_of_who_is_there(cast, delivery, monkeypatch):
    monkeypatch.setattr(presence, "EVERY_S", 0.05)
    anna, ben = await enter(delivery, cast.anna), await enter(delivery, cast.ben)
    await ben.say({"type": "watch", "room": cast.id})
    await ben.wait_for("presence")
    await call_service(
        membership.remove_member, actor=await call_service(cast.owner.actor), room_id=cast.id,
        staff_number=cast.ben.number,
    )  # fmt: skip
    await ben.wait_for("left")
    before = len(told(ben, cast.id))
    await anna.stop()
    await asyncio.sleep(0.3)
    assert len(told(ben, cast.id)) == before
    await ben.stop()


async def test_typing_is_told_in_this_process_when_redis_is_away(cast, delivery, monkeypatch):
    async def broken(*_args):
        raise OSError("redis is away")

    monkeypatch.setattr(get_channel_layer(), "group_send", broken)
    anna, ben = await enter(delivery, cast.anna), await enter(delivery, cast.ben)
    await anna.say({"type": "typing", "room": cast.id, "on": True})
    frame = await ben.wait_for("typing")
    assert (frame["user"], frame["on"]) == (cast.anna.user_id, True)
    await anna.stop()
    await ben.stop()


async def test_answers_reach_the_room_as_counts_and_the_settings_as_a_note(cast, delivery):
    ben = await enter(delivery, cast.ben)
    owner, anna = await call_service(cast.owner.actor), await call_service(cast.anna.actor)
    content = {"msgtype": "m.text", "body": "请阅", "org.tongzhou.confirm": {"required": True}}
    sent = await call_service(
        messages.send, actor=owner, room_id=cast.id, type="m.room.message", content=content
    )
    await call_service(
        confirmations.confirm, actor=anna, room_id=cast.id, event_id=sent.event_id, answer="received"
    )
    note = await ben.wait(lambda frame: frame["type"] == "room_note" and frame["kind"] == "confirmed")
    assert (note["event"], note["received"], note["total"]) == (sent.event_id, 1, 2)
    assert cast.anna.user_id not in str(note)
    await call_service(rooms.set_archived, actor=owner, room_id=cast.id, archived=True)
    await ben.wait(lambda frame: frame["type"] == "room_note" and frame["kind"] == "settings")
    await ben.stop()
