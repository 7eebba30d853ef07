"""The phone: 390 × 844 on a weak line. Screens fit, nothing scrolls sideways, a message goes out."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_talk import composer, unique
from tests.support.link import Quality, WeakLink

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

MOBILE = Quality(kbit=400, round_trip_ms=400)
SCREENS = ("/home", "/im", "/force", "/org")


def overflow(page: Page) -> int:
    """How many pixels the page is wider than the phone."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def test_screens_fit_a_phone_and_a_message_goes_out_over_a_weak_line(visitors, shoot, city):
    with WeakLink(city.url, MOBILE) as link:
        page = visitors.enter("局经办人", phone=True, url=link.url)
        for screen in SCREENS:
            page.goto(screen)
            expect(page.locator("#tz-main")).to_be_visible(timeout=60_000)
            expect(page.get_by_role("navigation").first).to_be_visible()
            assert overflow(page) <= 0, screen
            shoot(page, screen.strip("/"))
        page.goto("/im")
        page.get_by_text("电子政务外网改造专班").first.click()
        expect(page.get_by_role("log")).to_be_visible(timeout=60_000)
        assert overflow(page) <= 0
        written = unique("温泉街道已到岗。")
        composer(page).fill(written)
        page.get_by_role("button", name="发送").click()
        expect(page.get_by_role("log").get_by_text(written, exact=True)).to_be_visible(timeout=60_000)
        assert overflow(page) <= 0
        shoot(page, "room")


def test_touch_targets_in_the_bottom_bar_are_large_enough(visitors):
    page = visitors.enter("局经办人", phone=True)
    boxes = [link.bounding_box() for link in page.get_by_role("navigation").get_by_role("link").all()]
    assert boxes
    assert all(box and box["height"] >= 44 for box in boxes)
