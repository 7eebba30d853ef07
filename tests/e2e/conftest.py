"""A running city and real browsers. Every page of a journey is watched: no request may leave the machine."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from deploy.embedded.places import CHECKOUT
from tests.support.city import City, RunningCity

ARTEFACTS = CHECKOUT / "test-artefacts" / "journeys"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SIGNED_IN = re.compile(r"^http://[^/]+/home$")  # not the sign-in page that will lead there
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

expect.set_options(timeout=30_000)


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

    def open(self, *, phone: bool = False, url: str = "") -> Page:
        context = self.browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=phone,
            is_mobile=phone,
            base_url=url or self.city.url,
        )
        context.set_default_timeout(60_000)
        self.contexts.append(context)
        context.on("request", lambda request: self._watch(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def enter(self, tile: str, *, phone: bool = False, url: str = "") -> Page:
        """Sign in by a persona tile; `url` leads to the city by another way, such as a weak link."""
        page = self.open(phone=phone, url=url)
        page.goto("/")
        page.get_by_role("button", name=tile).first.click()
        page.wait_for_url(SIGNED_IN)
        return page

    def _watch(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            self.outside.append(url)

    def shoot_all(self, stem: Path) -> None:
        """What each browser showed when the test failed."""
        stem.parent.mkdir(parents=True, exist_ok=True)
        pages = [page for context in self.contexts for page in context.pages]
        for number, page in enumerate(pages):
            page.screenshot(path=f"{stem}-{number}.png")

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    if report.when == "call" and report.failed and (opened := getattr(item, "funcargs", {}).get("visitors")):
        opened.shoot_all(ARTEFACTS / f"failed-{item.name}")
    return report


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
