"""One-touch orders: written, counted, issued; the red strip in another browser; receipts, correction, evidence."""

import io
import re
import secrets
import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_accessibility import settle, violations

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

OWN = "市政务服务和大数据管理局"
OUTSIDE = "市水利和湖泊局"


def pick_unit(page: Page, name: str) -> None:
    page.get_by_role("button", name="＋ 单位、人员或值班").click()
    dialog = page.get_by_role("dialog", name="选择接收人")
    dialog.get_by_placeholder("按单位名称查找").fill(name)
    found = dialog.get_by_role("treeitem").filter(has_text=name).first
    expect(found).to_be_visible()
    found.click()
    dialog.get_by_role("button", name=re.compile("确定 1 项")).click()
    expect(dialog).to_be_hidden()


def write(page: Page, title: str) -> None:
    page.goto("/orders/new")
    page.get_by_label("标题", exact=True).fill(title)
    page.get_by_label("正文", exact=True).fill("请各单位清点值班人员，16:30 前反馈到岗情况。")
    page.get_by_label("紧急程度").select_option("top")
    page.get_by_label("机关代字").fill("咸数")
    pick_unit(page, OWN)
    page.get_by_label("包括所选单位的全体人员").check()
    pick_unit(page, OUTSIDE)
    voice = page.get_by_role("switch", name="语音电话")
    if voice.count() and voice.get_attribute("aria-checked") == "true":
        voice.click()  # calls would need a second approver


def strip(page: Page, title: str):
    return page.get_by_role("alertdialog").filter(has_text=title)


def test_an_order_from_draft_to_evidence(visitors, shoot):
    title = f"启动防汛应急响应{secrets.token_hex(2)}"
    reader = visitors.enter("局经办人")
    reader.goto("/org")
    issuer = visitors.enter("专班负责人")
    write(issuer, title)
    expect(issuer.get_by_text("1 个单位不在指挥范围").first).to_be_visible()
    expect(issuer.get_by_text(OUTSIDE).last).to_be_visible()
    expect(issuer.get_by_text("草稿 已自动保存")).to_be_visible()
    shoot(issuer, "1-written")

    issuer.get_by_role("button", name=re.compile(r"发送给 \d+ 人")).click()
    second = issuer.get_by_role("dialog", name="发送指令")
    send = second.get_by_role("button", name=re.compile(r"发送给 \d+ 人"))
    expect(send).to_be_disabled()
    second.get_by_label("以商请方式一并发出").check()
    shoot(issuer, "2-second-step")
    send.click()
    issuer.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}$"))
    expect(issuer.get_by_text(re.compile(r"咸数指令〔20\d\d〕\d+号")).first).to_be_visible()
    expect(issuer.get_by_role("tree", name="回执树")).to_be_visible()

    red = strip(reader, title)  # on another screen, without a reload
    expect(red).to_be_visible()
    expect(red.get_by_role("button", name="确认收到")).to_be_focused()
    red.get_by_role("button", name="为什么收到").click()
    expect(red.get_by_text("收到原因")).to_be_visible()
    shoot(reader, "3-strip")
    board = issuer.get_by_role("region", name="回执看板")
    before = board.get_by_role("img", name=re.compile("^已确认 0")).first
    expect(before).to_be_visible()
    red.get_by_role("button", name="确认收到").click()
    expect(strip(reader, title)).to_have_count(0)
    expect(board.get_by_role("img", name=re.compile("^已确认 1，")).first).to_be_visible()
    shoot(issuer, "4-board")

    reader.goto(issuer.url)
    said = "值班人员 12 人已全部到岗。"
    reader.get_by_label("反馈情况").fill(said)
    reader.get_by_role("button", name="提交反馈").click()
    # The task of the order hears of it too and says it with a name; here it is one's own receipt.
    expect(reader.get_by_role("region", name="我的回执").get_by_text(said)).to_be_visible()
    shoot(reader, "5-reported")

    board.get_by_role("button", name="更多").click()
    issuer.get_by_role("menuitem", name="更正").click()
    form = issuer.get_by_role("dialog", name="更正")
    form.get_by_label("正文").fill("请各单位清点值班人员，17:00 前反馈到岗情况。")
    form.get_by_label("更正原因").fill("反馈时间有误")
    form.get_by_role("button", name="发出更正").click()
    expect(board.get_by_text("第 2 版").first).to_be_visible()
    expect(strip(reader, title)).to_be_visible()  # the receipt of the first version does not count

    with issuer.expect_download() as download:
        board.get_by_role("link", name="导出").click()
    archive = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
    assert archive.testzip() is None
    assert len(archive.namelist()) > 2
    settle(issuer)
    assert violations(issuer) == []


def test_an_order_is_signed_for_and_reported_on_a_phone(visitors, shoot):
    title = f"核查低洼点位{secrets.token_hex(2)}"
    issuer = visitors.enter("专班负责人")
    write(issuer, title)
    issuer.get_by_role("button", name=re.compile(r"发送给 \d+ 人")).click()
    second = issuer.get_by_role("dialog", name="发送指令")
    second.get_by_label("以商请方式一并发出").check()
    second.get_by_role("button", name=re.compile(r"发送给 \d+ 人")).click()
    issuer.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}$"))

    phone = visitors.enter("局经办人", phone=True)
    red = phone.get_by_role("alertdialog")
    while title not in (red.text_content() or ""):  # orders before this one wait in the same strip
        red.get_by_role("button", name="确认收到").tap()
        phone.wait_for_timeout(1500)
    shoot(phone, "1-strip")
    red.get_by_role("link", name=re.compile(title)).tap()
    phone.wait_for_url(re.compile("/orders/"))
    shoot(phone, "2-order")
    phone.get_by_role("region", name="我的回执").get_by_role("button", name="确认收到").tap()
    expect(phone.get_by_text("您已签收").first).to_be_visible()
    wide = phone.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    phone.get_by_label("反馈情况").fill("已核查，无积水。")
    phone.get_by_role("button", name="提交反馈").tap()
    expect(phone.get_by_role("region", name="我的回执").get_by_text("已核查，无积水。")).to_be_visible()
    settle(phone)
    assert violations(phone) == []
