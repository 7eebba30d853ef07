"""A head of unit makes a bot, gives it a room and an address; a program posts there with nothing but the address."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.clients.hooks.environment import python_with_robots

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SAID = "机房温度 31 ℃，超过上限 28 ℃"
EXAMPLE = "二号机房温度 31 度"
HERE_ALONE = os.environ | {"NO_PROXY": "*", "no_proxy": "*"}


def example(page: Page, name: str) -> str:
    return page.get_by_role("dialog").get_by_role("textbox", name=name, exact=True).input_value()


def run(*command: str | Path) -> str:
    """What a program copied from the page says, run as it stands."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=HERE_ALONE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def answers(page: Page, room: str, program: str) -> None:
    """The bot copied from the page hears what is said after it came, so it is spoken to until it answers."""
    page.goto(f"/im/{room}")
    bot = subprocess.Popen([sys.executable, "-c", program], env=HERE_ALONE)
    try:
        for number in range(20):
            page.get_by_role("textbox", name=re.compile("^发消息")).fill(f"有人在吗{number}")
            page.keyboard.press("Enter")
            page.wait_for_timeout(1000)
            if page.get_by_text(re.compile("^收到：有人在吗")).count() > 0:
                return
        raise AssertionError("the bot of the page does not answer")
    finally:
        bot.kill()
        bot.wait(10)


def make_room(page, name):
    token = next(one["value"] for one in page.context.cookies() if "csrf" in one["name"])
    answer = page.request.post(
        "/api/v1/rooms",
        data={"kind": "work", "name": name, "members": []},
        headers={"X-CSRFToken": token, "Referer": page.url},
    )
    assert answer.ok, answer.text()
    return answer.json()["room"]


def test_a_monitor_posts_by_changing_only_the_address(visitors, shoot):
    head = visitors.enter("专班负责人")
    room = make_room(head, "机房值守")
    head.goto("/admin/bots")
    head.get_by_role("button", name="新建机器人").click()
    dialog = head.get_by_role("dialog")
    dialog.get_by_label("账号").fill("jiankong")
    dialog.get_by_label("名称").fill("机房监控")
    dialog.get_by_label("用途").fill("推送机房告警")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_label("账号")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("账号").fill("bot-jiankong")
    dialog.get_by_role("button", name="保存").click()
    expect(head.get_by_role("heading", name="机房监控")).to_be_visible()

    expect(head.get_by_role("button", name="新建推送地址")).to_be_disabled()
    head.get_by_role("combobox", name="加入名单").select_option(label="机房值守")
    head.get_by_role("button", name="加入名单").click()
    expect(head.get_by_role("listitem").filter(has_text="机房值守")).to_be_visible()
    head.get_by_role("button", name="新建推送地址").click()
    dialog = head.get_by_role("dialog")
    dialog.get_by_label("接口类型").select_option(label="钉钉")
    dialog.get_by_label("名称").fill("温度探头")
    dialog.get_by_role("button", name="生成地址").click()
    address = head.get_by_role("dialog").get_by_role("textbox", name="推送地址", exact=True).input_value()
    shoot(head, "address")
    by_curl, by_python = example(head, "curl 发送文字"), example(head, "Python")
    head.get_by_role("button", name="已保存").click()
    assert address not in head.content()  # shown this once

    payload = {"msgtype": "text", "text": {"content": SAID}}
    answer = visitors.browser.new_context().request.post(address, data=payload)
    assert answer.json() == {"errcode": 0, "errmsg": "ok"}
    head.goto(f"/im/{room}")
    expect(head.get_by_text(SAID, exact=True)).to_be_visible()
    shoot(head, "said")
    assert '"errcode": 0' in run("sh", "-c", by_curl)
    assert "'errcode': 0" in run(python_with_robots(), "-c", by_python)
    expect(head.get_by_role("log").get_by_text(EXAMPLE, exact=True)).to_have_count(2)

    head.goto("/admin/bots")
    head.get_by_role("link", name=re.compile("机房监控")).click()
    expect(head.get_by_text("今日 3 /")).to_be_visible()
    head.get_by_label("消息内容").fill("试一试")
    head.get_by_role("button", name="查看送达范围").click()
    expect(head.get_by_text("本次未发送")).to_contain_text("可见人员")
    head.get_by_role("button", name="生成令牌").click()
    head.get_by_role("dialog").get_by_role("button", name="生成令牌").click()
    expect(head.get_by_role("textbox", name="访问令牌", exact=True)).to_have_value(re.compile(".{20,}"))
    by_curl, by_nio = example(head, "curl 发送文字"), example(head, "matrix-nio 机器人")
    head.get_by_role("button", name="已保存").click()
    shoot(head, "bot")
    page = head.url
    assert '"event_id"' in run("sh", "-c", by_curl)
    answers(head, room, by_nio)
    expect(head.get_by_role("log").get_by_text(EXAMPLE, exact=True)).to_have_count(3)
    head.goto(page)

    head.get_by_role("button", name="暂停运行").click()
    head.get_by_role("dialog").get_by_role("button", name="暂停运行").click()
    expect(head.get_by_text("暂停，令牌和推送地址均已停用")).to_be_visible()
    refused = visitors.browser.new_context().request.post(address, data=payload).json()
    assert refused["errcode"] != 0
    head.get_by_role("button", name="恢复运行").click()
    expect(head.get_by_role("button", name="暂停运行")).to_be_visible()
    assert visitors.browser.new_context().request.post(address, data=payload).json()["errcode"] == 0
