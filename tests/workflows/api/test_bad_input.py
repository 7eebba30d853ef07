"""Bad input at the real doors: each answers with a sentence that says what to do, and nothing is lost.

The rows are those of the foundation's promise: wrong encodings, missing columns, an unknown unit, a 100 % report on a
closed item, an expired session, a frame of the wrong shape.
"""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from django.apps import apps

from chatops.models import Event, PersonData
from chatops.store.models import Media
from common import clock
from common.aio import call_service
from directory.models import Device
from directory.services import devices
from directory.store.models import Post
from tests.support.live import Frame, LiveClient, opened_delivery
from tests.workflows.conftest import SAMPLE
from workflows.models import CalendarDay, ImportRow, Item
from workflows.services import acts, calendar

UNKNOWN = "01980000-0000-7000-8000-000000000000"
LIST = "序号,项目名称,牵头单位,投资（万元）\n1,智慧停车,{},120\n2,智慧社区,市民政局,80\n"
MOVING = {
    "Device",
    "ProcrastinateJob",
    "ProcrastinateEvent",
    "ProcrastinatePeriodicDefer",
    "ProcrastinateWorker",
}


class Bad(NamedTuple):
    """What is done, and what must be answered. `part` is of the sentence; `field` None where there is none."""

    do: Callable[[SimpleNamespace], Any]
    status: int
    code: str
    field: str | None
    part: str


def upload(data: bytes) -> Callable[[SimpleNamespace], Any]:
    return lambda at: at.leader.upload(f"/taskforces/{at.force}/imports", data)


def new_item(**fields: Any) -> Callable[[SimpleNamespace], Any]:
    """An item for the actor's own ledger, with one thing wrong."""
    body = {"title": "甲", "due_on": "2027-01-01", **fields}
    return lambda at: at.leader.post(
        "/items", {"lead_unit_id": at.unit, "taskforce_id": str(at.force), **body}
    )


