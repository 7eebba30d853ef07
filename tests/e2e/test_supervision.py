"""Supervision: a message becomes a task, the unit signs for it and reports with evidence, the officer closes it; the
same three on a phone; rows of a spreadsheet become a ledger.
"""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_phone import ENOUGH_TAPS, Thumb, overflow, rest
from tests.e2e.test_talk import composer, open_room, say, unique

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

FORCE = "电子政务外网改造专班"
SOON = 60_000
EVIDENCE = ("泵站排查表.txt", "text/plain", "三处泵站均已排查，台账随附。".encode())


def drawer(page: Page):
    return page.get_by_role("dialog", name="事项详情")


def own_unit(page: Page) -> str:
    me = rest(page, "GET", "/session")
    return str(next(each["unit_id"] for each in me["appointments"] if each["is_primary"]))


def new_item(page: Page, unit_id: str, title: str) -> str:
    """A dispatched item of the task force; answers its id."""
    force = next(each for each in rest(page, "GET", "/taskforces")["items"] if each["name"] == FORCE)
    due = (date.today() + timedelta(days=9)).isoformat()  # noqa: DTZ011, TID251
    body = {
        "title": title,
        "lead_unit_id": unit_id,
        "due_on": due,
        "taskforce_id": force["id"],
        "dispatch": True,
    }
    return str(rest(page, "POST", "/items", body)["item"]["id"])


def test_a_message_becomes_a_task_and_is_closed_with_evidence(visitors, shoot):
    lead, liaison = visitors.enter("专班负责人"), visitors.enter("局经办人")
    name = rest(liaison, "GET", "/session")["name"]
    open_room(lead, FORCE)
    asked = unique("排查三处易涝点泵站并上报台账")
    say(lead, f"请{name}同志 3个工作日内{asked}。")
    message = lead.get_by_role("article").filter(has_text=asked).first
    expect(message).to_be_visible()

    # Two taps: the button beside the message, and 派发.
    message.hover()
    message.get_by_role("button", name="转任务").first.click()
    dialog = lead.get_by_role("dialog", name="转为任务")
    expect(dialog.get_by_text("由消息内容识别")).to_be_visible()
    expect(dialog.get_by_label("任务名称")).to_have_value(re.compile(re.escape(asked)))
    expect(dialog.get_by_label("时限", exact=True)).not_to_have_value("")
    shoot(lead, "1-recognised")
    dialog.get_by_role("button", name="派发并回复原消息").click()
    chip = message.get_by_role("link", name=re.compile("任务 "))
    expect(chip).to_be_visible(timeout=SOON)
    card = lead.get_by_role("log").get_by_role("region", name=re.compile(re.escape(asked)))
    expect(card).to_be_visible(timeout=SOON)
    shoot(lead, "2-chip-and-card")

    liaison.goto("/sup?tab=handled")
    liaison.get_by_role("row").filter(has_text=asked).click()
    item = drawer(liaison)
    expect(item.get_by_role("region", name="来源消息")).to_contain_text(asked)
    item.get_by_role("button", name="签收").click()
    item.get_by_role("button", name="反馈进展").click()
    item.get_by_label("完成进度").fill("100")
    item.get_by_label("进展说明").fill("三处泵站均已排查，排查表见佐证。")
    file, mime, data = EVIDENCE
    item.locator("input[type=file]").set_input_files({"name": file, "mimeType": mime, "buffer": data})
    expect(item.get_by_text("KB").or_(item.get_by_text(re.compile(r"\d+ B"))).first).to_be_visible(
        timeout=SOON
    )
    shoot(liaison, "3-report")
    item.get_by_role("button", name="提交").click()
    expect(item.get_by_role("link", name=file)).to_be_visible(timeout=SOON)
    shoot(liaison, "4-reported")

    chip.click()
    item = drawer(lead)
    expect(item.get_by_role("link", name=file)).to_be_visible(timeout=SOON)
    item.get_by_role("button", name="办结").click()
    item.get_by_role("button", name="办结").last.click()
    expect(item.get_by_text("已办结").first).to_be_visible(timeout=SOON)
    shoot(lead, "5-closed")
    item.get_by_role("link", name="看原消息").click()
    expect(lead.get_by_role("article").filter(has_text=asked).first).to_be_visible(timeout=SOON)
    expect(lead.get_by_role("link", name=re.compile("任务 .*已办结"))).to_be_visible(timeout=SOON)


