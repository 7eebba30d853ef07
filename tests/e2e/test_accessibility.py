"""axe-core on the screens: nothing of impact serious or critical (WCAG 2.2 A and AA, and axe's best practices)."""

import json

import pytest
from playwright.sync_api import Page, expect

from deploy.embedded.places import CHECKOUT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

AXE = CHECKOUT / "web" / "node_modules" / "axe-core" / "axe.min.js"
FORCE = "电子政务外网改造专班"
GRAVE = ("serious", "critical")


def violations(page: Page) -> list[str]:
    """Each grave one as `rule: element`. The policy forbids injected scripts, so axe is evaluated in the page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = json.loads(
        page.evaluate(
            "async () => JSON.stringify((await axe.run(document, {resultTypes: ['violations']})).violations)"
        )
    )
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} | {node['failureSummary'][:240]}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def settle(page: Page) -> None:
    """Lists, cards and their buttons have come, and nothing moves any more."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)


def open_room(page: Page) -> None:
    page.goto("/im")
    page.get_by_role("link", name=FORCE).first.click()
    expect(page.get_by_role("log").locator("[data-seq]").last).to_be_visible()


def open_wall(page: Page) -> None:
    page.goto("/force")
    page.get_by_text(FORCE).first.click()
    page.wait_for_url("**/force/*")


def open_import(page: Page) -> None:
    open_wall(page)
    page.goto(f"{page.url}/import")
    expect(page.locator("input[type=file]")).to_be_attached()


def go(address: str):
    return lambda page: page.goto(address)


@pytest.mark.parametrize(
    ("tile", "phone", "visit"),
    [
        pytest.param("", False, go("/sign-in"), id="sign-in"),
        pytest.param("局经办人", False, go("/home"), id="home"),
        pytest.param("局经办人", False, open_room, id="room"),
        pytest.param("专班负责人", False, open_wall, id="wall"),
        pytest.param("专班负责人", False, open_import, id="import"),
        pytest.param("局经办人", False, go("/org"), id="directory"),
        pytest.param("管理员", False, go("/admin"), id="admin"),
        pytest.param("局经办人", True, go("/home"), id="home on a phone"),
        pytest.param("局经办人", True, open_room, id="room on a phone"),
    ],
)
def test_a_screen_has_no_grave_barrier(visitors, tile, phone, visit):
    page = visitors.enter(tile, phone=phone) if tile else visitors.open(phone=phone)
    visit(page)
    settle(page)
    assert violations(page) == []
