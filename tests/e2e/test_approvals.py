"""Approvals: a leave is begun, decided from the page and finished; the same on a phone; a shipped process is changed,
checked, reviewed by somebody else and published.
"""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_phone import ENOUGH_TAPS, Thumb, overflow, rest
from tests.e2e.test_talk import unique

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SOON = 60_000


def day(after: int) -> str:
    return (date.today() + timedelta(days=after)).isoformat()  # noqa: DTZ011, TID251


def fill_leave(page: Page, reason: str) -> None:
    page.goto("/appr/new")
    page.get_by_role("link", name=re.compile("请假")).first.click()
    page.get_by_label("请假类别").select_option(label="事假")
    page.get_by_label("开始日期").fill(day(20))
    page.get_by_label("结束日期").fill(day(21))
    page.get_by_label("事由").fill(reason)


def begun(page: Page) -> str:
    """Send what is filled in; answers the case's address."""
    page.get_by_role("button", name="提交").click()
    page.wait_for_url(re.compile(r"/appr/[0-9a-f-]{36}"), timeout=SOON)
    return page.url.partition("?")[0]


def first_deciders(page: Page) -> list[str]:
    """Whose turn it is, by the trail."""
    trail = page.get_by_role("complementary", name="办理留痕")
    expect(trail.get_by_text("待办理").first).to_be_visible(timeout=SOON)
    return trail.get_by_role("listitem").filter(has_text="待办理").locator("b").all_inner_texts()


def test_a_leave_keeps_its_draft_shows_its_route_and_is_sent(visitors, shoot):
    page = visitors.enter("局经办人")
    reason = unique("探亲")
    fill_leave(page, reason)
    route = page.get_by_role("complementary", name="流程")
    expect(route.get_by_text("分管负责人审批")).to_be_visible(timeout=SOON)
    expect(page.get_by_label("天数")).to_have_value("2")
    expect(page.get_by_text("草稿已保存")).to_be_visible(timeout=SOON)
    page.reload()
    expect(page.get_by_label("事由")).to_have_value(reason, timeout=SOON)
    shoot(page, "1-form")

    page.get_by_label("事由").fill("")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("请填写此项")).to_be_visible()
    expect(page.get_by_label("事由")).to_be_focused()
    page.get_by_label("事由").fill(reason)
    begun(page)
    expect(page.get_by_text(reason).first).to_be_visible()
    expect(page.get_by_role("application", name="流程图")).to_be_visible(timeout=SOON)
    assert first_deciders(page)
    shoot(page, "2-sent")


def test_the_head_decides_from_the_list_and_the_case_is_finished(visitors, shoot):
    """The head of the bureau asks for leave; the superior's leader agrees to it."""
    head, leader = visitors.enter("专班负责人"), visitors.enter("市领导")
    reason = unique("公休")
    fill_leave(head, reason)
    address = begun(head)
    title = head.get_by_role("heading", level=2).first.inner_text()
    names = first_deciders(head)
    if rest(leader, "GET", "/session")["name"] not in names:
        pytest.skip(f"in this city {names} decide")

    leader.goto("/appr")
    leader.get_by_role("button", name=re.compile(re.escape(title))).first.click()
    expect(leader.get_by_text(reason).first).to_be_visible(timeout=SOON)
    shoot(leader, "1-waiting")
    leader.get_by_label("意见").fill("同意，注意休息。")
    leader.get_by_role("button", name="同意", exact=True).click()
    expect(head.get_by_text("已办结").first).to_be_visible(timeout=SOON)
    head.goto(address)
    expect(head.get_by_text("同意，注意休息。").first).to_be_visible(timeout=SOON)
    shoot(head, "2-finished")


def test_on_a_phone_it_is_decided_within_three_taps(visitors, shoot):
    head = visitors.enter("专班负责人")
    reason = unique("公休")
    fill_leave(head, reason)
    begun(head)
    title = head.get_by_role("heading", level=2).first.inner_text()
    phone = visitors.enter("市领导", phone=True)
    if rest(phone, "GET", "/session")["name"] not in first_deciders(head):
        pytest.skip("in this city somebody else decides")
    thumb = Thumb(phone)
    with thumb.within(ENOUGH_TAPS, "agree to what the list tells of"):
        thumb.tap(phone.get_by_role("navigation").get_by_role("link", name="审批"))
        thumb.tap(phone.get_by_role("button", name=re.compile(re.escape(title))).first)
        expect(phone.get_by_text(reason).first).to_be_visible(timeout=SOON)
        shoot(phone, "1-case")
        thumb.tap(phone.get_by_role("button", name="同意", exact=True))
    expect(head.get_by_text("已办结").first).to_be_visible(timeout=SOON)
    phone.goto("/appr/new/leave")
    expect(phone.get_by_label("请假类别")).to_be_visible(timeout=SOON)
    assert overflow(phone) <= 0
    shoot(phone, "2-form")


def test_a_shipped_process_is_changed_checked_and_published_by_another(visitors, shoot):
    author, reviewer = visitors.enter("管理员"), visitors.enter("专班负责人")
    author.goto("/appr/processes")
    author.get_by_role("button", name=re.compile("用印|请假")).first.click()
    author.get_by_role("button", name="修改").click()
    expect(author.get_by_text("草稿", exact=True).first).to_be_visible(timeout=SOON)
    board = author.get_by_role("application", name="流程图")
    expect(board.locator(".djs-shape").first).to_be_visible(timeout=SOON)
    expect(board.locator(".bjs-powered-by")).to_be_visible()
    task = board.locator(".djs-shape:has(.bpmn-icon-user-task), .djs-shape[data-element-id]").filter(
        has_text=re.compile("审批|审核")
    )
    task.first.click()
    name = author.get_by_label("名称", exact=True)
    expect(name).not_to_have_value("", timeout=SOON)
    changed = unique("负责人审批")
    name.fill(changed)
    name.press("Tab")
    expect(author.get_by_role("status").filter(has_text="已保存")).to_be_visible(timeout=SOON)
    expect(author.get_by_text(re.compile("检查通过|处提醒")).first).to_be_visible(timeout=SOON)
    shoot(author, "1-drawn")
    author.get_by_role("button", name="提交审核").click()
    author.get_by_role("dialog").get_by_role("button", name="提交审核").click()
    expect(author.get_by_text("待审核").first).to_be_visible(timeout=SOON)
    # The author never reviews their own.
    expect(author.get_by_role("button", name="审核发布")).to_have_count(0)

    reviewer.goto(author.url)
    reviewer.get_by_role("button", name="审核发布").click()
    reviewer.get_by_role("dialog").get_by_role("button", name="审核发布").click()
    expect(reviewer.get_by_text("已发布").first).to_be_visible(timeout=SOON)
    reviewer.get_by_role("tab", name="版本").click()
    expect(reviewer.get_by_role("row").filter(has_text="已停用").first).to_be_visible(timeout=SOON)
    shoot(reviewer, "2-published")
