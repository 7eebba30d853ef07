"""A prefecture with two counties: organs of every kind that an order can meet, and people in them."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

from common import clock
from common.clock import SHANGHAI
from directory.services.acting import actor_of
from directory.store.models import Appointment, Level, Post, Region, Staff, Unit
from workflows.orders import drafts, issuing
from workflows.orders.views import OrderScopeIn

NOW = datetime(2026, 7, 1, 10, 0, tzinfo=SHANGHAI)
# word, name, organ, level, region, block parent, line parent, line managed
UNITS = (
    ("sw", "中国共产党咸宁市委员会", "party_committee", "prefecture", "421200", "", "", False),
    ("zf", "咸宁市人民政府", "government", "prefecture", "421200", "", "", False),
    ("zfb", "咸宁市人民政府办公室", "office", "prefecture", "421200", "zf", "", False),
    ("yjj", "咸宁市应急管理局", "department", "prefecture", "421200", "zf", "", False),
    ("mzj", "咸宁市民政局", "department", "prefecture", "421200", "zf", "", False),
    ("rd", "咸宁市人民代表大会常务委员会", "npc", "prefecture", "421200", "", "", False),
    ("swj", "国家税务总局咸宁市税务局", "department", "prefecture", "421200", "", "", True),
    ("xazf", "咸宁市咸安区人民政府", "government", "county", "421202", "zf", "", False),
    ("xayj", "咸宁市咸安区应急管理局", "department", "county", "421202", "xazf", "yjj", False),
    ("cbyj", "赤壁市应急管理局", "department", "county", "421281", "", "yjj", False),
)
# Of each unit; staff numbers are `<word>_<role>`.
ROLES = (("head", "局长"), ("office", "办公室主任"), ("duty_officer", "值班员"), ("handler", "科员"))


@pytest.fixture
def organs(db):
    Region.objects.create(code="421200", name="咸宁市", level=Level.PREFECTURE)
    for code, name in (("421202", "咸安区"), ("421281", "赤壁市")):
        Region.objects.create(code=code, name=name, level=Level.COUNTY, parent_id="421200")
    units: dict[str, Unit] = {}
    for rank, (word, name, organ, level, region, block, line, managed) in enumerate(UNITS):
        units[word] = Unit.objects.create(
            code=word, name=name, short_name=name.removeprefix("咸宁市"), organ=organ, level=level,
            region_id=region, block_parent=units.get(block), line_parent=units.get(line),
            is_line_managed=managed, rank=rank,
        )  # fmt: skip
    rows = [(word, role, title) for word in units for role, title in ROLES]
    rows += [("zf", "leader", "副市长"), ("yjj", "deputy_head", "副局长")]
    for number, (word, role, title) in enumerate(rows):
        add_person(units[word], f"{word}_{role}", role, title, phone=f"138{number:08d}", rank=number)
    return SimpleNamespace(**units)


def add_person(unit, number, role, title, *, phone="", rank=0):
    staff = Staff.objects.create(
        staff_number=number, name=f"{unit.code}{title}"[:60], password="!", phone=phone
    )
    post = Post.objects.create(code=number, unit=unit, role=role, title=title, rank=rank)
    Appointment.objects.create(staff=staff, post=post, is_primary=True, valid_from=date(2020, 1, 1))
    return staff


@pytest.fixture
def be(organs):
    """`be("yjj_head")`: the Actor of a staff number."""

    def become(number):
        actor = actor_of(number, "web")
        assert actor is not None
        return actor

    return become


@pytest.fixture
def draft(organs, be):
    """A draft of the emergency bureau, by default to its line in the counties."""

    def make(by="yjj_office", **fields):
        given = {
            "title": "今晚20时前完成低洼小区人员转移",
            "text": "请按名单转移，转移一户登记一户。",
            "urgency": "top",
            "sign_by": clock.now() + timedelta(hours=1),
            "scope": OrderScopeIn(units=[organs.xayj.pk, organs.cbyj.pk]),
            **fields,
        }
        return drafts.check_draft_order(actor=be(by), fields=given).order

    return make


@pytest.fixture
def issue(draft, be):
    """An order as issued; the head of its unit approves."""

    def make(by="yjj_office", approver="yjj_head", *, ask_others=False, **fields):
        made = draft(by, **fields)
        issuing.check_approve(actor=be(approver), order_id=made.id)
        return issuing.check_issue(actor=be(by), order_id=made.id, ask_others=ask_others).order

    return make
