"""An operator connects the river gauges without code: raw beside mapped, saved, a group subscribed, the card appears;
the source breaks, the error is there with its payload, and the payload is taken in again.
"""

import secrets
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_phone import rest
from tests.e2e.test_supervision import own_unit
from tests.e2e.test_talk import unique

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

FORCE = "淦河防汛专班"
KEY = "river-gauges"
SOON = 120_000  # a first call waits for the worker, beside the whole city's


def gauges(page: Page) -> dict[str, Any]:
    """The source of the demonstration, whose address the new one shares."""
    found = next(each for each in rest(page, "GET", "/connectors")["items"] if each["key"] == KEY)
    return dict(rest(page, "GET", f"/connectors/{found['id']}"))


def test_an_operator_connects_a_source_and_mends_it(visitors, shoot):
    page = visitors.enter("管理员")
    known = gauges(page)
    url = str(known["config"]["url"])
    name = unique("河道水情")

    page.goto("/admin/connectors")
    page.get_by_role("link", name="接入数据源").click()
    page.get_by_label("名称", exact=True).first.fill(name)
    page.get_by_label("地址", exact=True).fill(url)
    page.get_by_role("button", name="试拉取").click()
    expect(page.get_by_text("数据源的地址在内部网络")).to_be_visible()
    page.get_by_label("允许访问内部网络").check()
    page.get_by_role("button", name="试拉取").click()
    mapped = page.get_by_role("group", name="第 1 行映射结果")
    expect(mapped.get_by_text("水位").first).to_be_visible()
    expect(page.get_by_label("数值字段").first).to_have_value("Z")
    expect(page.get_by_text("STCD").first).to_be_visible()
    shoot(page, "1-raw-and-mapped")

    page.get_by_label("取数间隔（秒）").fill("2")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    # Two answers that differ: a line is drawn through two points.
    expect(page.get_by_text("已取数", exact=True).nth(1)).to_be_visible(timeout=SOON)
    expect(page.get_by_role("link", name="淦河·西河桥站")).to_be_visible()
    shoot(page, "2-source")

    control = url.replace("/api/latest", "/control")
    with httpx.Client(trust_env=False, timeout=20) as client:
        client.post(control, json={"mode": "garbage"})
        try:
            expect(page.get_by_text("未能取用", exact=True).first).to_be_visible(timeout=SOON)
        finally:
            client.post(control, json={"mode": "normal"})
    # The folded samples of the calls above say the same.
    bad = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="查看报文")).first
    bad.get_by_role("button", name="查看报文").click()
    expect(bad.get_by_text("系统维护中")).to_be_visible()
    shoot(page, "3-payload")
    bad.get_by_role("button", name="重放", exact=True).click()
    expect(page.get_by_text("不是 JSON").first).to_be_visible()

    page.get_by_role("link", name="淦河·西河桥站").click()
    expect(page.get_by_role("img", name="水位变化曲线")).to_be_visible()
    shoot(page, "4-values")

    page.go_back()
    set_a_limit(page, shoot)
    remove(page)
    expect(page.get_by_text(name)).to_have_count(0)


def remove(page: Page) -> None:
    """The source whose page this is."""
    page.get_by_role("button", name="移除").click()
    dialog = page.get_by_role("dialog", name="移除数据源")
    dialog.get_by_label("原因").fill("试用结束")
    dialog.get_by_role("button", name="移除").click()
    expect(page.get_by_role("heading", name="管理")).to_be_visible()


def set_a_limit(page: Page, shoot: Any) -> None:
    """A limit far below every value: tried on the past, kept, and the next value opens an alert."""
    page.get_by_role("link", name="限值与规则").click()
    page.get_by_role("button", name="新增限值表").click()
    dialog = page.get_by_role("dialog", name="新增限值表")
    dialog.get_by_label("名称", exact=True).fill("试用限值")
    dialog.get_by_role("button", name="试算").click()
    expect(dialog.get_by_text("请填写此项").first).to_be_visible()
    dialog.get_by_label("限值", exact=True).fill("1")
    dialog.get_by_role("button", name="试算").click()
    expect(dialog.get_by_text("过去 7 天会产生")).to_be_visible()
    shoot(page, "5-limits")
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_text("水位达到或高于1米时，发布黄色预警")).to_be_visible()
    page.goto("/connectors/alerts")
    expect(page.get_by_text("达到或高于1米").first).to_be_visible(timeout=SOON)
    page.go_back()
    page.get_by_role("link", name="河道水情").first.click()


