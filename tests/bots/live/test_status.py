"""The status card of a source: posted, edited in place, marked when the source falls silent."""

import asyncio
import time
from datetime import timedelta

import pytest

from bots.desk import SHUJU
from bots.models import SyncPosition
from chatops.services.rooms import create_room
from common import clock
from common.aio import call_service
from connectors.models import Connector
from connectors.services import manage
from directory.actors import system_actor
from tests.bots.live.conftest import eventually
from tests.connectors import gauge
from tests.connectors.conftest import feed, make_connector

__all__ = ["feed", "make_connector"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def station(scene, feed):
    """`station(28.10, age_s=3)`: the source says this; the room is subscribed to it."""

    def say(stage: float, *, age_s: float = 0) -> None:
        moment = clock.now()
        measured = clock.local(moment - timedelta(seconds=age_s))
        feed(moment, gauge.row(Z=f"{stage:.3f}", TM=f"{measured:%Y-%m-%d %H:%M:%S}"))

    say(27.50, age_s=60)
    manage.subscribe(
        actor=system_actor("测试"), connector=Connector.objects.get(), room_id=scene.room_id, codes=[]
    )
    return say


async def test_one_card_that_follows_the_readings_and_goes_stale(scene, station, bots_running):
    def status_cards():
        return [card for card in scene.cards() if card["kind"] == "status"]

    async with bots_running():
        await call_service(station, 27.60, age_s=50)
        [card] = await eventually(status_cards)
        assert (card["kind"], card["value"], card["stale"]) == ("status", "27.60 米", False)
        assert card["source"] == "市水利和湖泊局水情系统"
        begun = time.monotonic()
        for step in range(20):
            await call_service(station, 28.0 + step / 100, age_s=40 - step)
        [card] = await eventually(status_cards, lambda found: found[0]["value"] == "28.19 米")
        assert card["state"]["code"] == "red"
        assert card["edits"] <= time.monotonic() - begun + 2

        await call_service(Connector.objects.update, interval_s=1, fresh_for_s=1)
        await asyncio.sleep(1)
        await call_service(station, 28.19, age_s=21)  # the source answers, with nothing new
        [card] = await eventually(status_cards, lambda found: found[0]["stale"])
        assert (card["state"]["code"], card["value"]) == ("grey", "28.19 米")

        await call_service(Connector.objects.update, fresh_for_s=600)
        await call_service(station, 28.05)
        [card] = await eventually(status_cards, lambda found: not found[0]["stale"])
        assert card["value"] == "28.05 米"
    said = await call_service(scene.said_by_bots)
    assert said[0]["body"].startswith("【淦河·西河桥站水位】27.60 米")


async def test_it_says_the_state_when_asked(scene, station, bots_running):
    async with bots_running():
        await eventually(SyncPosition.objects.filter(bot=SHUJU.number).exists)
        await call_service(scene.say, scene.liaison, "@数据助手 状态")
        [answer] = await eventually(scene.answers)
    assert answer.startswith("【淦河·西河桥站水位】27.50 米　正常")


async def test_a_room_that_subscribes_gets_the_bot_and_the_card(scene, station, bots_running):
    """Subscribed by an operator, in a room that has never seen a bot."""

    def subscribe():
        room = create_room(actor=scene.lead.actor(), kind="work", name="值守")
        connector = Connector.objects.get()
        manage.subscribe(actor=system_actor("测试"), connector=connector, room_id=room.room_id, codes=[])
        return room.room_id

    room_id = await call_service(subscribe)
    async with bots_running():
        await call_service(station, 27.60, age_s=50)
        [card] = await eventually(lambda: [one for one in scene.cards(room_id) if one["kind"] == "status"])
    assert card["value"] == "27.60 米"
