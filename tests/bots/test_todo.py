"""待办 in a direct room: pages, and the same counts as on REST and on the web's badge."""

from datetime import date

import pytest

from bots.desk import DUBAN, TIXING
from bots.services import accounts, answering
from chatops.services import rooms
from common import clock, ids
from tests.workflows.conftest import START, call  # noqa: F401  # a fixture
from workflows.models import Item
from workflows.pending import page_pending
from workflows.services import acts, items, nightly

pytestmark = pytest.mark.django_db
PEOPLE = ("civil_liaison", "civil_handler", "leader", "data_office", "farm_head", "outside_head")


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.travel(START):
        yield


@pytest.fixture
def ask(desk, act):
    def say(bot, number, said):
        room = rooms.open_direct(actor=act(number), with_staff=accounts.bot_actor(bot).staff_id).room_id
        content = {"msgtype": "m.text", "body": said}
        event = {"type": "m.room.message", "event_id": ids.new_event_id(), "content": content}
        answer = answering.answer_event(bot, room, {**event, "sender": act(number).user_id})
        assert answer is not None
        return answer.content["body"]

    return say


@pytest.fixture
def many(desk, add, force, act):
    for number in range(45):
        add(title=f"事项{number}", due_on=date(2026, 7, 3))
    add(title="农业", unit="farm")
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    acts.check_sign_for(actor=act("civil_head"), item_id=Item.objects.get(number=1).pk)
    acts.check_report(actor=act("civil_head"), item_id=Item.objects.get(number=1).pk, percent=100)


@pytest.mark.parametrize("bot", [DUBAN, TIXING])
def test_pages(many, ask, bot):
    first, last = (ask(bot, "civil_liaison", said) for said in ("待办", "我的待办 3"))
    assert first.startswith("您有44项待办：待签收44。")
    assert first.endswith("第1页，共3页。\n发送“待办 2”看下一页。")
    assert [first.count("【待签收】"), last.count("【待签收】")] == [20, 4]
    assert last.endswith("第3页，共3页。")
    assert ask(bot, "civil_liaison", "待办 4") == "待办共3页，请写1至3，例如：待办 3。"
    assert ask(bot, "civil_liaison", "待办 事项4").endswith(
        "【待签收】45 事项44　数字政府建设专班 · 市民政局 · 黄 · 剩2个工作日"
    )


def test_the_same_counts_on_rest_the_web_and_the_bot(many, ask, act, call):  # noqa: F811
    for number in PEOPLE:
        rest, web = call(number).get("/pending").json(), call(number).get("/pending/counts").json()
        listed = page_pending(act(number), limit=100).items
        said = ask(TIXING, number, "待办")
        assert rest["total"] == web["total"] == len(listed)
        assert [one["count"] for one in rest["sources"]] == [one["count"] for one in web["sources"]]
        assert said.startswith(f"您有{rest['total']}项待办：" if rest["total"] else "您目前没有待办。")
        assert all(f"{one['title']}{one['count']}" in said for one in rest["sources"] if one["count"])


def test_one_table_in_a_direct_room(many, ask):
    nightly.recolour_all()
    said = ask(DUBAN, "inspector", "一表")
    assert said.startswith("督查一表（7月1日零时）：46项，")
    assert "\n市农业农村局：1项，" in said
    assert "\n咸宁市：46项，" in ask(DUBAN, "leader", "一表 区域")
    assert "市农业农村局：1项" in ask(DUBAN, "farm_head", "一表")
    assert "市民政局" not in ask(DUBAN, "farm_head", "一表")
