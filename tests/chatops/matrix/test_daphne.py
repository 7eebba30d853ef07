"""The door under Daphne, the default server, in a process of its own: as `make run` starts it."""

import asyncio

import httpx
import nio
import pytest

from tests.chatops.matrix.conftest import Raw
from tests.support.app import DaphneApp
from tests.support.world import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_bot_under_daphne_survives_a_kill(people):
    with DaphneApp() as app:
        bot = nio.AsyncClient(app.url, people.bot.user_id, store_path="")
        assert isinstance(await bot.login(PASSWORD), nio.LoginResponse)
        async with httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=60) as client:
            anna = Raw(client, people.anna.secret)
            room = await anna.room(invite=[people.bot.user_id])
            await bot.join(room)
            first = await bot.sync(timeout=0, full_state=True)
            poll = asyncio.create_task(bot.sync(timeout=20000, since=first.next_batch))
            await asyncio.sleep(0.2)
            await anna.say(room, "签收 12", "t1")
            got = await poll
            assert [event.body for event in got.rooms.join[room].timeline.events] == ["签收 12"]

            path = f"/_matrix/client/r0/rooms/{room.replace('!', '%21')}/state/org.tongzhou.x/a%2Fb"
            await anna.ok("PUT", path, json={"n": 1})
            assert (await anna("OPTIONS", path)).headers["access-control-allow-origin"] == "*"
            second = await bot.sync(timeout=2000)

            await asyncio.to_thread(app.kill)
            app.start()
            again = await anna.say(room, "签收 12", "t1")  # the retry that a client makes after a lost answer
            await anna.say(room, "新的", "t2")
            third = await bot.sync(timeout=20000, since=second.next_batch)
            events = third.rooms.join[room].timeline.events
            assert [event.body for event in events] == ["新的"]
            assert again not in [event.event_id for event in events]
        await bot.close()
