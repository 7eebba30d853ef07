"""Hydrogen, a stock Matrix web client, unmodified from npm, in Chromium: all is done on its screen."""

import os
import shutil

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from chatops.services import polls
from common.aio import call_service
from tests.clients.conftest import until
from tests.clients.hydrogen_site import hydrogen
from tests.support.world import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]
CHROMIUM = shutil.which("chromium") or ""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture
async def page(tmp_path):
    """The client's first screen; what it stumbles over ends the test."""
    if not CHROMIUM:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: apt install chromium fonts-noto-cjk")
        pytest.skip("no Chromium: apt install chromium fonts-noto-cjk")
    faults: list[str] = []
    with hydrogen(tmp_path / "hydrogen") as address:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(30_000)
            page.on("pageerror", lambda error: faults.append(str(error)))
            await page.goto(address)
            yield page
            await page.screenshot(path=tmp_path / "hydrogen.png")
            await browser.close()
    assert faults == []


def line(page: Page, body: str) -> Locator:
    return page.locator(".Timeline_message").filter(has_text=body)


async def sign_in(page: Page, server: str, number: str) -> None:
    await page.get_by_label("Homeserver").fill(server)
    await page.get_by_label("Homeserver").press("Tab")
    await page.get_by_label("Username").fill(number)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log In").click()


async def say(page: Page, body: str) -> None:
    box = page.locator(".MessageComposer textarea")
    await box.fill(body)
    await box.press("Enter")


async def test_a_stock_web_client_lives_in_the_rooms(app, raw, people, page):
    anna, ben = raw(people.anna), raw(people.ben)
    room = await anna.room(invite=[people.ben.user_id], name="防汛值守")
    await ben.ok("POST", f"/join/{room}")
    first = await anna.say(room, "水位二十八米四")

    await sign_in(page, app.url, people.ben.number)
    await page.get_by_role("link").filter(has_text="防汛值守").click()
    await expect(line(page, "水位二十八米四")).to_be_visible()

    async def is_read():
        joined = (await anna.sync())["rooms"]["join"][room]["ephemeral"]["events"]
        receipts = [one["content"] for one in joined if one["type"] == "m.receipt"]
        return any(people.ben.user_id in one.get(first, {}).get("m.read", {}) for one in receipts)

    await until(is_read, "read mark")

    await say(page, "收到，马上核实")
    await expect(line(page, "收到，马上核实")).to_be_visible()
    await line(page, "水位二十八米四").hover()
    await line(page, "水位二十八米四").get_by_role("button", name="⋯").click()
    await page.get_by_role("button", name="👍").click()
    await expect(line(page, "水位二十八米四").get_by_role("button", name="👍 1")).to_be_visible()

    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Send file").click()
        await page.get_by_text("Send file", exact=True).last.click()
    table = {"name": "水位.csv", "mimeType": "text/csv", "buffer": "单位,水位\n水利局,28.4\n".encode()}
    await (await chooser.value).set_files(table)
    await expect(line(page, "水位.csv")).to_be_visible()

    async def all_came():
        chunk = (await anna.ok("GET", f"/rooms/{room}/messages", params={"dir": "b", "limit": 20}))["chunk"]
        kinds = [one["type"] for one in chunk if one["sender"] == people.ben.user_id]
        bodies = [one["content"].get("body") for one in chunk]
        return {"收到，马上核实", "水位.csv"} <= set(bodies) and "m.reaction" in kinds

    await until(all_came, "message, file and reaction")

    poll = {
        "m.poll": {
            "question": {"m.text": [{"body": "几时会商"}]},
            "answers": [
                {"m.id": key, "m.text": [{"body": text}]} for key, text in (("a", "九时"), ("b", "十时"))
            ],
        },
        "m.text": [{"body": "几时会商"}],
    }
    event = await anna.send(room, "m.poll.start", poll)
    await line(page, "1. 九时").hover()
    await line(page, "1. 九时").get_by_role("button", name="⋯").click()
    await page.get_by_role("button", name="Reply", exact=True).click()
    await say(page, "2")

    def counts():
        seen = polls.results(actor=people.anna.actor(), room_id=room, event_id=event)
        return [one["count"] for one in seen["answers"]]

    async def is_cast():
        return await call_service(counts) == [0, 1]

    await until(is_cast, "vote")

    await anna.say(room, "请十分钟后再报")
    await expect(line(page, "请十分钟后再报")).to_be_visible()
    await page.reload()  # it goes on from its own store and token
    await expect(line(page, "请十分钟后再报")).to_be_visible()
    await anna.say(room, "已转市防办")
    await expect(line(page, "已转市防办")).to_be_visible()
