"""The doors: right people in, others out, whatever the route."""

from typing import Any
from uuid import uuid4

import pytest

from chatops.services import rooms
from common import ids
from tests.workflows.approvals.conftest import chain, head, user

pytestmark = pytest.mark.django_db
DEEDS = (
    "agree", "resubmit", "refuse", "return", "withdraw", "transfer", "add_sign", "comment", "cc", "urge",
    "record_instruction", "answer_dissent",
)  # fmt: skip


def test_from_draft_to_print(publish, call):
    publish(chain(user("a", "审核", head())))
    starter, boss = call("civil_handler"), call("civil_head")
    assert [one["key"] for one in starter.get("/processes").json()] == ["p"]
    assert starter.get("/processes/p").json()["rights"]["reason"] == "write"
    assert starter.get("/processes/none").status_code == 404
    (step,) = starter.post("/processes/p/route", {"data": {"reason": "试"}}).json()
    assert step["who"][0]["name"] == "民政局"
    body: dict[str, Any] = {"process": "p", "data": {"reason": ""}}
    refused = starter.post("/cases", body)
    assert (refused.status_code, refused.json()["field"]) == (400, "reason")
    body["data"]["reason"] = "购置桌椅"
    made = starter.post("/cases", body, key="k").json()
    assert starter.post("/cases", body, key="k").json() == made
    assert boss.get("/cases?box=waiting").json()["counts"]["waiting"] == 1
    path = f"/cases/{made['id']}"
    assert boss.post(f"{path}/open").json()["opened"] is True
    assert boss.get(f"{path}/diagram").json()["current"] == ["a"]
    assert "购置桌椅" in boss.get(f"{path}/print").content.decode()
    assert boss.post(f"{path}/deeds/agree", {"key": "d"}).json()["state"] == "finished"
    assert [one["id"] for one in boss.get("/cases?box=handled").json()["items"]] == [made["id"]]


def test_only_who_may_speak_in_a_room_lets_it_be_told(publish, act, call):
    publish(chain(user("a", "审核", head())))
    keeper, starter = act("civil_head"), call("civil_handler")
    strange, notices = (
        rooms.create_room(actor=keeper, kind=kind, name="群", members=members).room_id
        for kind, members in (("work", []), ("notice", [act("civil_handler").staff_id]))
    )
    body = {"process": "p", "data": {"reason": "购置桌椅"}}
    assert starter.post("/cases", body | {"room": strange}).status_code == 404
    assert starter.post("/cases", body | {"room": notices}).json()["code"] == "may_not_post"
    assert starter.post("/cases", body).status_code < 300


def test_others_find_nothing(publish, call, begin):
    publish(chain(user("a", "审核", head())))
    path, other = f"/cases/{begin()}", call("outside_head")
    for page in ("", "/diagram", "/print", "/files/x"):
        assert other.get(path + page).status_code == 404
    assert other.post(f"{path}/open").status_code == 404
    for deed in DEEDS:
        said = {"opinion": "看看", "to": [ids.user_id("civil_head")], "mode": "before", "file": "x"}
        assert other.post(f"{path}/deeds/{deed}", said).status_code in {400, 404}, deed
    for page in ("/process-drafts", "/processes/p/versions", f"/process-drafts/{uuid4()}"):
        assert call("civil_handler").get(page).status_code in {403, 404}, page
    assert other.post("/process-drafts", {"key": "x", "name": "x"}).status_code == 403
    assert other.get("/delegations").json() == []