TABLE = {
    "a day that no calendar has": Bad(new_item(due_on="2026-02-30"), 400, "bad_input", "due_on", "请改正"),
    "due before it starts": Bad(
        new_item(starts_on="2027-02-01"), 400, "bad_input", "due_on", "开始日期当天或之后"
    ),
    "due in another century": Bad(new_item(due_on="2126-01-01"), 400, "bad_input", "due_on", "核对年份"),
    "two leads": Bad(
        new_item(lead_unit_id=[UNKNOWN, UNKNOWN]), 400, "bad_input", "lead_unit_id", "只能有一个"
    ),
    "a kind without its field": Bad(
        new_item(kind="instruction"), 400, "bad_input", "details.leader", "批示领导"
    ),
    "a field of the wrong shape": Bad(
        new_item(kind="instruction", details={"leader": "甲", "instructed_on": "2026-13-01"}),
        400, "bad_input", "details.instructed_on", "实际存在的日期",
    ),
    "a series without a rhythm": Bad(
        new_item(recurrence={"every": "moon", "since": "2026-07-01"}), 400, "bad_input", "recurrence.every", "周期"
    ),
    "a circle of items": Bad(
        lambda at: at.leader.post(f"/items/{at.open}/parent", {"parent_id": str(at.open)}),
        409, "circular_parent", "parent_id", "上级事项",
    ),
    "a part due after its whole": Bad(
        lambda at: at.leader.post(
            f"/items/{at.open}/children", {"title": "甲", "lead_unit_id": at.unit, "due_on": "2029-01-01"}
        ),
        400, "bad_input", "due_on", "不能晚于上级事项的时限",
    ),
    "evidence that is no link": Bad(
        lambda at: at.liaison.post(
            f"/items/{at.open}/reports", {"percent": 50, "evidence": [{"url": "javascript:alert(1)"}]}
        ),
        400, "bad_input", "evidence", "http://",
    ),
    "evidence of a wrong type": Bad(
        lambda at: at.liaison.post(
            f"/items/{at.open}/reports", {"percent": 50, "evidence": [{"media_id": at.archive}]}
        ),
        400, "bad_input", "evidence", "不是可用的佐证类型",
    ),
    "evidence that is both file and link": Bad(
        lambda at: at.liaison.post(
            f"/items/{at.open}/reports",
            {"percent": 50, "evidence": [{"media_id": at.archive, "url": "https://example.org/1"}]},
        ),
        400, "bad_input", "evidence", "一个链接",
    ),
    "the lead as supporting unit": Bad(
        lambda at: at.leader.post(
            "/items",
            {"title": "甲", "due_on": "2027-01-01", "lead_unit_id": at.unit, "supporting_unit_ids": [at.unit],
             "taskforce_id": str(at.force)},
        ),
        400, "bad_input", "supporting_unit_ids", "牵头单位只能有一个",
    ),
    "a circle by way of a part": Bad(
        lambda at: at.leader.post(f"/items/{at.open}/parent", {"parent_id": at.part}),
        409, "circular_parent", "parent_id", "上级事项",
    ),
    "an item put under one that is due sooner": Bad(
        lambda at: at.leader.post(f"/items/{at.open}/parent", {"parent_id": str(at.soon)}),
        400, "bad_input", "parent_id", "先调整时限",
    ),
    "a day of the calendar that is none": Bad(
        lambda at: at.admin.put("/calendar/days/2026-02-30", {"worked": False, "name": "甲", "source": "乙"}),
        400, "bad_input", "day", "请",
    ),
    "list in no encoding": Bad(upload(b"\x80\xff\xfe"), 400, "bad_input", "file", "UTF-8或GB18030"),
    "list is a spreadsheet": Bad(upload(b"PK\x03\x04"), 400, "bad_input", "file", "另存为CSV"),
    "list without a column": Bad(
        upload("序号,项目名称\n1,甲\n".encode()), 400, "bad_input", "file", "缺少“牵头单位”列"
    ),
    "list without rows": Bad(upload("项目名称,牵头单位\n".encode()), 400, "bad_input", "file", "重新上传"),
    "unknown unit for an item": Bad(
        lambda at: at.leader.post(
            f"/taskforces/{at.force}/items", {"title": "甲", "lead_unit_id": UNKNOWN, "due_on": "2027-01-01"}
        ),
        400, "bad_input", "lead_unit_id", "单位",
    ),
    "unknown unit in a list": Bad(
        lambda at: at.leader.post(f"/imports/{at.batch}/apply"), 400, "bad_input", "rows", "第2行",
    ),
    "unknown unit for a row": Bad(
        lambda at: at.leader.patch(f"/imports/{at.batch}/rows/2", {"lead_unit_id": UNKNOWN}),
        400, "bad_input", "lead_unit_id", "单位",
    ),
    "100 % on a closed item": Bad(
        lambda at: at.liaison.post(f"/items/{at.closed}/reports", {"percent": 100}),
        409, "not_allowed_now", None, "已办结",
    ),
    "101 %": Bad(
        lambda at: at.liaison.post(f"/items/{at.open}/reports", {"percent": 101}),
        400, "bad_input", "percent", "100",
    ),
    "a percent that is a word": Bad(
        lambda at: at.liaison.post(f"/items/{at.open}/reports", {"percent": "一半"}),
        400, "bad_input", "percent", "percent",
    ),
    "a field that nobody knows": Bad(
        lambda at: at.liaison.post(f"/items/{at.open}/reports", {"percent": 60, "txet": "甲"}),
        400, "bad_input", "txet", "txet",
    ),
    "an expired session": Bad(
        lambda at: at.expired.post(f"/items/{at.open}/reports", {"percent": 60, "text": "写了很久"}),
        401, "signed_out", None, "重新登录",
    ),
}  # fmt: skip


