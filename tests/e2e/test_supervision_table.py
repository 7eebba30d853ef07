"""The workbench's list of what waits, and the one table with its loop, as an officer and a head see them."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_what_waits_is_the_same_everywhere_and_goes_by_keys(visitors, shoot):
    head = visitors.enter("专班负责人")
    counts = head.request.get("/api/v1/pending/counts").json()
    region = head.get_by_role("region", name="待办")
    if counts["total"]:
        expect(region.locator("h2 .num")).to_have_text(str(counts["total"]))
        expect(region.locator("li.todo").first).to_be_visible()
        head.keyboard.press("j")
        expect(region.locator("li.todo.current")).to_have_count(1)
    shoot(head, "workbench")
    head.goto("/todo")
    expect(head.get_by_role("heading", name="待办", exact=True)).to_be_visible()
    expect(head.get_by_role("button", name=re.compile(f"^全部 {counts['total']}$"))).to_be_visible()
    head.get_by_placeholder("查找待办").fill("没有这样的事项")
    expect(head.get_by_text("没有符合条件的待办")).to_be_visible()
    shoot(head, "todo")


def test_the_officer_reads_the_table_and_publishes_it(visitors, shoot):
    officer = visitors.enter("督查专员")
    officer.goto("/sup")
    officer.get_by_role("link", name="一表").click()
    table = officer.get_by_role("table")
    expect(table.get_by_role("rowheader", name="合计")).to_be_visible()
    shoot(officer, "table")
    total = table.get_by_role("row").last.get_by_role("button").first
    count = int(total.inner_text())
    total.click()
    expect(officer.get_by_role("dialog").get_by_role("listitem")).to_have_count(min(count, 50))
    officer.keyboard.press("Escape")
    for ending, start in (("xlsx", b"PK"), ("pdf", b"%PDF")):
        answer = officer.request.get(f"/api/v1/supervision/table.{ending}?by=region")
        assert answer.status == 200
        assert answer.body().startswith(start)
    officer.get_by_role("link", name="督查闭环").click()
    officer.get_by_role("button", name="公布进展", exact=True).click()
    dialog = officer.get_by_role("dialog")
    dialog.get_by_label("名称").fill("本月重点事项进展")
    dialog.get_by_role("button", name="公布进展").click()
    expect(officer.get_by_role("listitem").filter(has_text="本月重点事项进展").first).to_be_visible()
    shoot(officer, "loop")
    for step in ("看质量", "识风险", "督整改"):
        officer.get_by_role("button", name=re.compile(step)).click()
        expect(officer.get_by_role("region", name=step)).to_be_visible()


def test_the_table_on_a_phone(visitors, shoot):
    officer = visitors.enter("督查专员", phone=True)
    officer.goto("/sup/table")
    expect(officer.get_by_text("合计")).to_be_visible()
    assert officer.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shoot(officer, "phone")


def test_who_has_no_right_is_told(visitors):
    page = visitors.enter("局经办人")
    answer = page.request.get("/api/v1/supervision/table")
    assert answer.status == 403
    page.goto("/sup")
    expect(page.get_by_role("link", name="一表")).to_have_count(0)