def test_what_is_typed_into_a_deed_survives_closing_it(visitors):
    lead, liaison = visitors.enter("专班负责人"), visitors.enter("局经办人")
    item_id = new_item(lead, own_unit(liaison), unique("核对专线清单"))
    liaison.goto(f"/sup/{item_id}?tab=handled")
    item = drawer(liaison)
    item.get_by_role("button", name="签收").click()
    item.get_by_role("button", name="申请延期").click()
    item.get_by_label("理由").fill("设备到货推迟，写了一半")
    liaison.reload()
    drawer(liaison).get_by_role("button", name="申请延期").click()
    expect(drawer(liaison).get_by_label("理由")).to_have_value("设备到货推迟，写了一半")


def test_rows_of_a_spreadsheet_become_a_ledger(visitors, shoot):
    lead = visitors.enter("专班负责人")
    open_room(lead, FORCE)
    one, other = unique("核心交换机割接"), unique("地址规划表下发")
    rows = (
        "序号\t任务名称\t牵头单位\t配合单位\t完成时限\n"
        f"1\t{one}\t市财政局\t市民政局\t年底前\n2\t{other}\t市民政局\t\t尽快\n"
    )
    box = composer(lead)
    box.click()
    box.evaluate(
        """(field, text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
          field.dispatchEvent(event);
        }""",
        rows,
    )
    box.fill(rows)
    lead.get_by_role("button", name="转为台账").click()
    dialog = lead.get_by_role("dialog", name="转为台账")
    expect(dialog.get_by_role("cell", name=one)).to_be_visible()
    shoot(lead, "1-preview")
    dialog.get_by_role("button", name="转为台账").click()
    lead.wait_for_url("**/import/*")
    expect(lead.get_by_text(one).first).to_be_visible(timeout=SOON)
    expect(lead.get_by_text("没有具体时间")).to_be_visible()
    shoot(lead, "2-import")
    lead.get_by_role("button", name="改正").click()
    lead.get_by_label("完成时限").fill("12月中旬")
    lead.get_by_role("button", name="保存").click()
    expect(lead.get_by_text("没有具体时间")).to_be_hidden()
    shoot(lead, "3-put-right")
    open_room(lead, FORCE)
    expect(composer(lead)).to_have_value(re.compile(re.escape(other)))  # the words are still there
    composer(lead).fill("")
    lead.wait_for_timeout(1500)


def test_on_a_phone_each_deed_takes_at_most_three_taps(visitors, shoot):
    desk, phone = visitors.enter("专班负责人"), visitors.enter("局经办人", phone=True)
    title = unique("报送自查报告")
    new_item(desk, own_unit(phone), title)
    phone.goto("/sup?tab=handled")
    row = phone.get_by_role("button").filter(has_text=title)
    expect(row).to_be_visible(timeout=SOON)
    assert overflow(phone) <= 0
    shoot(phone, "1-list")
    thumb = Thumb(phone)
    with thumb.within(ENOUGH_TAPS, "sign for"):
        thumb.tap(row)
        thumb.tap(drawer(phone).get_by_role("button", name="签收"))
        expect(
            drawer(phone)
            .get_by_label("完成进度")
            .or_(drawer(phone).get_by_role("button", name="反馈进展"))
            .first
        ).to_be_visible(timeout=SOON)
    shoot(phone, "2-signed")
    phone.goto("/sup?tab=handled")
    with thumb.within(ENOUGH_TAPS, "report"):
        thumb.tap(phone.get_by_role("button").filter(has_text=title))
        drawer(phone).get_by_label("完成进度").fill("100")
        shoot(phone, "3-report")
        thumb.tap(drawer(phone).get_by_role("button", name="提交"))
        expect(drawer(phone).get_by_text("已报完成").first).to_be_visible(timeout=SOON)
    chief = visitors.enter("专班负责人", phone=True)
    chief.goto("/sup")
    thumb = Thumb(chief)
    with thumb.within(ENOUGH_TAPS, "approve"):
        thumb.tap(chief.get_by_role("button").filter(has_text=title))
        thumb.tap(drawer(chief).get_by_role("button", name="办结"))
        thumb.tap(drawer(chief).get_by_role("button", name="办结").last)
        expect(drawer(chief).get_by_text("已办结").first).to_be_visible(timeout=SOON)
    shoot(chief, "4-closed")
