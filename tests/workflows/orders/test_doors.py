"""The REST door: each route with who may and who may not."""

from datetime import timedelta

import pytest
from django.test import Client

from common import clock
from directory.services import devices
from directory.store.models import Staff


@pytest.fixture
def ask(organs):
    """`ask("yjj_head", "get", "/orders")` → (status, body)."""

    def call(number, method, path, body=None):
        staff = Staff.objects.get(staff_number=number)
        secret = devices.open_device(staff, kind="web", device_id=f"test-{number}").secret
        given = {"data": body, "content_type": "application/json"} if method != "get" else {}
        headers = {"Authorization": f"Bearer {secret}"}
        answer = getattr(Client(), method)(f"/api/v1{path}", headers=headers, **given)
        kind = answer.headers.get("Content-Type", "")
        return answer.status_code, answer.json() if "json" in kind and answer.content else answer.content

    return call


def test_an_order_goes_through_every_door(ask, organs, settings):
    settings.TEXT_GATEWAY_URL = "http://127.0.0.1:9/"
    scope = {"units": [str(organs.xayj.pk)]}
    status, options = ask("yjj_office", "get", "/orders/options")
    assert (status, [step["step"] for step in options["steps"]]) == (200, ["text", "duty", "leader"])
    assert ask("yjj_office", "post", "/orders/head-count", {"scope": scope})[1]["people"] == 3
    status, made = ask(
        "yjj_office",
        "post",
        "/orders",
        {"title": "转移", "text": "请转移。", "scope": scope, "urgency": "top"},
    )
    assert status == 201
    order = f"/orders/{made['order']['id']}"
    limit = (clock.now() + timedelta(hours=1)).isoformat()
    assert ask("yjj_office", "patch", order, {"sign_by": limit, "edit": 1})[1]["order"]["edit"] == 2
    assert ask("yjj_office", "post", f"{order}/head-count", {})[1]["out_of_scope"] == []
    assert ask("yjj_office", "post", f"{order}/approve", {})[0] == 403
    assert ask("xayj_head", "get", order)[0] == 404
    assert ask("yjj_head", "post", f"{order}/approve", {})[0] == 200
    assert ask("yjj_office", "post", f"{order}/issue", {})[1]["order"]["number"].startswith("指令〔")
    assert [one["id"] for one in ask("xayj_head", "get", "/orders/mine?open=1")[1]["items"]] == [
        made["order"]["id"]
    ]
    assert ask("xayj_head", "get", order)[1]["mine"]["state"] == "read"
    assert ask("xayj_head", "get", f"{order}/tree")[0] == 403
    assert ask("yjj_head", "get", f"{order}/tree")[1]["counts"]["read"] == 1
    assert [step["step"] for step in ask("yjj_head", "get", f"{order}/ladder")[1]["steps"]] == [
        "app",
        "text",
        "duty",
        "leader",
    ]
    assert ask("yjj_head", "get", f"{order}/attempts?only=failed")[1]["items"] == []
    assert ask("yjj_head", "post", f"{order}/remind", {})[0] == 200
    assert ask("mzj_head", "post", f"{order}/sign-for", {})[0] == 404
    assert ask("xayj_head", "post", f"{order}/sign-for", {})[1]["order"]["mine"]["state"] == "signed_for"
    assert ask("xayj_head", "post", f"{order}/sign-for", {})[0] == 409
    assert (
        ask("xayj_head", "post", f"{order}/report", {"text": "已办"})[1]["order"]["mine"]["report"] == "已办"
    )
    assert ask("xayj_office", "post", f"{order}/decline", {"reason": ""})[1]["field"] == "reason"
    assert ask("xayj_office", "post", f"{order}/decline", {"reason": "不属我办"})[0] == 200
    assert ask("xayj_handler", "post", f"{order}/substitute", {"reason": "代"})[0] in {403, 404}
    assert (
        ask("xayj_office", "post", f"{order}/substitute", {"user_id": "xayj_duty_officer", "reason": "外出"})[
            0
        ]
        == 200
    )
    assert ask("yjj_office", "post", f"{order}/correct", {"reason": "误", "text": "改"})[0] == 403
    assert (
        ask("yjj_head", "post", f"{order}/correct", {"reason": "误", "text": "改"})[1]["order"]["version"]
        == 2
    )
    assert ask("xayj_head", "get", f"{order}/evidence")[0] == 403
    assert ask("yjj_head", "get", f"{order}/evidence")[1][:2] == b"PK"
    assert ask("yjj_office", "post", f"{order}/recall", {"reason": "误"})[0] == 403
    assert ask("yjj_office", "post", f"{order}/close", {})[1]["order"]["state"] == "closed"
    assert [one["number"] for one in ask("yjj_head", "get", "/orders?state=closed&q=转移")[1]["items"]] != []
    assert ask("mzj_head", "get", "/orders")[1]["items"] == []


def test_what_was_typed_wrongly_is_named(ask, organs):
    for body, field in (
        ({"title": "长" * 101}, "title"),
        ({"scope": {"levels": ["moon"]}}, "scope.levels"),
        ({"scope": {"regions": ["999999"]}}, "scope.regions"),
        ({"scope": {"people": ["nobody"]}}, "scope.people"),
        ({"organ_code": "abc"}, "organ_code"),
        ({"sign_by": "2099-01-01T00:00:00Z"}, "sign_by"),
        ({"sign_by": "2026-07-02T10:00:00Z", "report_by": "2026-07-01T10:00:00Z"}, "report_by"),
    ):
        status, said = ask("yjj_office", "post", "/orders", body)
        assert (status, said["field"]) == (400, field), said


def test_templates_and_drafts_are_the_units_own(ask, organs):
    status, kept = ask(
        "yjj_office", "post", "/orders/templates", {"name": "防汛", "draft": {"title": "转移"}}
    )
    assert status == 201
    assert len(ask("yjj_head", "get", "/orders/templates")[1]) == 1
    assert ask("mzj_head", "delete", f"/orders/templates/{kept['id']}")[0] == 404
    assert ask("yjj_head", "delete", f"/orders/templates/{kept['id']}")[0] == 204
    _, made = ask("yjj_office", "post", "/orders", {"title": "草稿"})
    assert ask("mzj_head", "delete", f"/orders/{made['order']['id']}")[0] == 404
    assert ask("yjj_head", "delete", f"/orders/{made['order']['id']}")[0] == 204
