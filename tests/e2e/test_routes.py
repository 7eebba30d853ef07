"""Every address of the web client, by what routes.ts declares: a task-force lead opens each one without a fault and
without a grave barrier, and an administrator those of 管理.
"""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from deploy.embedded.places import CHECKOUT
from tests.e2e.test_accessibility import violations

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

FEATURES = CHECKOUT / "web" / "src" / "features"
PATH = re.compile(r"path: '([^']+)'")  # the empty path of a parent is the parent's
ELSEWHERE = {"/sign-in", "/first-admin", "/password"}  # for those who are not, or not yet, signed in
# What stands for a parameter: the list that has it and the field of its first row. `:id` is each page's own.
SAMPLES = {
    ":room": ("rooms", "room"),
    ":force": ("taskforces", "id"),
    ":unit": ("directory/units", "id"),
    ":process": ("processes", "key"),
    ":bot": ("admin/bots", "id"),
    ":source": ("connectors", "id"),
    ":alert": ("connectors/alerts", "id"),
    ":record": ("connectors/records", "id"),
    ":trigger": ("triggers", "id"),
    "/force/:id": ("taskforces", "id"),
    "/sup/:id": ("items", "id"),
    "/orders/:id": ("orders", "id"),
    "/appr/:id": ("cases?box=all", "id"),
    "/appr/processes/:id": ("process-drafts", "id"),
}
WITHOUT_LIST = {":batch", ":event", ":ledger", ":subject"}  # journeys of their own open these
MOVING_MS = 500  # until what slides and fades stands
REFUSED = re.compile(r"status of (403|404)")  # told to the reader on the page


def declared() -> list[str]:
    """The paths of all routes; a child of 管理 is written without its stem."""
    found = []
    for file in sorted(FEATURES.glob("*/routes.ts")):
        stem = f"/{file.parent.name}/"
        found += [
            path if path.startswith("/") else stem + path for path in PATH.findall(file.read_text("utf-8"))
        ]
    return [one for path in found if path not in ELSEWHERE for one in alternatives(path)]


def alternatives(path: str) -> list[str]:
    """`/force/:id/:tab(problems|goals)` is two addresses."""
    choice = re.search(r":\w+\(([^)]*)\)", path)
    return [path.replace(choice[0], one) for one in choice[1].split("|")] if choice else [path]


def first(page: Page, listed: str, field: str) -> str | None:
    answer = page.request.get(f"/api/v1/{listed}")
    body = answer.json() if answer.ok else []
    rows = body["items"] if isinstance(body, dict) else body
    return rows[0][field] if rows else None


def filled(page: Page, path: str) -> str | None:
    """The path with a sample for each parameter; None where this person may see none."""
    for name in re.findall(r":\w+", path):
        if name in WITHOUT_LIST:
            return None
        value = first(page, *SAMPLES[name if name in SAMPLES else path[: path.index(name)] + name])
        if value is None:
            return None
        path = path.replace(name, quote(value, safe=""))
    return path


@pytest.mark.parametrize(("tile", "stem", "many"), [("专班负责人", "/", 30), ("管理员", "/admin", 10)])
def test_every_address_opens_without_a_fault(visitors, tile, stem, many):
    page = visitors.enter(tile)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    found: dict[str, object] = {}
    opened = 0
    for path in declared():
        address = filled(page, path) if path.startswith(stem) else None
        if address is None:
            continue
        opened += 1
        page.goto(address)
        expect(page.locator("main").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(MOVING_MS)
        faults = [text for text in said if not REFUSED.search(text)] + visitors.faults + violations(page)
        if faults:
            found[path] = faults
        said.clear()
        visitors.faults.clear()
    assert found == {}
    assert opened > many, "the routes were not found where they used to be written"
