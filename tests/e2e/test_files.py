"""Files in a chat: dropped, pasted, cut off in the middle, refused; seen by the other, found at the side."""

import base64
import os
import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.e2e.test_talk import composer, open_room, unique
from tests.support import files
from tests.support.link import Quality, WeakLink

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

ROOM = "电子政务外网改造专班"
TRANSFER = """([files, how]) => {
    const data = new DataTransfer();
    for (const [name, type, body] of files) {
        const bytes = Uint8Array.from(atob(body), (sign) => sign.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
    }
    const on = (selector, event) => document.querySelector(selector).dispatchEvent(event);
    const more = { bubbles: true, cancelable: true };
    if (how === 'paste') on('#composer', new ClipboardEvent('paste', { clipboardData: data, ...more }));
    else on('.chat', new DragEvent(how, { dataTransfer: data, ...more }));
}"""


def hand_over(page, how, *chosen):
    rows = [[name, kind, base64.b64encode(body).decode()] for name, kind, body in chosen]
    page.evaluate(TRANSFER, [rows, how])


def test_files_go_on_after_a_cut_and_arrive_before_their_words(visitors, city, shoot):
    mark = secrets.token_hex(3)
    liaison = visitors.enter("局经办人")
    open_room(liaison, ROOM)
    with WeakLink(city.url, Quality(kbit=6000, round_trip_ms=40)) as link:
        lead = visitors.enter("专班负责人", url=link.url)
        open_room(lead, ROOM)
        archive = files.zipped({"图斑.bin": os.urandom(3_000_000)})
        photo = (f"现场{mark}.jpg", "image/jpeg", files.photo(1600, 1200))
        hand_over(lead, "dragenter", photo)
        expect(lead.get_by_text(f"松开即可添加到 {ROOM}")).to_be_visible()
        shoot(lead, "drop")
        hand_over(lead, "drop", photo, (f"图斑{mark}.zip", "application/zip", archive))
        expect(lead.get_by_role("img", name=f"现场{mark}.jpg 的预览")).to_be_visible()
        words = unique("现场照片和图斑数据如上。")
        composer(lead).fill(words)
        bar = lead.get_by_role("progressbar", name=re.compile(f"图斑{mark}.zip 已上传 [2-6]"))
        expect(bar).to_be_visible()
        shoot(lead, "tray")
        link.cut()
        lead.keyboard.press("Enter")
        expect(composer(lead)).to_have_value("")
        expect(lead.get_by_text(f"文件发出后发送：{words}")).to_be_visible()
        lead.wait_for_timeout(6000)
        shoot(lead, "cut")
        expect(liaison.get_by_role("log").get_by_text(words)).to_have_count(0)
        link.mend()
        log = liaison.get_by_role("log")
        expect(log.get_by_text(words)).to_be_visible(timeout=90_000)
        expect(lead.get_by_role("progressbar", name=re.compile(mark))).to_have_count(0)
        shown = log.locator("article").filter(has_text=re.compile(f"{mark}|{re.escape(words)}"))
        expect(log.get_by_role("button", name=f"查看图片 现场{mark}.jpg")).to_be_visible()
        texts = [re.sub(r"\s+", " ", text) for text in shown.all_inner_texts()]
        assert f"图斑{mark}.zip" in texts[-2]
        assert words in texts[-1]
        with liaison.expect_download() as saved:
            log.get_by_role("button", name=f"下载 图斑{mark}.zip").click()
        assert saved.value.path().read_bytes() == archive
        assert saved.value.suggested_filename == f"图斑{mark}.zip"
        shoot(lead, "sent")
        shoot(liaison, "arrived")


def test_pictures_and_pages_are_looked_at(visitors, shoot):
    mark = secrets.token_hex(3)
    page = visitors.enter("专班负责人")
    open_room(page, ROOM)
    hand_over(page, "paste", (f"一{mark}.png", "image/png", files.picture()))
    hand_over(page, "paste", (f"二{mark}.png", "image/png", files.picture(900, 600)))
    hand_over(page, "paste", (f"方案{mark}.pdf", "application/pdf", files.pdf("approved", pages=3)))
    expect(page.get_by_role("list", name="待发送的文件").get_by_role("listitem")).to_have_count(3)
    composer(page).press("Enter")
    log = page.get_by_role("log")
    log.get_by_role("button", name=f"查看图片 二{mark}.png").click()
    viewer = page.get_by_role("dialog", name=f"二{mark}.png")
    expect(viewer.get_by_role("img")).to_be_visible()
    shoot(page, "viewer")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("dialog", name=f"一{mark}.png")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name=f"一{mark}.png")).to_have_count(0)
    log.get_by_role("button", name=f"预览 方案{mark}.pdf").click()
    expect(page.get_by_role("img", name="第 1 页")).to_be_visible()
    shoot(page, "pages")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="文件").click()
    page.get_by_placeholder("按文件名查找").fill(mark)
    side = page.get_by_label("文件", exact=True).get_by_role("listitem")
    expect(side).to_have_count(3)
    page.get_by_role("button", name="文档", exact=True).click()
    expect(side).to_have_count(1)
    shoot(page, "tab")


def test_a_refused_file_says_why_and_loses_no_words(visitors, shoot):
    mark = secrets.token_hex(3)
    page = visitors.enter("局经办人", phone=True)
    open_room(page, ROOM)
    lesson = files.docx(f"培训 {mark}", "机密★3年")
    hand_over(page, "paste", (f"课件{mark}.docx", "", lesson))
    words = unique("课件如上。")
    composer(page).fill(words)
    page.get_by_role("button", name="发送").click()
    refused = page.get_by_role("listitem").filter(has_text=f"课件{mark}.docx")
    expect(refused.get_by_text("密级标志，本平台只处理非涉密信息")).to_be_visible()
    shoot(page, "refused")
    page.get_by_role("button", name="更多工具").click()
    expect(page.get_by_role("button", name="添加文件")).to_be_visible()
    shoot(page, "tools")
    page.get_by_role("button", name="更多工具").click()
    refused.get_by_role("button", name="申诉").click()
    page.get_by_label("申诉理由").fill("保密培训课件中的示例。")
    page.wait_for_timeout(500)  # the dialog fades in
    shoot(page, "appeal")
    page.get_by_role("button", name="提交申诉").click()
    expect(refused.get_by_text("已申诉，等候审定")).to_be_visible()
    page.get_by_role("button", name="取回文字").click()
    expect(composer(page)).to_have_value(words)
    page.get_by_role("button", name=f"移除 课件{mark}.docx").click()
    expect(refused).to_have_count(0)
    composer(page).fill("")
    page.wait_for_timeout(1500)
