"""A bot's own program at the Matrix door speaks in its rooms and within its budget, like its hooks."""

import httpx
import pytest

from bots.models import Notice
from bots.services import records
from bots.store import bots as store
from chatops.services import membership
from chatops.services.rooms import create_room
from common.aio import call_service
from directory.store.sessions import find_staff
from tests.support.world import make_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def site(scene):
    def make():
        head = make_person("周牧远", unit=scene.unit, role="head", title="局长", number="head")
        bot = records.create(
            actor=head.actor(), number="bot-jiankong", name="监控助手", unit_id=scene.unit.pk
        )
        listed = create_room(actor=head.actor(), kind="work", name="值守")
        records.add_room(actor=head.actor(), bot_id=bot.pk, room_id=listed.room_id)
        other = create_room(actor=head.actor(), kind="work", name="别处")
        account = find_staff("bot-jiankong")
        assert account is not None
        membership.add_members(actor=head.actor(), room_id=other.room_id, staff_ids=[account.pk])
        token = records.issue_token(actor=head.actor(), bot_id=bot.pk)
        return head, bot, listed.room_id, other.room_id, token

    return await call_service(make)


async def test_the_rooms_and_the_budget_bind_the_bots_own_program(site, url):
    head, bot, listed, other, token = site

    def allow(budget):
        record = store.by_number("bot-jiankong")
        assert record is not None
        records.edit(
            actor=head.actor(), bot_id=bot.pk, version=record.version, changes={"budget_minute": budget}
        )

    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as program:

        async def say(room_id, txn):
            path = f"/_matrix/client/v3/rooms/{room_id}/send/m.room.message/{txn}"
            return await program.put(path, json={"msgtype": "m.text", "body": "水位正常"})

        assert (await say(listed, "1")).status_code == 200
        elsewhere = await say(other, "2")
        assert (elsewhere.status_code, elsewhere.json()["errcode"]) == (403, "M_FORBIDDEN")
        assert "群组名单" in elsewhere.json()["error"]
        await call_service(allow, 1)
        later = await say(listed, "3")
        if later.status_code == 200:  # the first message belonged to the minute before
            later = await say(listed, "4")
        assert (later.status_code, later.json()["errcode"]) == (429, "M_LIMIT_EXCEEDED")
        assert 0 < later.json()["retry_after_ms"] <= 61_000
    told = await call_service(lambda: [one.about["words"] for one in Notice.objects.filter(kind="words")])
    assert [words for words in told if "每分钟消息额度 1 条已用完" in words]
