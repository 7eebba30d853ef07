"""The life of a matrix-nio client at the door: sign in, sync, rooms, messages, marks."""

import asyncio

import nio
import pytest

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_bot_lives(login, people):
    anna, bot = await login(people.anna), await login(people.bot)
    assert (await anna.whoami()).user_id == people.anna.user_id
    first = await bot.sync(timeout=0, full_state=True)
    assert isinstance(first, nio.SyncResponse), first

    made = await anna.room_create(name="汛情会商", topic="防汛", invite=[people.bot.user_id])
    assert isinstance(made, nio.RoomCreateResponse), made
    invited = await bot.sync(timeout=5000)
    assert list(invited.rooms.invite) == [made.room_id]
    assert bot.invited_rooms[made.room_id].name == "汛情会商"

    assert isinstance(await bot.join(made.room_id), nio.JoinResponse)
    joined = await bot.sync(timeout=5000)
    room = bot.rooms[made.room_id]
    assert room.display_name == "汛情会商"
    assert room.topic == "防汛"
    assert set(room.users) == {people.anna.user_id, people.bot.user_id}
    assert not joined.rooms.invite

    heard = []
    bot.add_event_callback(lambda _room, event: heard.append(event.body), nio.RoomMessageText)
    text = {"msgtype": "m.text", "body": "签收 12"}
    sent = await anna.room_send(made.room_id, "m.room.message", text, tx_id="t1")
    again = await anna.room_send(made.room_id, "m.room.message", text, tx_id="t1")
    assert sent.event_id == again.event_id
    await bot.sync(timeout=5000)
    assert heard == ["签收 12"]

    read = await bot.room_read_markers(made.room_id, sent.event_id, sent.event_id)
    assert isinstance(read, nio.RoomReadMarkersResponse)
    typing = await bot.room_typing(made.room_id, typing_state=True, timeout=20000)
    assert isinstance(typing, nio.RoomTypingResponse)
    await anna.sync(timeout=0)
    async with asyncio.timeout(10):
        while people.bot.user_id not in anna.rooms[made.room_id].typing_users:
            await anna.sync(timeout=2000)
        receipts = anna.rooms[made.room_id].read_receipts
        while receipts[people.bot.user_id].event_id != sent.event_id:  # at first the one of the join
            await anna.sync(timeout=2000)

    page = await bot.room_messages(made.room_id, joined.next_batch, limit=5)
    assert isinstance(page, nio.RoomMessagesResponse), page
    members = await bot.joined_members(made.room_id)
    assert {member.display_name for member in members.members} == {"罗清和", "督办助手"}
    assert isinstance(await bot.room_leave(made.room_id), nio.RoomLeaveResponse)
    left = await bot.sync(timeout=5000)
    assert list(left.rooms.leave) == [made.room_id]
    assert isinstance(await bot.logout(), nio.LogoutResponse)
