"""REST of templates: written, tried on the past, approved, switched, and what they did; a right and a wrong actor."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from common import clock
from connectors.items import Reading
from connectors.services import intake, manage
from connectors.store.models import Connector
from directory.actors import system_actor
from directory.store.models import PostRole
from tests.connectors.gauge import config
from tests.workflows.conftest import START
from workflows.models import Order, Trigger, TriggerRun
from workflows.triggers import applying

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.travel(START):
        yield


@pytest.fixture
def river(city) -> Connector:
    source = manage.Source("gauges", "市水文监测系统", config("http://127.0.0.1:9"))
    return manage.connect(actor=system_actor("测试"), owner=city.units["civil"], source=source)


@pytest.fixture
def people(city, appoint):
    appoint("duty_one", "值班甲", city.units["civil"], PostRole.DUTY_OFFICER, "值班员")
    appoint("head_one", "局长乙", city.units["civil"], PostRole.HEAD, "局长")


@pytest.fixture
def body(city) -> dict[str, Any]:
    content = {
        "title": "{对象}{级别}预警处置",
        "text": "{原因}。请巡查并反馈。",
        "scope": {"units": [str(city.units["civil"].pk)], "everyone": True},
        "sign_minutes": 60,
    }
    about = {"name": "红色预警转指令", "watches": "alert", "makes": "order", "condition": {"least": "red"}}
    return about | {"content": content}


def rise(river: Connector, value: str, minutes: int = 0) -> None:
    at = START + timedelta(minutes=minutes)
    with clock.travel(at):
        reading = Reading(
            "1", "西河桥站", "淦河", "stage", Decimal(value), at, warning=Decimal(28), guarantee=Decimal("29.5"),
            metric_name="水位", unit="米",
        )  # fmt: skip
        intake.take(river.pk, [reading])


def test_a_template_is_tried_on_the_past_and_nothing_is_made(river, people, body, call):
    rise(river, "28.5")
    rise(river, "29.6", 1)
    rise(river, "20", 2)
    duty = call("duty_one")
    with clock.travel(START + timedelta(hours=1)):
        found = duty.post("/triggers/preview", body).json()
        assert (found["looked_at"], found["fitting"], found["days"]) == (1, 1, 30)
        assert [one["title"] for one in found["examples"]] == ["西河桥站红色预警处置"], "按最重的级别"
        other = body | {"condition": {"codes": ["9"]}}
        assert duty.post("/triggers/preview", other).json()["fitting"] == 0
        wrong = duty.post("/triggers/preview", body | {"condition": {"least": "pink"}})
        assert (wrong.status_code, wrong.json()["field"]) == (400, "condition.least")
        assert call("farm_liaison").post("/triggers/preview", body).status_code == 403
    assert not Order.objects.exists()
    assert not Trigger.objects.exists()


def test_a_template_from_its_writing_to_what_it_did(river, people, body, call):
    duty, head, stranger = call("duty_one"), call("head_one"), call("farm_liaison")
    made = duty.post("/triggers", body).json()
    assert made["abilities"] == ["change"]
    [seen] = head.get("/triggers").json()["items"]
    assert seen["abilities"] == ["change", "approve"]
    path = f"/triggers/{made['id']}"
    assert stranger.post(f"{path}/approve").status_code == 404
    approved = head.post(f"{path}/approve").json()
    assert (approved["approved_by"], approved["abilities"]) == ("局长乙", ["change"])
    off = duty.post(f"{path}/enabled", {"is_enabled": False}).json()
    assert (off["is_enabled"], off["approved_by"]) == (False, "局长乙"), "停用不收回批准"
    assert duty.post(f"{path}/enabled", {"is_enabled": True}).json()["is_enabled"] is True
    assert stranger.post(f"{path}/enabled", {"is_enabled": False}).status_code == 403
    rise(river, "30")
    applying.apply_to_alert(river.alerts.get().pk)
    [run] = duty.get(f"{path}/runs").json()["items"]
    assert (run["error"], run["made"]) == ("", f"order:{Order.objects.get().pk}")
    assert stranger.get(f"{path}/runs").status_code == 403
    changed = duty.put(path, body | {"name": "新名称"}).json()
    assert (changed["name"], changed["approved_by"]) == ("新名称", ""), "修改后须重新批准"
    assert stranger.put(path, body).status_code == 403
    assert stranger.delete(path).status_code == 403
    assert duty.delete(path).status_code == 204


def test_runs_by_pages(people, body, call, monkeypatch):
    monkeypatch.setattr("workflows.triggers.services.RUNS_SHOWN", 2)
    duty = call("duty_one")
    made = duty.post("/triggers", body).json()
    for number in range(3):
        TriggerRun.objects.create(trigger_id=made["id"], about=f"alert:{number}", at=START)
    path = f"/triggers/{made['id']}/runs"
    first = duty.get(path).json()
    second = duty.get(path, cursor=first["next"]).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    assert duty.get(path, cursor="odd").json()["field"] == "cursor"


def test_choices(river, people, call):
    rise(river, "20")
    found = call("duty_one").get("/triggers/choices").json()
    assert [one["name"] for one in found["connectors"]] == ["市水文监测系统"]
    assert [one["name"] for one in found["metrics"]] == ["水位"]
    assert {"key": "threshold", "name": "超限"} in found["alert_kinds"]
    assert "{对象}" in found["words"]
    assert call("farm_liaison").get("/triggers/choices").status_code == 403
