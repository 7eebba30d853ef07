"""The people of the fixtures: `civil.head` is who holds that post in that unit. Everything shipped is published."""

from datetime import date
from types import SimpleNamespace

import pytest

from directory.actors import Actor
from directory.services.acting import actor_of
from directory.store.models import Appointment, Level, Post, Region, Staff, Unit
from workflows.approvals import definitions, shipped
from workflows.services import document_numbers

UNITS = {
    "gov": ("咸宁市人民政府", ("mayor:head:市长", "vice:leader:副市长")),
    "office": (
        "咸宁市人民政府办公室",
        ("head:head:主任", "office:office:秘书一科科长", "liaison:liaison:联络员"),
    ),
    "data": ("咸宁市政务服务和大数据管理局", ()),
    "civil": ("咸宁市民政局", ()),
    "health": ("咸宁市卫生健康委员会", ()),
    "market": ("咸宁市市场监督管理局", ()),
    "npc": ("咸宁市人大常委会", ()),
    "cppcc": ("咸宁市政协", ()),
}
USUAL = (
    "head:head:局长",
    "deputy:deputy_head:副局长",
    "office:office:办公室主任",
    "liaison:liaison:联络员",
    "handler:handler:科员",
)
CODES = (("office", "咸政办发", "市政府办公室文件"), ("office", "咸政会", "市政府会议纪要"))


@pytest.fixture
def town(db):
    """`town.units["civil"]`, `town.actor("civil.head")`."""
    definitions.drop()
    Region.objects.create(code="421200", name="咸宁市", level=Level.PREFECTURE)
    units: dict[str, Unit] = {}
    for rank, (word, (name, seats)) in enumerate(UNITS.items()):
        units[word] = Unit.objects.create(
            code=word,
            name=name,
            level=Level.PREFECTURE,
            region_id="421200",
            rank=rank,
            block_parent=units.get("gov"),
        )
        for place, seat in enumerate(seats or USUAL):
            who, role, title = seat.split(":")
            person = Staff.objects.create(
                staff_number=f"{word}.{who}", name=f"{name[2:4]}{title}", password="!"
            )
            post = Post.objects.create(
                code=f"{word}.{who}", unit=units[word], role=role, title=title, rank=place
            )
            Appointment.objects.create(staff=person, post=post, is_primary=True, valid_from=date(2020, 1, 1))

    def actor(number: str) -> Actor:
        found = actor_of(number, "web")
        assert found is not None
        return found

    for unit, code, title in CODES:
        document_numbers.check_add_code(actor=actor(f"{unit}.office"), code=code, title=title)
    shipped.publish_all()
    yield SimpleNamespace(units=units, actor=actor)
    definitions.drop()


@pytest.fixture
def fixture_of():
    def read(key: str, place: int = 0):
        folder = next(one for one in shipped.folders() if one.name == key)
        return shipped.read_folder(folder)["fixture"]["cases"][place]

    return read
