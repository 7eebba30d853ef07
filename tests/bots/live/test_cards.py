"""Cards in the room: one per item, edited in place, the last state always."""

import itertools
import time
from datetime import timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from bots.desk import DESK
from bots.models import CardPost, Notice
from bots.runtime import posting
from bots.services import accounts
from chatops.models import Event, Membership, Room
from common import clock, events
from common.aio import call_service
from common.ids import new_uuid
from tests.bots.live.conftest import eventually
from workflows.events import DigestDue, ManualReminder
from workflows.models import Slip
from workflows.services import acts, digests, slips
from workflows.services.slips import Say

pytestmark = pytest.mark.django_db(transaction=True)


def jobs_left():
    return ProcrastinateJob.objects.filter(queue_name="bots", status__in=("todo", "doing")).count()


async def all_done():
    await eventually(jobs_left, lambda left: left == 0)


async def test_the_bots_are_members_of_the_room_from_the_start(scene):
    def members():
        found = Membership.objects.filter(room__room_id=scene.room_id, membership="join")
        return set(found.values_list("staff__staff_number", flat=True))

    assert await call_service(members) == {"lead", "liaison", *(bot.number for bot in DESK)}


async def test_one_card_per_dispatched_item_edited_as_it_changes(scene, bots_running):
    first, second = await call_service(scene.add, "智慧社区", "智慧交通")
    await call_service(
        scene.add,
        "尚未交办",
    )
    async with bots_running():
        await all_done()
        assert await call_service(scene.cards) == []
        await call_service(scene.dispatch)
        cards = by_number(await eventually(scene.cards, lambda found: len(found) == 3))
        assert sorted(cards) == ["1", "2", "3"]
        assert cards["1"]["subject"] == str(first.id)
        assert [card["edits"] for card in cards.values()] == [0, 0, 0]
        assert all(card["actions"][0]["name"] == "sign_for" for card in cards.values())
        await call_service(scene.sign_for, second)
        await call_service(scene.report, second, 60)
        await eventually(scene.cards, lambda found: by_number(found)["2"]["progress"]["percent"] == 60)
        await all_done()
        cards = by_number(await call_service(scene.cards))
    assert len(cards) == 3
    assert [cards[number]["edits"] for number in ("1", "3")] == [0, 0]
    assert 1 <= cards["2"]["edits"] <= 2


def by_number(cards):
    """Jobs of different items run side by side, so their cards come in any order."""
    return {card["number"]: card for card in cards}


async def test_many_changes_are_few_edits_and_the_last_state_is_shown(scene, bots_running):
    [item] = await call_service(scene.add, "智慧社区")
    await call_service(scene.dispatch)
    await call_service(scene.sign_for, item)
    async with bots_running():
        await eventually(scene.cards)
        begun = time.monotonic()
        for percent in range(1, 31):
            await call_service(scene.report, item, percent)
        took = time.monotonic() - begun
        await all_done()
        [card] = await call_service(scene.cards)
    assert card["progress"]["percent"] == 30
    assert card["edits"] <= took + 2, "more than one edit a second"
    stamps = await call_service(edit_stamps)
    assert all(later - earlier >= 950 for earlier, later in itertools.pairwise(stamps))


def edit_stamps():
    return list(Event.objects.filter(rel_type="m.replace").order_by("seq").values_list("ts", flat=True))


async def test_changes_while_the_bots_are_down_are_shown_when_they_come(scene, bots_running):
    [item] = await call_service(scene.add, "智慧社区")
    await call_service(scene.dispatch)
    await call_service(scene.sign_for, item)
    await call_service(scene.report, item, 20)
    async with bots_running():
        [card] = await eventually(scene.cards)
        await all_done()
    assert card["progress"]["percent"] == 20
    [card] = await call_service(scene.cards)
    assert card["edits"] == 0


@pytest.mark.parametrize("login", ["kept", "new"])
async def test_a_card_that_was_sent_but_not_noted_is_not_sent_again(scene, bots_running, login):
    """What a kill after the PUT leaves: an intention without event. The item has moved on since."""
    [item] = await call_service(scene.add, "智慧社区")
    async with bots_running():
        await call_service(scene.dispatch)
        await eventually(scene.cards)
        await all_done()
    await call_service(CardPost.objects.update, event_id="", sent_at=None)
    await call_service(scene.sign_for, item)
    if login == "new":
        accounts.token_path(posting.ITEM.bot).unlink()
    async with bots_running():
        await eventually(scene.cards, lambda found: found[0]["actions"][0]["name"] == "report")
        await all_done()
    [card] = await call_service(scene.cards)
    assert card["edits"] == 1