@pytest.fixture
def at(city, force, imported, dispatched, call, act, appoint):
    """A running task force with an open and a closed item, a list with a row that fits no unit, four callers."""
    appoint("sysadmin", "管理员", city.government, "system_admin", "系统管理员")
    leader, liaison = call("leader"), call("civil_liaison")
    liaison.post(f"/items/{dispatched.id}/sign-for")
    shut = Item.objects.filter(lead_unit=city.units["civil"]).exclude(pk=dispatched.id).first()
    assert shut is not None
    leader.post(f"/taskforces/{force.id}/dispatch", {"item_ids": [str(shut.pk)]})
    acts.check_sign_for(actor=act("civil_liaison"), item_id=shut.pk)
    acts.check_report(actor=act("civil_liaison"), item_id=shut.pk, percent=100, text="")
    acts.check_close(actor=act("leader"), item_id=shut.pk)
    batch = leader.upload(f"/taskforces/{force.id}/imports", LIST.format("市停车管理总站").encode()).json()
    expired = call("civil_handler")
    Device.objects.filter(device_id="test-civil_handler").update(
        expires_at=clock.now() - timedelta(minutes=1)
    )
    child = {"title": "分项", "lead_unit_id": str(city.units["civil"].pk), "due_on": "2026-08-01"}
    part = leader.post(f"/items/{dispatched.id}/children", child).json()["item"]["id"]
    early = {"title": "先期事项", "lead_unit_id": str(city.units["civil"].pk), "due_on": "2026-07-20"}
    soon = leader.post("/items", {**early, "taskforce_id": str(force.id)}).json()["item"]["id"]
    archive = Media.objects.create(
        media_id="archive", owner_id=act("civil_liaison").staff_id, mime="application/zip", size=1, sha256="0",
        storage_key="k", filename="附件.zip", created_at=clock.now(),
    )  # fmt: skip
    return SimpleNamespace(
        part=part, soon=soon, archive=archive.media_id,
        unit=str(city.units["civil"].pk),
        leader=leader, liaison=liaison, expired=expired, admin=call("sysadmin"), force=force.id,
        batch=batch["id"], open=dispatched.id, closed=shut.pk,
    )  # fmt: skip


def everything() -> dict[str, int]:
    """Rows of every table of ours but those that move by themselves."""
    return {
        model.__name__: model._base_manager.count()
        for model in apps.get_models()
        if model.__name__ not in MOVING and model._meta.managed
    }


def check_sentence(body: dict[str, Any], part: str) -> None:
    assert part in body["message"]
    assert "请" in body["message"], body["message"]
    assert body["message"].endswith("。")


@pytest.mark.parametrize("name", TABLE)
def test_bad_input_is_answered_with_what_to_do_and_loses_nothing(at, name):
    case = TABLE[name]
    before, cells = everything(), list(ImportRow.objects.order_by("pk").values())
    items = list(Item.objects.order_by("pk").values())
    answer = case.do(at)
    body = answer.json()
    assert (answer.status_code, body["code"], body["field"]) == (case.status, case.code, case.field), body
    check_sentence(body, case.part)
    assert everything() == before
    assert list(ImportRow.objects.order_by("pk").values()) == cells
    assert list(Item.objects.order_by("pk").values()) == items


