"""The phone: 390 × 844 on a weak line. Each act within three taps, nothing scrolls sideways."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_main_job import card
from tests.support.link import Quality, WeakLink

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

MOBILE = Quality(kbit=400, round_trip_ms=400)
SCREENS = ("/home", "/im", "/force", "/org")


def overflow(page: Page) -> int:
    """How many pixels the page is wider than the phone."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def test_a_duty_officer_reads_and_reports_on_a_phone_over_a_weak_line(visitors, shoot, city):
    with WeakLink(city.url, MOBILE) as link:
        page = visitors.enter("局经办人", phone=True, url=link.url)
        for screen in SCREENS:
            page.goto(screen)
            expect(page.get_by_role("main").or_(page.get_by_role("list")).first).to_be_visible(timeout=60_000)
            assert overflow(page) <= 0, screen
            shoot(page, screen.strip("/"))
        page.goto("/im")
        page.get_by_text("电子政务外网改造专班").first.click()
        expect(page.get_by_role("log")).to_be_visible(timeout=60_000)
        assert overflow(page) <= 0
        task = card(page, re.compile("核心交换机割接方案评审")).last
        task.scroll_into_view_if_needed()
        taps = 0
        task.get_by_role("button", name="反馈进展").click()
        taps += 1
        task.get_by_label(re.compile("进度|完成")).fill("82")
        task.get_by_label(re.compile("说明|情况|文字|进展")).last.fill("评审意见已修改。")
        task.get_by_role("button", name=re.compile("反馈进展|提交")).last.click()
        taps += 1
        expect(task.get_by_text("82%").first).to_be_visible(timeout=90_000)
        assert taps <= 3
        assert overflow(page) <= 0
        shoot(page, "reported")


def test_touch_targets_in_the_bottom_bar_are_large_enough(visitors):
    page = visitors.enter("局经办人", phone=True)
    boxes = [link.bounding_box() for link in page.get_by_role("navigation").get_by_role("link").all()]
    assert boxes
    assert all(box and box["height"] >= 44 for box in boxes)