async def test_an_undispatched_item_has_no_card_and_a_rolled_back_change_none(scene, bots_running):
    def rolled_back():
        with transaction.atomic():
            scene.dispatch()
            transaction.set_rollback(True)

    await call_service(scene.add, "智慧社区")
    await call_service(rolled_back)
    assert await call_service(jobs_left) == 0
    async with bots_running():
        await all_done()
    assert await call_service(scene.cards) == []


async def test_a_digest_on_demand_lists_every_item_once(scene, bots_running):
    await call_service(scene.add, *(f"项目{number}" for number in range(1, 20)))

    def ask_twice():
        for _ in range(2):
            digests.check_ask_digest(actor=scene.lead.actor(), taskforce_id=scene.force.id, key="one-click")

    await call_service(ask_twice)
    async with bots_running():
        [card] = await eventually(scene.cards)
        await all_done()
    assert card["kind"] == "digest"
    assert len(card["lines"]) == 19
    assert (await call_service(scene.said_by_bots))[0]["body"].count("\n") == 20
    assert len(await call_service(scene.cards)) == 1


async def test_the_digest_of_a_key_is_posted_once_and_yesterdays_not_at_all(scene, bots_running):
    def due():
        for key in ("digest:1", "digest:1", "digest:2"):
            events.publish(DigestDue(scene.force.id, scene.room_id, key))
        Notice.objects.filter(key="digest:2").update(due_at=clock.now() - timedelta(hours=25))

    await call_service(due)
    async with bots_running():
        await eventually(scene.cards)
        await all_done()
    assert len(await call_service(scene.cards)) == 1


async def test_a_reminder_is_one_direct_card_of_what_is_still_to_do(scene, bots_running):
    one, two, three = await call_service(scene.add, "智慧社区", "智慧交通", "智慧水利")
    await call_service(scene.dispatch)

    def due():
        now, sources = clock.now(), [new_uuid() for _ in range(3)]
        said = [
            Say(scene.liaison.pk, now, item.id, "wd3", source)
            for item, source in zip((one, two, three), sources, strict=True)
        ]
        for _ in range(2):
            with transaction.atomic():
                slips.gather("reminder", said)
        slips.seal("reminder")
        assert (slips.hand(), slips.hand()) == (1, 0)
        scene.sign_for(three)
        scene.report(three, 100)  # done before the reminder is sent

    def direct():
        room = Room.objects.filter(kind="direct", membership__staff=scene.liaison.pk).first()
        return scene.cards(room.room_id) if room else []

    await call_service(due)
    async with bots_running():
        [card] = await eventually(direct)
        await all_done()
    assert len(await call_service(direct)) == 1
    assert card["kind"] == "reminder"
    assert [line["text"].split("（")[0] for line in card["lines"]] == [
        "距时限3个工作日：数字政府建设专班第1项 智慧社区",
        "距时限3个工作日：数字政府建设专班第2项 智慧交通",
    ]


async def test_a_reminder_of_what_is_done_is_not_sent(scene, bots_running):
    [item] = await call_service(scene.add, "智慧社区")
    await call_service(scene.dispatch)

    def due():
        with transaction.atomic():
            slips.gather("reminder", [Say(scene.liaison.pk, clock.now(), item.id, "day", new_uuid())])
        slips.seal("reminder")
        slips.hand()
        scene.sign_for(item)
        scene.report(item, 100)
        acts.check_close(actor=scene.lead.actor(), item_id=item.id)

    await call_service(due)
    async with bots_running():
        await eventually(Slip.objects.filter(state="stopped").exists)
    assert not await call_service(Room.objects.filter(kind="direct").exists)


async def test_a_manual_reminder_names_who_is_asked(scene, bots_running):
    [item] = await call_service(scene.add, "智慧社区")
    await call_service(scene.dispatch)

    def press():
        event = ManualReminder(
            item.id, scene.force.id, scene.room_id, (scene.liaison.pk,), "贺临川", "remind:1"
        )
        events.publish(event)
        events.publish(event)

    def asked():
        return [one for one in scene.said_by_bots() if "贺临川催办" in one["body"]]

    await call_service(press)
    async with bots_running():
        [said] = await eventually(asked)
        await all_done()
    assert len(await call_service(asked)) == 1
    assert said["m.mentions"] == {"user_ids": [scene.liaison.user_id]}
    assert said["body"].startswith("@陈知行 贺临川催办第1项“智慧社区”（咸宁市民政局），时限")
    assert said["body"].endswith("请办理后发送“@督办助手 签收 1”。")
