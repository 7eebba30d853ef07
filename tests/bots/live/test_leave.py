"""The kill switch and the budget of the bots on the desk."""

import asyncio

import pytest

from bots.desk import DUBAN
from bots.models import BotRecord, HandledEvent, Notice, SyncPosition
from bots.services import records
from common.aio import call_service
from directory.actors import system_actor
from tests.bots.live.conftest import eventually

pytestmark = pytest.mark.django_db(transaction=True)
ADMIN = system_actor("系统管理员")


async def test_a_paused_bot_says_nothing_and_makes_up_for_it_when_it_goes_on(scene, bots_running):
    bot = await call_service(BotRecord.objects.get, number=DUBAN.number)
    async with bots_running():
        await eventually(SyncPosition.objects.filter(bot=DUBAN.number).exists)
        await call_service(lambda: records.pause(actor=ADMIN, bot_id=bot.pk))
        await call_service(scene.say, scene.liaison, "@督办助手 台账")
        await asyncio.sleep(4)
        assert await call_service(scene.answers) == []
        await call_service(lambda: records.resume(actor=ADMIN, bot_id=bot.pk))
        await eventually(scene.answers)
    assert await call_service(scene.answers) == ["数字政府建设专班：共0项。"]


async def test_beyond_the_days_budget_it_is_silent_and_goes_on_listening(scene, bots_running):
    await call_service(BotRecord.objects.filter(number=DUBAN.number).update, budget_day=1)
    async with bots_running():
        await eventually(SyncPosition.objects.filter(bot=DUBAN.number).exists)
        for _ask in range(2):
            await call_service(scene.say, scene.liaison, "@督办助手 台账")
        handled = HandledEvent.objects.filter(bot=DUBAN.number, done_at__isnull=False)
        await eventually(handled.count, lambda found: found == 2)
    assert len(await call_service(scene.answers)) == 1
    assert not await call_service(Notice.objects.filter(kind="words").exists)  # nobody owns it
