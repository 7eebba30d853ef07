"""Haste: people who change the screen before it has settled see no fault, and the lists still work afterwards."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROUNDS = 60


def hurry(page: Page, addresses: list[str], rounds: int) -> None:
    """Click the rail's links one after another, some within the same frame, some just after it."""
    page.evaluate(
        """async ([addresses, rounds]) => {
          const press = (address) => document.querySelector(`nav a[href="${address}"]`).click();
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          const pause = (ms) => new Promise((done) => setTimeout(done, ms));
          for (let round = 0; round < rounds; round += 1) {
            for (const address of addresses) {
              press(address);
              if (round % 4 === 1) await Promise.resolve();
              if (round % 4 === 2) await frame();
              if (round % 4 === 3) await pause((round * 7) % 40);
            }
          }
        }""",
        [addresses, rounds],
    )


def test_quick_changes_between_screens_raise_no_fault(visitors):
    page = visitors.enter("局经办人")
    said: list[str] = []  # Vue catches what a component throws and only says so
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    for address in ("/org", "/im", "/force", "/home"):
        page.goto(address)
        expect(page.locator("#tz-main")).to_be_visible()
    hurry(page, ["/org", "/im", "/home", "/im", "/force", "/im"], ROUNDS)
    page.wait_for_timeout(500)
    assert visitors.faults == []
    assert said == []
    page.get_by_role("link", name="电子政务外网改造专班").first.click()
    expect(page.get_by_role("log").locator("[data-seq]").last).to_be_visible()
