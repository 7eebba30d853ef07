"""Hostile words in each field of a group that a person may fill: wherever they are shown, nothing of them runs, asks
another host, or pushes the page sideways.
"""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.e2e.test_phone import overflow, rest
from tests.e2e.test_talk import composer, unique

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

HURT = "<img src=x onerror=hurt=1>"
RUNS = "<script>hurt=1</script>"
LINK = "[点我](javascript:hurt=1)"
ENDLESS = "w" * 300
# Elements that words could have made; our own pictures come from the media's address.
MADE = 'script:not([src]), iframe, object, embed, [onerror], [onload], a[href^="javascript:"], img[src="x"]'
UPLOAD = """async (name) => {
  const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? "";
  const form = new FormData();
  form.append("file", new File(["汛情"], name, { type: "text/plain" }));
  const answer = await fetch("/api/v1/media", { method: "POST", headers: { "X-CSRFToken": token }, body: form });
  return await answer.json();
}"""


class Group:
    """A group whose every word is hostile, filled by the REST door as any client may."""

    def __init__(self, lead: Page, member: str, mark: str) -> None:
        self._lead = lead
        self.words = f"{HURT}{RUNS}{mark}"
        self.name = f"{HURT}{mark}"
        made = rest(
            lead,
            "POST",
            "/rooms",
            {
                "kind": "work",
                "name": self.name,
                "purpose": f"{self.words}{LINK}{ENDLESS}",
                "members": [member],
            },
        )
        self.room = made["room"]
        self._path = f"/rooms/{quote(self.room, safe='')}"

    def ask(self, method: str, path: str, body=None):
        return rest(self._lead, method, f"{self._path}{path}", body)

    def send(self, content, kind="m.room.message") -> str:
        body = {"txn_id": unique("h"), "type": kind, "content": content}
        return str(self.ask("POST", "/messages", body)["event_id"])

    def say(self, body, **more) -> str:
        return self.send({"msgtype": "m.text", "body": body, **more})


def fill(group: Group, lead: Page) -> None:
    words = group.words
    root = group.say(f"{words} {LINK} {ENDLESS}")
    group.say(f"答{words}", **{"m.relates_to": {"rel_type": "m.thread", "event_id": root}})
    group.say(f"复{words}", **{"m.relates_to": {"m.in_reply_to": {"event_id": root}}})
    old = group.say(f"旧{words}")
    new = {"msgtype": "m.text", "body": f"新{words}"}
    group.say(
        f"* 新{words}", **{"m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": old}}
    )
    group.ask("PUT", f"/events/{quote(root, safe='')}/reactions", {"key": HURT, "on": True})
    group.ask("PUT", f"/pins/{quote(root, safe='')}", {})
    kept = lead.evaluate(UPLOAD, f"{HURT}{ENDLESS[:80]}.txt")
    group.send(
        {"msgtype": "m.file", "body": kept["filename"], "url": kept["content_uri"], "info": kept["info"]}
    )
    answers = [{"m.id": key, "m.text": [{"body": f"{words}{key}"}]} for key in "ab"]
    question = {"m.text": [{"body": words}]}
    poll = {"question": question, "max_selections": 1, "kind": "m.disclosed", "answers": answers}
    group.send({"m.poll": poll, "body": words}, "m.poll.start")
    several = {
        "from_room": group.room,
        "events": [root, old],
        "mode": "merged",
        "title": words[:80],
        "comment": words,
    }
    group.ask("POST", "/forwards", several)
    gone = group.say(f"撤{words}")
    group.ask("POST", f"/events/{quote(gone, safe='')}/recall", {"reason": words})


def look(page: Page) -> None:
    page.wait_for_timeout(300)
    assert page.evaluate("window.hurt") is None
    expect(page.locator(f":is({MADE})")).to_have_count(0)
    assert overflow(page) <= 0


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_hostile_words_of_a_group_are_words_everywhere(visitors, shoot, phone):
    lead, mark = visitors.enter("专班负责人"), unique("看")
    page = visitors.enter("局经办人", phone=phone)
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    group = Group(lead, rest(page, "GET", "/session")["user_id"], mark)
    fill(group, lead)

    page.goto("/im")
    expect(page.get_by_text(group.name).first).to_be_visible()
    look(page)
    page.goto(f"/im/{quote(group.room, safe='')}")
    log = page.get_by_role("log").first
    expect(log.get_by_text(f"新{group.words}").last).to_be_visible()
    expect(log.get_by_role("button", name=re.compile("聊天记录 2 条")).last).to_be_visible()
    look(page)
    shoot(page, "room")

    log.get_by_text("已编辑").last.click()
    expect(page.get_by_role("complementary", name="编辑记录").get_by_text(f"旧{group.words}")).to_be_visible()
    look(page)
    page.get_by_role("complementary", name="编辑记录").get_by_role("button", name="关闭").click()
    log.get_by_text("1 条回复").first.click()
    expect(page.get_by_role("complementary", name="话题").get_by_text(f"答{group.words}")).to_be_visible()
    look(page)
    page.get_by_role("complementary", name="话题").get_by_role("button", name="关闭").click()
    log.get_by_text("聊天记录 2 条").last.click()
    expect(page.get_by_role("dialog").get_by_text(ENDLESS).first).to_be_visible()
    look(page)
    page.keyboard.press("Escape")

    if not page.get_by_role("complementary", name="群信息").is_visible():
        page.get_by_role("button", name="群信息").first.click()
    panel = page.get_by_role("complementary", name="群信息")
    for tab in panel.get_by_role("tab").all():
        tab.click()
        look(page)
    shoot(page, "panel")

    page.goto("/im")
    page.get_by_role("button", name="搜索").first.click()
    page.get_by_role("dialog", name="搜索").get_by_role("combobox").fill(mark)
    expect(page.get_by_role("listbox").get_by_text(mark).first).to_be_visible()
    look(page)
    shoot(page, "search")

    draft(page, group)
    assert asked == []
    assert visitors.outside == []
    assert visitors.faults == []


def draft(page: Page, group: Group) -> None:
    """A draft in the list of conversations."""
    page.goto(f"/im/{quote(group.room, safe='')}")
    composer(page).fill(group.words)
    page.wait_for_timeout(1500)
    page.goto("/im")
    expect(page.get_by_text(re.compile("草稿")).first).to_be_visible()
    look(page)
