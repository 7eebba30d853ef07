"""Bots at the real door: they answer each command once, whatever happens to them."""

import asyncio
from dataclasses import replace

import pytest

from bots.desk import DUBAN
from bots.models import HandledEvent, SyncPosition
from chatops.models import Membership, Room
from chatops.services import membership, rooms
from chatops.services.rooms import create_room
from common.aio import call_service
from tests.bots.live.conftest import eventually

pytestmark = pytest.mark.django_db(transaction=True)


async def listening(bot=DUBAN):
    await eventually(SyncPosition.objects.filter(bot=bot.number).exists)


async def test_a_command_is_answered_in_reply(scene, bots_running):
    await call_service(scene.say, scene.liaison, "@督办助手 台账")  # before the bot's first life
    async with bots_running():
        await listening()
        asked = await call_service(scene.say, scene.liaison, "@督办助手 台账")
        await call_service(scene.say, scene.liaison, "大家好")
        [answer] = await eventually(scene.said_by_bots)
    assert answer["body"] == "数字政府建设专班：共0项。"
    assert answer["msgtype"] == "m.notice"
    assert answer["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
    assert answer["m.mentions"] == {"user_ids": [scene.liaison.user_id]}


async def test_a_command_sent_while_the_bot_was_down_is_answered_once(scene, bots_running):
    async with bots_running():
        await listening()
    await call_service(scene.say, scene.liaison, "@督办助手 签收 7")
    for _life in range(2):
        async with bots_running():
            await eventually(scene.answers)
            await asyncio.sleep(0.5)
    assert await call_service(scene.answers) == ["没有第7项，或不在您的查看范围内，请核对编号。"]


async def test_a_command_deep_in_a_busy_room_is_found_after_a_stop(scene, bots_running):
    async with bots_running():
        await listening()

    def busy():
        scene.say(scene.liaison, "@督办助手 签收 7")
        for number in range(130):
            scene.say(scene.lead, f"第{number}条")

    await call_service(busy)
    async with bots_running():
        await eventually(scene.answers)
    assert len(await call_service(scene.answers)) == 1


async def test_a_token_of_before_a_restore_is_replaced_and_nothing_lost(scene, bots_running):
    async with bots_running():
        await listening()
    await call_service(SyncPosition.objects.update, next_batch="s1_0_nowhere")
    await call_service(scene.say, scene.liaison, "@督办助手 签收 7")
    async with bots_running():
        await eventually(scene.answers)
    assert len(await call_service(scene.answers)) == 1


async def test_killed_between_answer_and_note_it_answers_once(scene, bots_running):
    """The row is taken back to what a kill after the PUT leaves behind, the position too."""
    async with bots_running():
        await listening()
        before = await call_service(SyncPosition.objects.get, bot=DUBAN.number)
        await call_service(scene.say, scene.liaison, "@督办助手 台账")
        await eventually(HandledEvent.objects.filter(done_at__isnull=False).exists)
    await call_service(HandledEvent.objects.update, done_at=None)
    await call_service(before.save)
    async with bots_running():
        await eventually(HandledEvent.objects.filter(done_at__isnull=False).exists)
    assert len(await call_service(scene.answers)) == 1


async def test_a_bot_joins_when_invited_and_answers_without_mention_there(scene, bots_running):
    def invite():
        room = create_room(actor=scene.liaison.actor(), kind="work", name="与督办助手")
        membership.invite(actor=scene.liaison.actor(), room_id=room.room_id, staff_number=DUBAN.number)
        return room.room_id

    async with bots_running():
        await listening()
        room_id = await call_service(invite)
        joined = Membership.objects.filter(
            room__room_id=room_id, staff__staff_number=DUBAN.number, membership="join"
        )
        await eventually(joined.exists)
        await call_service(scene.say, scene.liaison, "帮助 签收", room_id)
        [answer] = await eventually(lambda: scene.answers(room_id))
    assert answer.startswith("签收：签收交办给本单位的事项")


async def test_a_direct_room_needs_no_mention(scene, bots_running):
    def open_room():
        from bots.services.accounts import bot_actor

        return rooms.open_direct(actor=scene.liaison.actor(), with_staff=bot_actor(DUBAN).staff_id).room_id

    async with bots_running():
        await listening()
        room_id = await call_service(open_room)
        await call_service(scene.say, scene.liaison, "台账", room_id)
        [answer] = await eventually(lambda: scene.answers(room_id))
    assert answer == "数字政府建设专班：共0项。"


async def test_a_handler_that_breaks_does_not_end_the_loop(scene, bots_running):
    def broken(ask):
        if ask.command.number == 13:
            raise RuntimeError
        return DUBAN.answer(ask)

    async with bots_running([replace(DUBAN, answer=broken)]):
        await listening()
        await call_service(scene.say, scene.liaison, "@督办助手 签收 13")
        await call_service(scene.say, scene.liaison, "@督办助手 台账")
        answers = await eventually(scene.answers, lambda found: len(found) == 2)
    assert answers[0].startswith("此指令未能办理")
    assert answers[1] == "数字政府建设专班：共0项。"


async def test_a_bot_that_may_not_answer_goes_on(scene, bots_running):
    """The room is archived between command and answer: the deed stands, other rooms are heard."""

    def archive_and_answer(ask):
        Room.objects.filter(room_id=scene.room_id).update(archived_at=ask.now)
        return "不会送达"

    def other_room():
        room = create_room(actor=scene.liaison.actor(), kind="work", name="另一个群")
        membership.add_members(actor=scene.liaison.actor(), room_id=room.room_id, staff_ids=[bot_key()])
        return room.room_id

    def bot_key():
        from bots.services.accounts import bot_actor

        return bot_actor(DUBAN).staff_id

    async with bots_running([replace(DUBAN, answer=archive_and_answer)]):
        await listening()
        await call_service(scene.say, scene.liaison, "@督办助手 台账")
        await eventually(HandledEvent.objects.filter(done_at__isnull=False).exists)
        room_id = await call_service(other_room)
        await call_service(scene.say, scene.liaison, "签收", room_id)
        assert await eventually(lambda: scene.answers(room_id))
    assert await call_service(scene.answers) == []
