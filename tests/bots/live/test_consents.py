"""Approval cards: with everybody who may decide, edited when somebody did, a second press told who was first."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from bots.desk import TIXING
from bots.models import CardPost
from bots.services import consents as cards
from bots.services.accounts import bot_actor
from bots.services.hush import SILENT, hushed
from chatops.cards import registry
from chatops.services.rooms import open_direct
from common import clock
from common.aio import call_service
from common.ids import new_uuid
from directory.store.models import Staff
from tests.bots.live.conftest import eventually
from tests.support.world import make_person
from workflows.consents import ApproverRule, ConsentKind, ask, check_withdraw
from workflows.consents import registry as kinds
from workflows.errors import ConsentEndedError
from workflows.models import Absence
from workflows.rules.working_days import SHANGHAI

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def done(monkeypatch):
    """Kind `release` of this test: what was done, once each."""
    found = []

    def note(what):
        def noted(_actor, _consent):
            found.append(what)
            return ""

        return noted

    monkeypatch.setitem(
        kinds._kinds, "release", ConsentKind("release", lambda: "发布", note("yes"), note("no"), note("end"))
    )
    return found


@pytest.fixture
def question(scene, done):
    def put():
        return ask(
            actor=scene.liaison.actor(),
            kind="release",
            subject_kind="test",
            subject_id=new_uuid(),
            title="发布第3期晾晒",
            reason="数据已核对",
            approver=ApproverRule(post_id=scene.lead.actor().post_id),
        )

    return put


def room_with(number: str) -> str:
    person = Staff.objects.get(staff_number=number)
    return open_direct(actor=bot_actor(TIXING), with_staff=person.pk).room_id


def jobs_left():
    return ProcrastinateJob.objects.filter(queue_name="bots", status__in=("todo", "doing")).count()


async def all_done():
    await eventually(jobs_left, lambda left: left == 0)


def press(scene, card_of, number, key):
    actor = {"lead": scene.lead, "liaison": scene.liaison}[number].actor()
    handler = registry.find_handler("approval")
    assert handler is not None
    return handler(actor=actor, subject=card_of["subject"], action="agree", params={}, key=key)


async def test_the_card_comes_to_the_approver_and_is_edited_when_it_is_decided(
    scene, question, bots_running, done
):
    room = await call_service(room_with, "lead")
    await call_service(question)
    async with bots_running():
        [card] = await eventually(lambda: scene.cards(room))
        assert (card["kind"], card["title"]) == ("approval", "发布：发布第3期晾晒")
        assert [one["name"] for one in card["actions"]] == ["agree", "refuse"]
        await call_service(press, scene, card, "lead", "k1")
        again = await call_service(press, scene, card, "lead", "k1")
        assert again.message == "已同意：发布第3期晾晒"
        await eventually(lambda: scene.cards(room), lambda found: found[0]["state"]["word"] == "已同意")
        await all_done()
        with pytest.raises(ConsentEndedError) as told:
            await call_service(press, scene, card, "lead", "k2")
    assert "贺临川" in str(told.value.user_message())
    assert done == ["yes"]
    [card] = await call_service(lambda: scene.cards(room))
    assert (card["actions"], card["edits"]) == ([], 1)


async def test_a_question_that_ended_before_the_bots_came_has_no_card(scene, question, bots_running, done):
    room = await call_service(room_with, "lead")
    consent = await call_service(question)
    await call_service(lambda: check_withdraw(actor=scene.liaison.actor(), consent_id=consent.pk))
    async with bots_running():
        await all_done()
    assert await call_service(lambda: scene.cards(room)) == []
    assert done == ["end"]


async def test_who_stands_in_for_the_approver_has_a_card_too(scene, question, bots_running, done):
    def stand_in():
        deputy = make_person("代理人", unit=scene.unit, role="head", title="局长", number="deputy")
        today = clock.today()
        Absence.objects.create(
            staff_id=scene.lead.actor().staff_id,
            acting_id=deputy.actor().staff_id,
            starts_on=today,
            ends_on=today + timedelta(days=3),
            at=clock.now(),
        )

    await call_service(stand_in)
    rooms = [await call_service(room_with, number) for number in ("lead", "deputy")]
    await call_service(question)
    async with bots_running():
        for room in rooms:
            assert len(await eventually(partial(scene.cards, room))) == 1
        await all_done()


async def test_a_card_that_was_sent_but_not_noted_is_not_sent_again(scene, question, bots_running, done):
    """What a kill after the PUT leaves: an intention without event."""
    room = await call_service(room_with, "lead")
    consent = await call_service(question)
    async with bots_running():
        [card] = await eventually(lambda: scene.cards(room))
        await all_done()
    await call_service(CardPost.objects.update, event_id="", sent_at=None)
    await call_service(press, scene, card, "lead", "k1")
    assert await call_service(cards.rooms_of, str(consent.pk)) == [room]
    async with bots_running():
        await eventually(lambda: scene.cards(room), lambda found: found[0]["state"]["word"] == "已同意")
        await all_done()
    assert len(await call_service(lambda: scene.cards(room))) == 1


@pytest.mark.parametrize(
    ("at", "card", "urgent", "silent"),
    [
        ("2026-07-01T23:00", None, False, True),
        ("2026-07-01T10:00", None, False, False),
        ("2026-07-04T10:00", None, False, True),  # a Saturday
        ("2026-07-01T23:00", None, True, False),
        ("2026-07-01T23:00", {"kind": "order", "state": {"code": "red"}}, False, False),
        ("2026-07-01T23:00", {"kind": "task", "state": {"code": "red"}}, False, True),
    ],
)
def test_what_is_said_in_quiet_hours_makes_no_sound(at, card, urgent, silent):
    content = {"msgtype": "m.notice", "body": "说明"} | ({"org.tongzhou.card": card} if card else {})
    with clock.travel(datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)):
        assert (hushed(content, urgent=urgent).get(SILENT) is True) == silent
