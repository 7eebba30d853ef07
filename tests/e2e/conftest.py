"""A running city and real browsers. Every page of a journey is watched: no request may leave the machine."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect, sync_playwright

from deploy.embedded.places import CHECKOUT
from tests.support.city import City, RunningCity

ARTEFACTS = CHECKOUT / "test-artefacts" / "journeys"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
CHROMIUM = shutil.which("chromium") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: apt install chromium fonts-noto-cjk")
        pytest.skip("no Chromium: apt install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def city() -> Iterator[RunningCity]:
    """One demo city for all journeys of a run; the gauge reports every two seconds."""
    if "E2E_URL" in os.environ:
        yield RunningCity()
        return
    with City(CHECKOUT / "var" / "e2e", DEMO_GAUGE_INTERVAL_S="2", NEIGHBOUR_STEP_S="2") as running:
        yield running


class Visitors:
    """Opens browsers for people and keeps watch over what they ask for."""

    def __init__(self, browser: Browser, city: RunningCity) -> None:
        self.browser = browser
        self.city = city
        self.outside: list[str] = []
        self.faults: list[str] = []
        self.contexts: list[BrowserContext] = []

    def open(self, *, phone: bool = False) -> Page:
        context = self.browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=phone,
            is_mobile=phone,
            base_url=self.city.url,
        )
        self.contexts.append(context)
        context.on("request", lambda request: self._watch(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def enter(self, tile: str, *, phone: bool = False) -> Page:
        """Sign in by a persona tile."""
        page = self.open(phone=phone)
        page.goto("/")
        page.get_by_role("button", name=tile).first.click()
        page.wait_for_url("**/home")
        return page

    def sign_in(self, staff_number: str, password: str = "Tongzhou-2026", *, phone: bool = False) -> Page:
        page = self.open(phone=phone)
        page.goto("/sign-in")
        page.get_by_label("工号").first.fill(staff_number)
        page.get_by_label("密码", exact=True).fill(password)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url("**/home")
        return page

    def _watch(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            self.outside.append(url)

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def visitors(chromium, city) -> Iterator[Visitors]:
    opened = Visitors(chromium, city)
    yield opened
    opened.close()
    assert opened.outside == []
    assert opened.faults == []


@pytest.fixture
def shoot(request) -> Callable[[Page, str], Path]:
    """Keep a screenshot of the page as an artefact of this test."""

    def keep(page: Page, name: str) -> Path:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTEFACTS / f"{request.node.name}-{name}.png"
        page.screenshot(path=path)
        return path

    return keep


@pytest.fixture
def slow() -> Callable[..., CDPSession]:
    """Throttle a page: kbit/s, and latency in milliseconds each way together."""

    def throttle(page: Page, *, kbit: int, latency_ms: int, loss_percent: int = 0) -> CDPSession:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        octets = kbit * 1000 / 8
        conditions = {
            "offline": False,
            "latency": latency_ms,
            "downloadThroughput": octets,
            "uploadThroughput": octets,
            "packetLoss": loss_percent,
        }
        session.send("Network.emulateNetworkConditions", conditions)
        return session

    return throttle
