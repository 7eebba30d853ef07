"""A task force with its bots, the application on a port, and the bots process in the test's loop."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bots.desk import DESK
from bots.runtime.runner import run_bots
from bots.services import accounts
from chatops.models import Event, Room
from chatops.services import membership, messages
from common import clock
from common.aio import call_service
from directory.actors import system_actor
from tests.support.app import serving
from tests.support.live import opened_delivery
from tests.support.world import Person, make_person, make_unit
from workflows.services import acts, items, registering, taskforces
from workflows.services.items import NewItem

PATIENCE_S = 60
_txns = itertools.count(1)


class Scene:
    """Lead and liaison of a small task force; what they do and what is said in its room."""

    def __init__(self) -> None:
        accounts.ensure_bots()
        government, self.unit = make_unit("咸宁市人民政府"), make_unit("咸宁市民政局")
        self.lead = make_person("贺临川", unit=government, role="leader", title="副市长", number="lead")
        self.liaison = make_person("陈知行", unit=self.unit, role="liaison", title="联络员", number="liaison")
        self.force = taskforces.check_found_taskforce(
            actor=self.lead.actor(),
            name="数字政府建设专班",
            goal="三年建成数字政府项目",
            basis="咸政办发〔2026〕7号",
            unit_ids=[self.unit.pk],
            ends_on=clock.today() + timedelta(days=300),
        )
        self.room_id = self.force.room_id
        room = Room.objects.get(room_id=self.room_id)
        membership.do_add_members(actor=system_actor("测试"), room=room, staff_ids=[self.liaison.pk])

    def add(self, *titles: str) -> list[Any]:
        today = clock.today()
        return [
            registering.check_create_item(
                actor=self.lead.actor(),
                taskforce_id=self.force.id,
                new=NewItem(title, self.unit.pk, today - timedelta(days=1), today + timedelta(days=200)),
            ).item
            for title in titles
        ]

    def dispatch(self) -> None:
        items.check_dispatch(actor=self.lead.actor(), taskforce_id=self.force.id, item_ids=None)

    def sign_for(self, item: Any) -> None:
        acts.check_sign_for(actor=self.liaison.actor(), item_id=item.id)

    def report(self, item: Any, percent: int) -> None:
        acts.check_report(actor=self.liaison.actor(), item_id=item.id, percent=percent, text="进度更新")

    def say(self, person: Person, body: str, room_id: str | None = None, **content: Any) -> str:
        return messages.send(
            actor=person.actor("socket"),
            room_id=room_id or self.room_id,
            type="m.room.message",
            content={"msgtype": "m.text", "body": body, **content},
            txn_id=f"s{next(_txns)}",
        ).event_id

    def said_by_bots(self, room_id: str | None = None) -> list[dict[str, Any]]:
        """The contents that bots have sent to the room, oldest first."""
        keys = accounts.bot_keys()
        room = Room.objects.get(room_id=room_id or self.room_id)
        found = Event.objects.filter(room_id=room.pk, sender_id__in=keys, type="m.room.message")
        return list(found.order_by("seq").values_list("content", flat=True))

    def answers(self, room_id: str | None = None) -> list[str]:
        said = self.said_by_bots(room_id)
        return [one["body"] for one in said if "m.in_reply_to" in one.get("m.relates_to", {})]

    def cards(self, room_id: str | None = None) -> list[dict[str, Any]]:
        """First messages of cards, as their newest edit shows them; `edits` counts those."""
        keys = accounts.bot_keys()
        room = Room.objects.get(room_id=room_id or self.room_id)
        rows = Event.objects.filter(room_id=room.pk, sender_id__in=keys).order_by("seq")
        shown: dict[str, dict[str, Any]] = {}
        for event_id, content in rows.values_list("event_id", "content"):
            edit = content.get("m.relates_to", {})
            if edit.get("rel_type") == "m.replace":
                card = content["m.new_content"]["org.tongzhou.card"]
                shown[edit["event_id"]] = {**card, "edits": shown[edit["event_id"]]["edits"] + 1}
            elif "org.tongzhou.card" in content:
                shown[event_id] = {**content["org.tongzhou.card"], "edits": 0}
        return list(shown.values())


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
async def url(scene) -> AsyncIterator[str]:
    async with opened_delivery() as delivery, serving(delivery) as address:
        yield address


@pytest.fixture
def bots_running(url):
    """`async with bots_running():` is one life of the bots process."""

    @asynccontextmanager
    async def run(desk=DESK, homeserver: str | None = None) -> AsyncIterator[None]:
        stop = asyncio.Event()
        running = asyncio.create_task(run_bots(desk, stop=stop, homeserver=homeserver or url))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(running, PATIENCE_S)

    return run


async def eventually(look: Callable[[], Any], wanted: Callable[[Any], bool] = bool) -> Any:
    """What `look` (a synchronous query) finds, once it is what is wanted."""
    found = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not wanted(found := await call_service(look)):  # noqa: ASYNC110 - others write the rows
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"waited in vain; the last look found {found!r}") from None
    return found
