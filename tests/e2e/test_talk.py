"""People talk: two browsers in one group."""

import re
import secrets

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def open_room(page, name):
    page.goto("/im")
    page.get_by_role("link", name=re.compile(name)).or_(page.get_by_text(name, exact=True)).first.click()
    page.wait_for_url("**/im/**")


def composer(page):
    return page.get_by_role("textbox", name=re.compile("发消息"))


def say(page, text):
    composer(page).fill(text)
    page.keyboard.press("Enter")


def unique(text):
    """The same words may stand in the room from an earlier run."""
    return f"{text}（{secrets.token_hex(3)}）"


def test_a_message_reaches_the_other_browser_without_reload(visitors, shoot):
    lead, liaison = visitors.enter("专班负责人"), visitors.enter("局经办人")
    open_room(lead, "电子政务外网改造专班")
    open_room(liaison, "电子政务外网改造专班")
    asked, answered = unique("请于今日下班前更新倒排计划。"), unique("收到，十六时前报送。")
    say(lead, asked)
    expect(liaison.get_by_role("log").get_by_text(asked)).to_be_visible()
    say(liaison, answered)
    expect(lead.get_by_role("log").get_by_text(answered)).to_be_visible()
    own = lead.get_by_role("article").filter(has_text=asked)
    expect(own.get_by_text(re.compile(r"1 已读"))).to_be_visible()
    shoot(lead, "lead")
    shoot(liaison, "liaison")


def test_a_draft_survives_a_reload(visitors):
    page = visitors.enter("局经办人")
    open_room(page, "电子政务外网改造专班")
    composer(page).fill("写了一半的话")
    page.wait_for_timeout(1500)
    page.reload()
    expect(composer(page)).to_have_value("写了一半的话")
    composer(page).fill("")
    page.wait_for_timeout(1500)


def test_what_is_sent_offline_goes_out_once_when_the_line_is_back(visitors):
    lead, liaison = visitors.enter("专班负责人"), visitors.enter("局经办人")
    open_room(lead, "电子政务外网改造专班")
    open_room(liaison, "电子政务外网改造专班")
    expect(liaison.get_by_role("log")).to_be_visible()
    liaison.context.set_offline(True)
    written = unique("断网时写下的消息")
    say(liaison, written)
    liaison.wait_for_timeout(1500)
    liaison.context.set_offline(False)
    received = lead.get_by_role("log").get_by_text(written, exact=True)
    expect(received).to_be_visible(timeout=60_000)
    lead.wait_for_timeout(2000)
    expect(received).to_have_count(1)
    expect(liaison.get_by_role("log").get_by_text(written, exact=True)).to_have_count(1)


def test_a_secrecy_mark_is_refused_with_a_sentence_and_the_text_stays(visitors, shoot):
    page = visitors.enter("局经办人")
    open_room(page, "电子政务外网改造专班")
    say(page, "机密★3年 测试")
    expect(page.get_by_text(re.compile("密级标志"))).to_be_visible()
    expect(page.get_by_text("机密★3年 测试").first).to_be_visible()
    shoot(page, "refused")
