"""What people do with messages, in two browsers, and that nothing in them runs."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.e2e.test_phone import rest
from tests.e2e.test_talk import composer, open_room, say, unique

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

ROOM = "电子政务外网改造专班"
HOSTILE = '<script>window.hurt=1</script><img src=x onerror="window.hurt=1">'
FORMATTED = (
    "<p>看这里<b>粗</b></p><script>window.hurt=1</script>"
    "<img src='https://outside.example/x.png' onerror='window.hurt=1'>"
    "<a href='javascript:window.hurt=1'>点我</a><svg onload='window.hurt=1'></svg><style>body{display:none}</style>"
    "<iframe src='https://outside.example'></iframe>"
    "<div style='background:url(https://outside.example/y)' onclick='window.hurt=1'>框</div>"
)


def message(page, text):
    return page.get_by_role("log").first.locator("article").filter(has_text=text).last


def act(page, text, label):
    """Choose an action from a message's menu."""
    row = message(page, text)
    row.hover()
    row.get_by_role("button", name="消息操作").click()
    page.get_by_role("menuitem", name=re.compile(f"^{label}")).click()


@pytest.fixture
def two(visitors):
    lead, liaison = visitors.enter("专班负责人"), visitors.enter("局经办人")
    for page in (lead, liaison):
        open_room(page, ROOM)
    yield lead, liaison
    assert visitors.faults == []


def post(page, content, kind="m.room.message"):
    """By the REST door, as a client that is not ours may."""
    return page.evaluate(
        """async ({ content, kind }) => {
            const room = decodeURIComponent(location.pathname.split('/')[2]);
            const csrf = document.cookie.match(/csrf[^=]*=([^;]+)/)?.[1] ?? '';
            const answer = await fetch(`/api/v1/rooms/${encodeURIComponent(room)}/messages`, {
                method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf },
                body: JSON.stringify({ txn_id: crypto.randomUUID(), type: kind, content }),
            });
            return answer.status;
        }""",
        {"content": content, "kind": kind},
    )


def test_markdown_mentions_and_the_head_count(two, shoot):
    lead, liaison = two
    mark = unique("重点")
    composer(lead).fill(f"**{mark}**\n- 甲项\n- 乙项")
    lead.keyboard.press("Enter")
    expect(message(liaison, mark).locator("strong")).to_have_text(mark)
    expect(message(liaison, mark).locator("li")).to_have_count(2)
    composer(lead).press_sequentially("@quanti")
    lead.keyboard.press("Enter")
    expect(lead.get_by_text(re.compile(r"将提醒 \d+ 人"))).to_be_visible()
    shoot(lead, "head-count")
    composer(lead).fill("")


def test_a_thread_counts_for_itself(two, shoot):
    lead, liaison = two
    root, answer = unique("材料几时能报"), unique("周五前报")
    say(lead, root)
    expect(message(liaison, root)).to_be_visible()
    act(liaison, root, "话题回复")
    pane = liaison.get_by_role("complementary", name="话题")
    pane.get_by_role("textbox").fill(answer)
    liaison.keyboard.press("Enter")
    expect(pane.get_by_text(answer)).to_be_visible()
    expect(message(lead, root).get_by_text(re.compile("1 条回复"))).to_be_visible()
    expect(lead.get_by_role("button", name=re.compile("^话题"))).to_be_visible()
    shoot(liaison, "thread-pane")
    message(lead, root).get_by_text(re.compile("1 条回复")).click()
    theirs = lead.get_by_role("complementary", name="话题")
    expect(theirs.get_by_text(answer)).to_be_visible()
    expect(message(lead, root).locator(".thread .badge")).to_have_count(0)  # read by now
    shoot(lead, "thread-root")


def test_reactions_edits_and_recall(two, shoot):
    lead, liaison = two
    words, better = unique("九时开会"), unique("十时开会")
    say(lead, words)
    act(liaison, words, "收到")
    chip = message(lead, words).get_by_role("button", name=re.compile("✓ 收到"))
    expect(chip).to_contain_text("1")
    chip.click()
    expect(message(liaison, words).get_by_role("button", name=re.compile("✓ 收到"))).to_contain_text("2")
    chip.click()
    expect(message(liaison, words).get_by_role("button", name=re.compile("✓ 收到"))).to_contain_text("1")
    composer(lead).press("ArrowUp")
    expect(composer(lead)).to_have_value(words)
    composer(lead).fill(better)
    lead.keyboard.press("Enter")
    expect(message(liaison, better).get_by_text("已编辑")).to_be_visible()
    message(liaison, better).get_by_text("已编辑").click()
    expect(liaison.get_by_role("complementary", name="编辑记录").get_by_text(words)).to_be_visible()
    shoot(liaison, "versions")
    act(lead, better, "撤回")
    lead.get_by_role("button", name="确认撤回").click()
    expect(liaison.get_by_role("log").first.get_by_text(better)).to_have_count(0)
    lead.get_by_role("button", name="重新编辑").last.click()
    expect(composer(lead)).to_have_value(better)
    composer(lead).fill("")
    shoot(lead, "recalled")


