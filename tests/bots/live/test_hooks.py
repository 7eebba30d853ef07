"""What a hook has taken is said by its bot, once, whatever happens to the bots process."""

import pytest

from bots.models import HookPost
from bots.services import hook_admin, records
from chatops.models import Event, Room
from common.aio import call_service
from directory.store.sessions import find_staff
from tests.bots.hooks.test_doors import post
from tests.bots.live.conftest import eventually
from tests.support.world import make_person

pytestmark = pytest.mark.django_db(transaction=True)


def make(scene):
    head = make_person("周牧远", unit=scene.unit, role="head", title="局长", number="head")
    bot = records.create(actor=head.actor(), number="bot-jiankong", name="监控助手", unit_id=scene.unit.pk)
    from chatops.services.rooms import create_room

    room = create_room(actor=head.actor(), kind="work", name="值守")
    records.add_room(actor=head.actor(), bot_id=bot.pk, room_id=room.room_id)
    made = hook_admin.create(
        actor=head.actor(), bot_id=bot.pk, kind="dingtalk", label="监控", room_id=room.room_id
    )
    return head, bot, room.room_id, made.url


def said(room_id):
    sender = find_staff("bot-jiankong")
    assert sender is not None
    room = Room.objects.get(room_id=room_id)
    rows = Event.objects.filter(room_id=room.pk, sender_id=sender.pk, type="m.room.message")
    return [content["body"] for content in rows.order_by("seq").values_list("content", flat=True)]


def call(url, words):
    answer = post(url, {"msgtype": "text", "text": {"content": words}})
    assert answer.json()["errcode"] == 0


async def test_calls_are_said_in_order_also_those_taken_while_the_process_was_down(scene, bots_running):
    _head, _bot, room_id, url = await call_service(make, scene)
    for number in range(3):
        await call_service(call, url, f"告警{number}")
    async with bots_running():
        await eventually(lambda: said(room_id), lambda found: len(found) == 3)
        await call_service(call, url, "恢复")
        await eventually(lambda: said(room_id), lambda found: len(found) == 4)
    assert await call_service(said, room_id) == ["告警0", "告警1", "告警2", "恢复"]
    posts = await call_service(lambda: list(HookPost.objects.all()))
    assert all(one.state == "sent" and one.event_id and one.content == {} for one in posts)


async def test_killed_between_saying_and_noting_it_says_once(scene, bots_running):
    """The row is taken back to what a kill after the PUT leaves behind, and the bot's token is lost too."""
    _head, bot, room_id, url = await call_service(make, scene)
    await call_service(call, url, "告警")
    before = await call_service(HookPost.objects.get)
    async with bots_running():
        await eventually(HookPost.objects.filter(state="sent").exists)

    def again():
        from django.conf import settings

        from common import jobs

        before.save()
        (settings.VAR_DIR / "bots" / "bot-jiankong.token").unlink()
        jobs.defer("bots.send_posts", bot=str(bot.pk), room_id=room_id)

    await call_service(again)
    async with bots_running():
        await eventually(HookPost.objects.filter(state="sent").exists)
    assert await call_service(said, room_id) == ["告警"]


async def test_a_paused_bot_is_silent_and_says_the_rest_when_it_goes_on(scene, bots_running):
    head, bot, room_id, url = await call_service(make, scene)
    await call_service(call, url, "告警")

    def pause():
        records.pause(actor=head.actor(), bot_id=bot.pk)

    def resume():
        records.resume(actor=head.actor(), bot_id=bot.pk)

    await call_service(pause)
    async with bots_running():
        from procrastinate.contrib.django.models import ProcrastinateJob

        waiting = ProcrastinateJob.objects.filter(task_name="bots.send_posts", status__in=["todo", "doing"])
        await eventually(waiting.exists, lambda found: not found)
        assert await call_service(said, room_id) == []
        await call_service(resume)
        await eventually(lambda: said(room_id))
    assert await call_service(said, room_id) == ["告警"]


async def test_a_room_that_is_closed_meanwhile_is_noted(scene, bots_running):
    _head, _bot, room_id, url = await call_service(make, scene)
    await call_service(call, url, "告警")
    await call_service(Room.objects.filter(room_id=room_id).update, archived_at="2026-01-01T00:00:00Z")
    async with bots_running():
        await eventually(HookPost.objects.filter(state="refused").exists)
    assert "403" in (await call_service(HookPost.objects.get)).error