def test_a_project_ledger_and_what_comes_by_itself_are_connected_without_code(visitors, shoot):
    """A token of OAuth2, pages by a cursor, and stages that are given a state: the ledger's projects are records."""
    page = visitors.enter("管理员")
    for kind, sample in SAMPLES.items():
        read_beside(page, kind, sample)
    shoot(page, "1-pasted")
    ledger = next(each for each in rest(page, "GET", "/connectors")["items"] if each["key"] == "projects")
    config = rest(page, "GET", f"/connectors/{ledger['id']}")["config"]
    name = unique("项目台账")
    page.goto("/admin/connectors/new")
    page.get_by_label("名称", exact=True).first.fill(name)
    page.get_by_label("地址", exact=True).fill(config["url"])
    page.get_by_label("允许访问内部网络").check()
    page.get_by_label("认证方式", exact=True).select_option(label="OAuth2 客户端")
    page.get_by_label("用户名或客户端", exact=True).fill("ledger")
    page.get_by_label("令牌地址", exact=True).fill(config["auth"]["token_url"])
    page.get_by_label("密钥", exact=True).fill("ledger-secret")
    page.get_by_label("分页", exact=True).select_option(label="游标")
    page.get_by_label("页码参数", exact=True).fill("cursor")
    page.get_by_label("下一页所在路径", exact=True).fill("next")
    page.get_by_role("button", name="试拉取").click()
    stages = page.get_by_role("group", name="环节对照表")
    expect(stages.get_by_label("环节代码", exact=True).nth(2)).to_be_visible()
    said = [stages.get_by_label("状态", exact=True).nth(place).input_value() for place in range(3)]
    assert sorted(said) == ["in_progress", "in_progress", "open"], "环节的名称说明了状态"
    expect(page.get_by_text("没有对应的状态")).to_have_count(0)
    expect(page.get_by_role("group", name="第 1 行映射结果").get_by_text("XN2026").first).to_be_visible()
    shoot(page, "2-mapped")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_text("已取数", exact=True).first).to_be_visible(timeout=SOON)
    made = page.url.rsplit("/", 1)[1]
    assert rest(page, "GET", f"/connectors/records?connector={made}")["items"]
    remove(page)


ROW = '{"id": "62310101", "name": "西河桥站", "z": 27.52, "tm": "2026-07-17T14:50:00"}'
SAMPLES = {"MQTT 订阅": f"river/62310101\n{ROW}", "签名推送": ROW}


def read_beside(page: Page, kind: str, sample: str) -> None:
    """A message of a source that comes by itself is pasted, and shown beside what is made of it."""
    page.goto("/admin/connectors/new")
    page.get_by_label("方式", exact=True).select_option(label=kind)
    if kind.startswith("MQTT"):
        page.get_by_label("主机", exact=True).fill("broker.example.gov.cn")
    page.get_by_label("粘贴一份报文").fill(sample)
    page.get_by_role("button", name="解析样例").click()
    mapped = page.get_by_role("group", name="第 1 行映射结果")
    expect(mapped.get_by_text("27.52", exact=True)).to_be_visible()
    expect(page.get_by_label("第 1 行原文")).to_contain_text("62310101")


