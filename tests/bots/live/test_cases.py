"""Approval cards live: with who decides at once, edited within a second when decided, the state alone in the group."""

import time
from datetime import timedelta

import pytest

from bots.desk import SHENPI
from bots.services.accounts import bot_actor
from chatops.cards import registry
from chatops.services.rooms import open_direct
from common import clock
from common.aio import call_service
from directory.services.acting import actor_of
from directory.store.models import Staff
from tests.bots.live.conftest import eventually
from tests.support.world import make_person
from workflows.approvals import cases, definitions, shipped

pytestmark = pytest.mark.django_db(transaction=True)
SOON_S = 3.0  # a second for the edit, and what a loaded machine takes to look


@pytest.fixture
def leave(scene):
    """Begun by the liaison in the task force's room; the deputy head decides."""

    def begin():
        definitions.drop()
        shipped.publish_all()
        make_person("周牧远", unit=scene.unit, role="deputy_head", title="副局长", number="deputy")
        day = clock.today() + timedelta(days=1)
        data = {"kind": "事假", "from_day": f"{day}", "to_day": f"{day}", "reason": "家中有事"}
        made = cases.begin(actor=scene.liaison.actor(), process="leave", data=data, room_id=scene.room_id)
        return str(made.id)

    yield begin
    definitions.drop()


def room_with(number):
    person = Staff.objects.get(staff_number=number)
    return open_direct(actor=bot_actor(SHENPI), with_staff=person.pk).room_id


def press(case_id, number, action, key, **params):
    handler = registry.find_handler("case")
    assert handler is not None
    return handler(actor=actor_of(number, "web"), subject=case_id, action=action, params=params, key=key)


async def test_a_card_comes_to_who_decides_and_changes_when_it_is_decided(scene, leave, bots_running):
    case_id = await call_service(leave)
    room = await call_service(room_with, "deputy")
    async with bots_running():
        [card] = await eventually(lambda: scene.cards(room))
        assert [one["name"] for one in card["actions"]] == ["agree", "refuse"]
        group = await eventually(lambda: [one for one in scene.cards() if one["kind"] == "case_state"])
        assert (group[0]["actions"], group[0]["state"]["word"]) == ([], "办理中")
        done = await call_service(press, case_id, "deputy", "agree", "k1", reason="同意，注意交接")
        began = time.monotonic()
        await eventually(lambda: scene.cards(room), lambda found: found[0]["state"]["word"] == "已办结")
        assert time.monotonic() - began < SOON_S
        assert await call_service(press, case_id, "deputy", "agree", "k1", reason="同意，注意交接") == done
        shown = await eventually(
            lambda: [one for one in scene.cards() if one["kind"] == "case_state"],
            lambda found: found[0]["state"]["word"] == "已办结",
        )
    assert len(shown) == 1
    assert "注意交接" not in str(shown)