def test_pins_forwards_and_polls(two, shoot):
    lead, liaison = two
    first, second, question = unique("值班电话见附件"), unique("请互相转告"), unique("会商改视频是否可行")
    say(lead, first)
    say(lead, second)
    act(lead, first, "置顶")
    lead.get_by_role("button", name="置顶", exact=True).click()
    bar = liaison.get_by_role("region", name="置顶消息")
    expect(bar.get_by_text(first)).to_be_visible()
    expect(bar.get_by_text(re.compile("置顶 · 至"))).to_be_visible()
    shoot(liaison, "pinned")

    act(liaison, first, "多选")
    message(liaison, second).get_by_role("checkbox").check()
    liaison.get_by_role("toolbar", name="多选").get_by_role("button", name="转发").click()
    dialog = liaison.get_by_role("dialog")
    dialog.get_by_role("option").filter(has_text=ROOM).get_by_role("button").click()
    shoot(liaison, "forward")
    dialog.get_by_role("button", name="转发").click()
    record = lead.get_by_role("button", name=re.compile("聊天记录 2 条")).last
    record.click()
    expect(lead.get_by_role("dialog").get_by_text(second)).to_be_visible()
    shoot(lead, "record")
    lead.keyboard.press("Escape")

    lead.get_by_role("button", name="发起投票").click()
    lead.get_by_label("题目").fill(question)
    lead.get_by_label("选项 1").fill("可行")
    lead.get_by_label("选项 2").fill("仍到现场")
    lead.get_by_role("button", name="发起", exact=True).click()
    theirs, ours = (
        page.get_by_role("region", name="投票").filter(has_text=question) for page in (liaison, lead)
    )
    theirs.get_by_role("button", name=re.compile("可行")).click()
    expect(ours.get_by_role("button", name=re.compile("可行"))).to_contain_text("1 票")
    expect(theirs.get_by_role("button", name=re.compile("可行"))).to_have_attribute("aria-pressed", "true")
    shoot(lead, "poll")
    ours.get_by_role("button", name="结束投票").click()
    expect(theirs.get_by_text(re.compile("已截止"))).to_be_visible()


def test_a_draft_goes_along_to_the_other_window(visitors):
    one, other = visitors.enter("局经办人"), visitors.enter("局经办人")
    for page in (one, other):
        open_room(page, ROOM)
    words = unique("写到一半")
    composer(one).press_sequentially(words)
    expect(composer(other)).to_have_value(words)
    one.keyboard.press("Enter")
    expect(composer(other)).to_have_value("")


def test_the_first_of_many_unread_is_one_press_away(visitors, shoot):
    lead, liaison = visitors.enter("专班负责人"), visitors.enter("局经办人")
    member = rest(liaison, "GET", "/session")["user_id"]
    made = rest(lead, "POST", "/rooms", {"kind": "work", "name": unique("巡查"), "members": [member]})
    messages = f"/rooms/{quote(made['room'], safe='')}/messages"
    for number in range(1, 81):
        content = {"msgtype": "m.text", "body": f"第 {number} 处已巡查"}
        rest(lead, "POST", messages, {"txn_id": f"{made['room']}{number}", "content": content})
    liaison.goto(f"/im/{quote(made['room'], safe='')}")
    log = liaison.get_by_role("log").first
    expect(log.get_by_text("第 80 处已巡查")).to_be_in_viewport()
    pill = liaison.get_by_role("button", name=re.compile("80 条未读，最早"))
    shoot(liaison, "pill")
    pill.click()
    expect(log.get_by_text("第 1 处已巡查")).to_be_in_viewport()
    expect(log.get_by_text("以下为未读消息")).to_be_in_viewport()
    expect(pill).to_have_count(0)
    shoot(liaison, "first")
    liaison.get_by_role("button", name="回到最新").click()
    expect(log.get_by_text("第 80 处已巡查")).to_be_in_viewport()


def test_hostile_content_is_shown_as_text(two, visitors, shoot):
    lead, liaison = two
    mark = unique("看这里")
    formatted = FORMATTED.replace("看这里", mark)
    base = {"msgtype": "m.text", "body": f"{HOSTILE} {mark}"}
    rich = {**base, "format": "org.matrix.custom.html", "formatted_body": formatted}
    assert post(lead, base) == 201
    assert post(lead, rich) == 201
    poll = {
        "m.poll": {
            "question": {"m.text": [{"body": HOSTILE}]}, "max_selections": 1, "kind": "m.disclosed",
            "answers": [{"m.id": key, "m.text": [{"body": f"{HOSTILE}{key}"}]} for key in "ab"],
        },
        "body": HOSTILE,
    }  # fmt: skip
    assert post(lead, poll, "m.poll.start") == 201
    expect(liaison.get_by_role("log").first.get_by_text(mark).last).to_be_visible()
    expect(
        liaison.get_by_role("log").first.get_by_text("<script>window.hurt=1</script>").first
    ).to_be_visible()
    expect(message(liaison, "框").locator("b")).to_have_text("粗")
    expect(liaison.get_by_role("region", name="投票").filter(has_text="onerror").last).to_be_visible()
    liaison.wait_for_timeout(500)
    for page in (lead, liaison):
        assert page.evaluate("window.hurt") is None
        # Pictures are those of our files alone; what a sender wrote makes no element of these kinds.
        foreign = (
            '.msgs :is(script, iframe, style, object, embed, [onerror], img:not([src^="/api/v1/media/"]))'
        )
        expect(page.locator(foreign)).to_have_count(0)
    assert visitors.outside == []
    shoot(liaison, "hostile")
