"""The main job: a task force imports a project list, departments sign for and report, and the wall shows it."""

import re
import secrets
import time
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from deploy.embedded.places import CHECKOUT
from tests.support.link import Quality, WeakLink

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

LIST = CHECKOUT / "demo" / "data" / "xianning_projects.csv"
UNITS = [
    "市政务服务和大数据管理局", "市自然资源和规划局", "咸宁市农业农村局", "市中心医院", "市招商和投资促进局",
    "市文化和旅游局", "市民政局", "市卫生健康委员会", "市生态环境局", "市地方金融工作局", "市住建局",
    "市交通运输局", "咸宁日报社",
]  # fmt: skip
NAMES = {"市住建局": "住房和城市更新局"}  # the directory's name of today
PROJECT = "政务服务一体化平台升级"  # its card is among the newest, so the virtual list shows it


def found_force(page: Page, name: str) -> None:
    page.goto("/force")
    page.get_by_role("button", name="新建专班").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("专班名称").fill(name)
    dialog.get_by_label("目标").fill("三年行动计划 19 个项目按期建成")
    dialog.get_by_label("成立文件").fill("咸政办发〔2026〕7号")
    dialog.get_by_label("结束日期").fill((date.today() + timedelta(days=400)).isoformat())  # noqa: DTZ011, TID251
    for unit in UNITS:
        search = dialog.get_by_placeholder("按单位名称查找")
        search.fill(unit)
        tree = dialog.get_by_role("treeitem")
        expect(tree.first).to_contain_text(NAMES.get(unit, unit.removeprefix("市").removeprefix("咸宁市")))
        tree.first.click()
        search.fill("")
    dialog.get_by_role("button", name="成立").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def import_list(page: Page) -> None:
    page.get_by_role("link", name="导入台账").or_(page.get_by_role("button", name="导入台账")).first.click()
    page.locator("input[type=file]").set_input_files(LIST)
    expect(page.get_by_text("共19行，投资合计36,847万元")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="确认导入").click()
    page.get_by_role("dialog").get_by_role("button", name="确认导入").click()
    expect(page.get_by_role("link", name="回专班派发")).to_be_visible()


def dispatch_all(page: Page) -> None:
    page.get_by_role("button", name=re.compile("全部派发")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("派发")).last.click()


def wait_for_messages(page: Page, room: str, count: int) -> None:
    give_up = time.monotonic() + 90
    while True:
        rooms = page.request.get("/api/v1/rooms").json()["items"]
        if next(one["n"] for one in rooms if one["name"] == room) >= count:
            return
        assert time.monotonic() < give_up, f"{room} has fewer than {count} messages"
        time.sleep(0.5)


def card(page: Page, title: str | re.Pattern[str]):
    return page.get_by_role("log").get_by_role("region", name=title)


WEAK = Quality(kbit=256, round_trip_ms=200, loss=0.02)


@pytest.fixture(
    params=[pytest.param("as it is", marks=pytest.mark.every_time), "256 kbit/s, 200 ms, 2 % loss"]
)
def address(request, city):
    """Where the browsers find the city: at once, or over a weak line."""
    if request.param == "as it is":
        yield city.url
        return
    with WeakLink(city.url, WEAK) as link:
        yield link.url


def test_the_main_job(visitors, shoot, address):
    name = f"数字政府建设专班{secrets.token_hex(2)}"
    lead = visitors.enter("专班负责人", url=address)
    found_force(lead, name)
    wall = lead.url
    liaison = visitors.enter("局经办人", url=address)
    liaison.goto("/im")
    liaison.get_by_text(name).first.click()
    expect(liaison.get_by_role("log")).to_be_visible()

    import_list(lead)
    shoot(lead, "1-imported")
    lead.goto(wall)
    expect(lead.get_by_role("rowheader", name=PROJECT)).to_be_visible()
    dispatch_all(lead)

    task = card(liaison, PROJECT)
    expect(task).to_be_visible(timeout=90_000)
    wait_for_messages(liaison, name, 19)  # while cards still come, what one aims at moves
    shoot(liaison, "2-card")
    task.get_by_role("button", name="签收").click()
    expect(task.get_by_text("已签收").first).to_be_visible(timeout=60_000)
    task.get_by_role("button", name="反馈进展").click()
    task.get_by_label(re.compile("进度|完成")).fill("60")
    task.get_by_label(re.compile("说明|情况|文字|进展")).last.fill("平台主体建成，进入联调。")
    task.get_by_role("button", name=re.compile("反馈进展|提交")).last.click()
    expect(task.get_by_text("60%").first).to_be_visible(timeout=60_000)
    shoot(liaison, "3-reported")

    row = lead.get_by_role("row", name=re.compile(PROJECT))
    expect(row.get_by_text("60%")).to_be_visible(timeout=60_000)
    shoot(lead, "4-wall")

    task.get_by_role("button", name="申请延期").click()
    task.get_by_label(re.compile("延至|日期")).fill((date.today() + timedelta(days=430)).isoformat())  # noqa: DTZ011, TID251
    task.get_by_label("理由").fill("设备到货推迟")
    task.get_by_role("button", name="申请延期").last.click()

    lead.goto("/im")
    lead.get_by_text(name).first.click()
    lead.get_by_role("button", name="回到最新").click()
    asked = card(lead, PROJECT)
    expect(asked.get_by_role("button", name="同意延期")).to_be_visible(timeout=90_000)
    asked.get_by_role("button", name="同意延期").click()
    expect(asked.get_by_role("button", name="同意延期")).to_have_count(0, timeout=60_000)
    shoot(lead, "5-extension")

    lead.goto(wall)
    lead.get_by_role("main").get_by_role("button", name="更多").first.click()
    lead.get_by_role("menuitem", name="发布摘要").click()
    digest = liaison.get_by_role("log").get_by_role("region", name=re.compile(f"{name}.*简报"))
    expect(digest).to_be_visible(timeout=90_000)
    digest.get_by_role("button", name="查看全部 19 条").click()
    lines = digest.get_by_role("listitem").filter(has_text=re.compile(r"^\s*\d+\s*\S"))
    expect(lines).to_have_count(19)
    shoot(liaison, "6-digest")


def test_the_gauge_shows_its_reading_and_goes_stale_when_it_stops(visitors, shoot, city):
    page = visitors.enter("专班负责人")
    page.goto("/im")
    page.get_by_text("淦河防汛专班").first.click()
    gauge = card(page, re.compile("西河桥站"))
    expect(gauge.first).to_be_visible()
    city.gauge("normal")
    expect(gauge.first.get_by_text("来源")).to_be_visible()
    shoot(page, "fresh")
    city.gauge("stop")
    try:
        expect(gauge.first.get_by_text(re.compile("偏旧|失联")).first).to_be_visible(timeout=120_000)
        shoot(page, "stale")
    finally:
        city.gauge("normal")
    expect(gauge.first.get_by_text(re.compile("偏旧|失联"))).to_have_count(0, timeout=120_000)
