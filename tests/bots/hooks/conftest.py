"""A bot with a room, made by the head of a unit, and hooks of every kind."""

from dataclasses import dataclass
from typing import Any

import pytest

from bots.services import hook_admin, records
from bots.store.records import BotRecord
from chatops.services.rooms import create_room
from tests.support.world import Person, make_person, make_unit


@dataclass
class Site:
    """`head` manages `bot`, which is in `room_id` together with `member`."""

    head: Person
    member: Person
    bot: BotRecord
    room_id: str

    def hook(self, kind: str = "own", **fields: Any) -> hook_admin.Made:
        made = {"label": "机房监控", "room_id": self.room_id, **fields}
        return hook_admin.create(actor=self.head.actor(), bot_id=self.bot.pk, kind=kind, **made)


@pytest.fixture
def site(db) -> Site:
    unit = make_unit("咸宁市大数据中心")
    head = make_person("周牧远", unit=unit, role="head", title="主任")
    member = make_person("沈若川", unit=unit, number="shen")
    bot = records.create(
        actor=head.actor(), number="bot-jiankong", name="监控助手", says="转发机房告警", unit_id=unit.pk
    )
    room = create_room(actor=head.actor(), kind="work", name="机房值守", members=[member.pk])
    records.add_room(actor=head.actor(), bot_id=bot.pk, room_id=room.room_id)
    return Site(head, member, bot, room.room_id)


@pytest.fixture(autouse=True)
def _no_memory():
    """Limits and the notes of a flood do not outlive a test."""
    from bots.services import hooks

    hooks._limits.clear()
    hooks._noted.clear()
