"""The phone: 390 × 844 on a weak line. Screens fit, nothing scrolls sideways, a message goes out, and what waits
for somebody is done within three taps.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.test_main_job import WEAK, card
from tests.e2e.test_talk import composer, unique
from tests.support.link import Quality, WeakLink

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

MOBILE = Quality(kbit=400, round_trip_ms=400)
SCREENS = ("/home", "/im", "/force", "/org")
FORCE = "电子政务外网改造专班"
ENOUGH_TAPS = 3


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
        page.get_by_text(FORCE).first.click()
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


class Thumb:
    """Taps, and counts them: each touch of a button, link or row counts as one, from the screen on which the person
    is told of the matter (home's list, or the card in the room) to the touch that sends the deed. Writing into a
    field counts as none (the field takes the focus by itself or is a person's choice to fill), nor does scrolling.
    After every tap the screen must not be wider than the phone.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0

    @contextmanager
    def within(self, most: int, deed: str) -> Iterator[None]:
        self.taps = 0
        assert overflow(self.page) <= 0, deed
        yield
        assert 0 < self.taps <= most, f"{deed}: {self.taps} taps"
        assert overflow(self.page) <= 0, deed

    def tap(self, target: Locator) -> None:
        expect(target).to_be_visible(timeout=60_000)
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44, f"{target}: {box['height']} px is too low for a thumb"
        target.tap()
        self.taps += 1
        assert overflow(self.page) <= 0, str(target)


def rest(page: Page, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """What the signed-in page may ask of the server; only to prepare what a journey starts from."""
    answer = page.evaluate(
        """async ([method, path, body]) => {
          const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? "";
          const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
          const options = {method, headers, body: body ? JSON.stringify(body) : undefined};
          const answer = await fetch("/api/v1" + path, options);
          return [answer.status, answer.status === 204 ? null : await answer.json()];
        }""",
        [method, path, body],
    )
    status, content = answer
    assert status < 300, content
    return content


def day(after: int) -> str:
    return (date.today() + timedelta(days=after)).isoformat()  # noqa: DTZ011, TID251


def dispatched(lead: Page, unit_id: str, *, due_on: str) -> str:
    """A new item that the lead has just given to the unit; answers its title."""
    force = next(each for each in rest(lead, "GET", "/taskforces")["items"] if each["name"] == FORCE)
    title: str = unique("机房割接方案")
    new = {"title": title, "lead_unit_id": unit_id, "due_on": due_on}
    item = rest(lead, "POST", f"/taskforces/{force['id']}/items", new)["item"]
    rest(lead, "POST", f"/taskforces/{force['id']}/dispatch", {"item_ids": [item["id"]]})
    return title


def waiting(page: Page, title: str) -> Locator:
    """The row of home's list, which is a link to the item's page."""
    return page.get_by_role("region", name="待办").get_by_role("listitem").filter(has_text=title)


def test_sign_for_report_and_approve_each_within_three_taps_over_a_weak_line(visitors, shoot, city):
    desk = visitors.enter("专班负责人")
    with WeakLink(city.url, WEAK) as link:
        phone = visitors.enter("局经办人", phone=True, url=link.url)
        me = rest(phone, "GET", "/session")
        unit_id = next(each["unit_id"] for each in me["appointments"] if each["is_primary"])
        by_list, by_card = (dispatched(desk, unit_id, due_on=day(after)) for after in (3, 20))
        thumb = Thumb(phone)

        with thumb.within(ENOUGH_TAPS, "sign for what home's list tells of"):
            thumb.tap(waiting(phone, by_list))
            thumb.tap(phone.get_by_role("dialog").get_by_role("button", name="签收"))
            expect(phone.get_by_role("dialog").get_by_text("已签收").first).to_be_visible(timeout=60_000)
        shoot(phone, "1-signed-from-home")

        phone.goto("/home")
        with thumb.within(ENOUGH_TAPS, "open the room and sign for the newest card"):
            thumb.tap(phone.get_by_role("navigation").get_by_role("link", name="消息"))
            thumb.tap(phone.get_by_role("link", name=re.compile(FORCE)).first)
            task = card(phone, re.compile(re.escape(by_card)))
            thumb.tap(task.get_by_role("button", name="签收"))
            expect(task.get_by_text("已签收").first).to_be_visible(timeout=60_000)
        shoot(phone, "2-signed-in-the-room")

        with thumb.within(ENOUGH_TAPS, "report progress from the card"):
            thumb.tap(task.get_by_role("button", name="反馈进展"))
            task.get_by_label(re.compile("进度|完成")).fill("60")
            task.get_by_label(re.compile("说明|情况|文字|进展")).last.fill("割接窗口已定，演练一次。")
            shoot(phone, "3-report")
            thumb.tap(task.get_by_role("button", name="反馈进展"))
            expect(task.get_by_text("60%").first).to_be_visible(timeout=60_000)

        with thumb.within(ENOUGH_TAPS, "ask for an extension from the card"):
            thumb.tap(task.get_by_role("button", name="申请延期"))
            task.get_by_label(re.compile("延至|日期")).fill(day(40))
            task.get_by_label("理由").fill("设备到货推迟")
            thumb.tap(task.get_by_role("button", name="申请延期"))
            expect(task.get_by_label("理由")).to_have_count(0, timeout=60_000)
        shoot(phone, "4-asked")

        chief = visitors.enter("专班负责人", phone=True, url=link.url)
        thumb = Thumb(chief)
        with thumb.within(ENOUGH_TAPS, "agree to the extension that home's list tells of"):
            thumb.tap(waiting(chief, by_card))
            thumb.tap(chief.get_by_role("dialog").get_by_role("button", name="同意延期"))
            expect(chief.get_by_role("button", name="同意延期")).to_have_count(0, timeout=60_000)
        shoot(chief, "5-agreed")
        told = (date.today() + timedelta(days=40)).strftime("%-m月%-d日")  # noqa: DTZ011, TID251
        expect(task.get_by_text(told).first).to_be_visible(timeout=60_000)