def test_a_year_without_a_calendar_is_said_and_never_guessed(at):
    """A day that was named stays, marked provisional; what only the notice can tell is asked for as a date."""
    marked = at.leader.post(
        "/items",
        {"title": "甲", "due_on": "2031-03-03", "lead_unit_id": at.unit, "taskforce_id": str(at.force)},
    )
    assert marked.status_code == 201, marked.content
    assert marked.json()["item"]["due_provisional"]
    assert "2031年" in marked.json()["message"]
    assert "暂定" in marked.json()["message"]
    CalendarDay.objects.filter(day__year__gte=2026).delete()
    calendar.drop()
    guessed = at.leader.post("/calendar/understand", {"phrase": "国庆节后一周内"}).json()
    assert guessed["due"] is None
    assert "请写明日期" in guessed["hint"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encodings_that_people_have_are_read_alike(call, force, encoding):
    data = SAMPLE.decode("utf-8-sig").encode(encoding)
    preview = call("leader").upload(f"/taskforces/{force.id}/imports", data)
    assert preview.status_code == 201, preview.content
    assert preview.json()["totals"]["budget_wan"] == 36847


def test_a_row_of_an_unknown_unit_waits_and_is_mended(at):
    """Never dropped: it is listed with what to do, the rest waits with it, and after mending all goes in."""
    rows = at.leader.get(f"/imports/{at.batch}").json()["rows"]
    lost = next(row for row in rows if row["line"] == 2)
    assert lost["cells"]["lead_department"] == "市停车管理总站"
    [problem] = lost["problems"]
    assert problem["column"] == "lead_department"
    check_sentence(problem, "市停车管理总站")
    transport = next(
        unit["id"]
        for unit in at.leader.get(f"/taskforces/{at.force}").json()["units"]
        if "交通" in unit["name"]
    )
    mended = at.leader.patch(f"/imports/{at.batch}/rows/2", {"lead_unit_id": transport})
    assert mended.status_code == 200, mended.content
    assert at.leader.post(f"/imports/{at.batch}/apply").json()["state"] == "applied"
    assert Item.objects.filter(title="智慧停车", lead_unit=transport).exists()


SHEETS = {
    "no encoding": (b"\x89PNG\r\n\x1a\n\x00\xff\xfe\xff", "不是文本表格"),
    "missing column": ("key,title\np-1,科员\n".encode(), "缺少列"),
    "unknown unit": ("key,unit,title,role\np-1,no-such-unit,科员,member\n".encode(), "no-such-unit"),
}


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_a_sheet_of_the_directory_that_does_not_fit(at, name, dry_run):
    """Every bad row by line and column, and not one row of the sheet is taken."""
    data, part = SHEETS[name]
    before = everything()
    answer = at.admin.upload(f"/directory/import/posts?dry_run={dry_run}", data, name="posts.csv")
    body = answer.json()
    report = body if dry_run == "true" else body["facts"]["report"]
    if dry_run == "false":
        assert (answer.status_code, body["code"]) == (400, "import_refused")
        check_sentence(body, "未做任何改动")
    problems = [*report["problems"], *(one for row in report["rows"] for one in row["problems"])]
    assert any(part in one["message"] for one in problems), problems
    for one in problems:
        check_sentence(one, "")
    assert everything() == before
    assert not Post.objects.filter(code="p-1").exists()


# -- the live socket ------------------------------------------------------------------------------------------------

FRAMES = ("nonsense", "[]", '{"type":"dance"}', '{"type":"send","txn":1}', '{"type":"read","room":"x"}', "{}")


@pytest.fixture
def talk(transactional_db):
    """Two people and a room, committed."""
    from chatops.services import rooms
    from tests.support.world import make_person, make_unit

    unit = make_unit()
    anna, owner = make_person("罗清和", unit=unit), make_person("周牧远", unit=unit, role="office")
    room = rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=[anna.pk])
    return SimpleNamespace(anna=anna, owner=owner, room=room.room_id)


async def test_a_frame_of_the_wrong_shape_ends_nothing(talk):
    """Frames before, between and after the bad ones are all there, once, in order."""
    from chatops.services import drafts

    anna = await call_service(talk.anna.actor)
    await call_service(drafts.save, actor=anna, room_id=talk.room, text="没写完")
    async with opened_delivery() as delivery:
        client = await LiveClient(delivery, talk.anna.secret).start()
        await client.wait_for("welcome")
        for number, frame in enumerate(FRAMES):
            await client.acked(await client.send(talk.room, f"第{number}条"))
            await client.say(frame)
            await _refused(client, number + 1)
        await client.acked(await client.send(talk.room, "最后一条"))
        for refused in (frame for frame in client.frames if frame["type"] == "refused"):
            assert refused["code"] == "bad_frame"
            check_sentence(refused, "")
        await client.stop()
    draft = await PersonData.objects.aget(staff_id=talk.anna.pk, type__contains="draft")
    assert "没写完" in str(draft.content)
    bodies = [
        event.content["body"]
        async for event in Event.objects.filter(type="m.room.message").order_by("room_id", "seq")
    ]
    assert bodies == [*(f"第{number}条" for number in range(len(FRAMES))), "最后一条"]


async def _refused(client: LiveClient, many: int) -> None:
    def enough(_frame: Frame) -> bool:
        return len([frame for frame in client.frames if frame["type"] == "refused"]) >= many

    await client.wait(enough)


async def test_a_session_that_ends_is_told_so_and_its_messages_stay(talk):
    async with opened_delivery() as delivery:
        client = await LiveClient(delivery, talk.anna.secret).start()
        await client.wait_for("welcome")
        await client.acked(await client.send(talk.room, "确认过的"))
        await call_service(devices.sign_out, talk.anna.device.pk)
        bye = await client.wait_for("bye", timeout_s=20)
        check_sentence(bye, "重新登录")
        await client.stop()
        late = await LiveClient(delivery, talk.anna.secret).start()
        await late.ended.wait()
        assert late.closed is not None
        assert late.closed[0] == 4401
        await late.stop()
    assert await Event.objects.filter(type="m.room.message").acount() == 1
