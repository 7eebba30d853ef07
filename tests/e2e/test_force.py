"""A task force's methods: a problem from found to struck off, a meeting's decision that becomes an item, a ranking that
is shown once released, and the week's report as a file.
"""

import re
import secrets
from datetime import date, timedelta

import pytest
from docx import Document
from playwright.sync_api import Page, expect

from tests.e2e.test_main_job import found_force

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), pytest.mark.every_time]
TODAY = date.today()  # noqa: DTZ011, TID251 - the browser's day
SOON = (TODAY + timedelta(days=20)).isoformat()


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="视图").get_by_role("link", name=name, exact=True).click()


def send(page: Page, button: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_be_hidden()


def test_the_methods_of_a_task_force(visitors, shoot):
    page = visitors.enter("专班负责人")
    force = f"攻坚专班{secrets.token_hex(3)}"
    found_force(page, force)
    page.get_by_role("link", name=re.compile(force)).or_(
        page.get_by_role("heading", name=force)
    ).first.click()

    # A hard problem goes its way as far as the lead may take it.
    tab(page, "攻关")
    page.get_by_role("button", name="登记难题").first.click()
    page.get_by_role("dialog").get_by_label("难题").fill("机房第二路供电未批复")
    send(page, "登记")
    line = page.get_by_role("listitem").filter(has_text="机房第二路供电未批复").first
    expect(line).to_contain_text("已发现")
    line.get_by_role("button").first.click()
    page.get_by_role("button", name="明确责任单位").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("责任单位").select_option(index=1)
    dialog.get_by_label("解决时限").fill(SOON)
    send(page, "明确责任单位")
    expect(line).to_contain_text("已认领")
    shoot(page, "problems")

    # A goal without an indicator is listed as a loose end until it has one.
    tab(page, "目标")
    page.get_by_role("button", name="新增目标").click()
    page.get_by_role("dialog").get_by_label("目标").fill("群众办事更便捷")
    send(page, "保存")
    expect(page.get_by_text("1 个目标没有评价指标")).to_be_visible()
    page.get_by_role("button", name="新增指标").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("指标名称").fill("一网通办率")
    dialog.get_by_label("目标值").fill("95")
    send(page, "保存")
    expect(page.get_by_text("0 个目标没有评价指标")).to_be_visible()

    # The meeting's agenda has the problem; its decision becomes an item.
    tab(page, "例会")
    page.get_by_role("button", name="临时会议").click()
    page.get_by_role("dialog").get_by_label("会议时间").fill(f"{TODAY.isoformat()}T23:30")
    send(page, "保存")
    expect(page.get_by_text("机房第二路供电未批复")).to_be_visible()
    page.get_by_role("button", name="召开会议").click()
    page.get_by_label("会议纪要").fill("会议听取了供电情况汇报。")
    page.get_by_role("button", name="增加议定事项").click()
    page.get_by_label("议定事项 1").fill("协调供电公司批复第二路市电")
    page.get_by_label("责任单位").select_option(index=2)
    page.get_by_label("时限").fill(SOON)
    page.get_by_role("button", name="印发纪要").click()
    expect(page.get_by_text("第1次", exact=False).first).to_be_visible()
    expect(page.get_by_role("link", name="事项 1")).to_be_visible()
    shoot(page, "meeting")

    # No rank before the lead releases it.
    tab(page, "晾晒")
    expect(page.get_by_text("本专班未开启晾晒")).to_be_visible()
    page.get_by_role("button", name="晾晒设置").click()
    page.get_by_role("dialog").get_by_label("依据文件（标题和文号）").fill(
        "关于开展晾晒的通知 咸政办发〔2026〕9号"
    )
    send(page, "保存")
    page.get_by_role("button", name="编制新一期").click()
    send(page, "新建")
    page.get_by_role("button", name="冻结数据").click()
    page.get_by_role("button", name="按规则计算").click()
    expect(page.get_by_text("本期没有到期节点，不排名。").first).to_be_visible()
    tab(page, "作战图")
    expect(page.get_by_role("region", name="单位排名")).to_have_count(0)
    tab(page, "晾晒")
    page.get_by_role("button", name="发布", exact=True).click()
    send(page, "发布")
    expect(page.get_by_text("已用冻结数据重新计算，结果一致。")).to_be_visible()
    shoot(page, "ranking")
    tab(page, "作战图")
    expect(page.get_by_role("region", name="单位排名")).to_be_visible()
    expect(page.get_by_role("region", name="风险与堵点")).to_contain_text("机房第二路供电未批复")
    shoot(page, "wall")

    # The week's report is a document that an office program opens.
    tab(page, "攻关")
    with page.expect_download() as download:
        page.get_by_role("link", name="专班周报").click()
    text = "\n".join(one.text for one in Document(str(download.value.path())).paragraphs)
    assert f"{force}工作周报" in text
    assert "攻关难题1“机房第二路供电未批复”" in text