def test_triggers_make_the_task_and_the_order_of_a_value_that_is_signed(visitors, shoot):
    """A template is tried on the past, another one approved; an officer signs a value above the limit: the alert, the
    task from it, and the order to the officer's unit."""
    officer, page = visitors.enter("局经办人"), visitors.enter("专班负责人")
    admin = visitors.enter("管理员")
    source, name = unique("水库填报"), unique("预警转任务")
    made = rest(
        admin,
        "POST",
        "/connectors",
        {
            "key": f"m-{secrets.token_hex(4)}",
            "name": source,
            "kind": "manual",
            "owner_unit_id": own_unit(officer),
            "config": {},
        },
    )
    order = approve_an_order(page, made["id"], own_unit(officer))

    page.goto("/admin/triggers")
    page.get_by_role("link", name="新增模板").click()
    page.get_by_label("名称", exact=True).fill(name)
    page.get_by_label("数据源", exact=True).select_option(label=source)
    page.get_by_role("button", name="任务", exact=True).click()
    page.get_by_role("button", name="选择单位").click()
    dialog = page.get_by_role("dialog", name="选择单位")
    dialog.get_by_role("treeitem").first.click()
    dialog.get_by_role("button", name="确定").click()
    page.get_by_role("button", name="试算").click()
    expect(page.get_by_text("过去 30 天会办理")).to_be_visible()
    shoot(page, "1-trigger")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_text("还没有办理过")).to_be_visible()

    officer.goto("/connectors/entries")
    choose(officer, source)
    for label, text in {
        "对象编码": "sk-1",
        "对象名称": "青石水库",
        "指标名称": "库水位",
        "指标标识": "stage",
        "单位": "米",
        "数值（米）": "41.2",
    }.items():
        officer.get_by_label(label, exact=True).fill(text)
    officer.get_by_role("button", name="签名并提交").click()
    row = officer.get_by_role("listitem").filter(has_text="41.2 米")
    expect(row.get_by_text("人工", exact=True)).to_be_visible()
    expect(row.get_by_text(str(rest(officer, "GET", "/session")["name"]))).to_be_visible()

    band = {"level": "red", "op": ">=", "limit": "45", "margin": "0.5"}
    table = {"metric": "stage", "name": "汛限水位", "bands": [band]}
    rest(admin, "PUT", f"/connectors/{made['id']}/thresholds", table)
    officer.get_by_label("指标", exact=True).select_option(label="库水位（米）")
    officer.get_by_label("数值（米）").fill("46.8")
    officer.get_by_role("button", name="签名并提交").click()
    expect(officer.get_by_role("listitem").filter(has_text="46.8 米")).to_be_visible()
    shoot(officer, "2-by-hand")
    admin.goto("/connectors/alerts")
    expect(admin.get_by_role("link").filter(has_text="青石水库").first).to_be_visible(timeout=SOON)

    result = page.get_by_role("link", name="查看结果")
    for _ in range(40):
        page.reload()
        expect(page.get_by_role("heading", name="办理记录")).to_be_visible()
        page.wait_for_load_state("networkidle")
        if result.count():
            break
    result.click()
    expect(page.get_by_text("青石水库红色预警处置").first).to_be_visible()
    shoot(page, "3-task")

    officer.goto("/orders")
    expect(officer.get_by_text(order).first).to_be_visible(timeout=SOON)
    shoot(officer, "4-order")
    link = officer.get_by_role("link").filter(has_text=order).first.get_attribute("href") or ""
    # Nobody else's journey waits for its receipts.
    rest(page, "POST", f"/orders/{link.rsplit('/', 1)[1]}/recall", {"reason": "试用结束"})

    page.goto("/admin/triggers")
    page.get_by_role("button", name=f"停用{name}").click()
    expect(page.get_by_role("button", name=f"启用{name}")).to_be_visible()
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="删除模板").click()
    page.get_by_role("dialog", name="删除模板").get_by_role("button", name="删除模板").click()
    expect(page.get_by_role("link", name=name)).to_have_count(0)


def approve_an_order(page: Page, source: str, unit: str) -> str:
    """A template that makes orders, approved beforehand: they are issued at once. Answers the heading of its orders."""
    name, mark = unique("预警转指令"), secrets.token_hex(2)
    content: dict[str, object] = {
        "title": f"{{级别}}预警处置{mark}",
        "text": "{原因}。请巡查并反馈。来源：{来源}。",
        "urgency": "normal",
    }
    content |= {"scope": {"units": [unit], "everyone": True}, "sign_minutes": 60}
    body: dict[str, object] = {"name": name, "watches": "alert", "makes": "order", "connector_id": source}
    rest(page, "POST", "/triggers", body | {"condition": {"least": "red"}, "content": content})
    page.goto("/admin/triggers")
    page.get_by_role("button", name=f"批准{name}").click()
    expect(page.get_by_role("button", name=f"批准{name}")).to_have_count(0)
    return f"红色预警处置{mark}"


def choose(page: Page, source: str) -> None:
    """The form of this source, where one may fill in several."""
    expect(page.get_by_role("button", name="签名并提交")).to_be_visible()
    several = page.get_by_label("数据源", exact=True)
    if several.count():
        several.select_option(label=source)


def test_the_card_is_in_the_group_with_its_source(visitors, shoot):
    page = visitors.enter("专班负责人")
    page.goto("/im")
    page.get_by_text(FORCE).first.click()
    card = page.get_by_label("淦河·西河桥站水位", exact=True).first
    expect(card.get_by_text("来源：").first).to_be_visible()
    shoot(page, "1-card")
