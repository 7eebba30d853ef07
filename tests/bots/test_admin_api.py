"""Bots over REST: who may, what is shown once, pausing, rooms, calls, dry run, hooks out."""

import json
from typing import Any

import pytest
from django.test import Client

from bots.models import BotRecord, Call, HookPost, OutCall
from bots.services import accounts, outs, records
from bots.store import bots as store
from chatops.models import Membership
from common import clock
from common.errors import SignedOutError
from directory.services import devices
from directory.store.sessions import find_staff
from tests.bots.hooks.conftest import Site, site  # noqa: F401 - a fixture
from tests.bots.hooks.test_doors import post
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db


class Asks:
    def __init__(self, person):
        self._client = Client(headers={"authorization": f"Bearer {person.secret}"})

    def __call__(self, method, path="", body=None, status=200):
        answer = self._client.generic(
            method,
            f"/api/v1/admin/bots{path}",
            json.dumps(body),
            content_type="application/json",
        )
        assert answer.status_code == status, answer.content.decode()
        return answer.json() if answer.content else None


@pytest.fixture
def asks(site):  # noqa: F811
    return Asks(site.head)


def test_the_head_of_the_unit_makes_a_bot_and_owns_it(site, asks):  # noqa: F811
    body = {"number": "bot-shuiwen", "name": "水文助手", "unit_id": str(site.head.post.unit_id)}
    made = asks("POST", "", body, status=201)
    assert (made["name"], made["owner_names"], made["paused_at"]) == ("水文助手", ["周牧远"], None)
    account = find_staff("bot-shuiwen")
    assert account is not None
    assert account.kind == "bot"
    assert {one["number"] for one in asks("GET")["items"]} == {"bot-shuiwen", "bot-jiankong"}
    assert asks("POST", "", body, status=409)["field"] == "number"
    assert asks("POST", "", body | {"number": "shuiwen"}, status=400)["field"] == "number"


def test_others_see_none_of_it(site):  # noqa: F811
    other = make_person("钟远山", unit=make_unit("另一单位"), role="head", title="局长")
    assert Asks(other)("GET")["items"] == []
    Asks(other)("GET", f"/{site.bot.pk}", status=403)
    Asks(other)("POST", f"/{site.bot.pk}/pause", status=403)
    Asks(site.member)("GET", status=403)
    Asks(site.member)("POST", f"/{site.bot.pk}/token", status=403)


def test_built_in_bots_are_shown_to_administrators(site):  # noqa: F811
    accounts.ensure_bots()
    admin = Asks(make_person("管理", unit=make_unit("机房"), role="system_admin", title="系统管理员"))
    numbers = [one["number"] for one in admin("GET")["items"]]
    assert numbers == ["bot-jiankong", "bot-duban", "bot-shenpi", "bot-shuju", "bot-tixing", "bot-zhuanban"]
    built_in = BotRecord.objects.get(number="bot-duban")
    admin("POST", f"/{built_in.pk}/token", status=409)
    out = {"label": "外", "url": "https://example.com", "events": ["mention"]}
    admin("POST", f"/{built_in.pk}/outs", out, status=409)


def test_a_token_is_shown_once_and_replaces_the_one_before(site, asks):  # noqa: F811
    first = asks("POST", f"/{site.bot.pk}/token")
    assert first["user_id"] == "@bot-jiankong:tongzhou.localhost"
    assert devices.actor_for_secret(first["token"], "matrix").staff_number == "bot-jiankong"
    asks("POST", f"/{site.bot.pk}/token")
    with pytest.raises(SignedOutError):
        devices.actor_for_secret(first["token"], "matrix")


def test_pausing_closes_every_door_and_resuming_opens_them(site, asks):  # noqa: F811
    token = asks("POST", f"/{site.bot.pk}/token")["token"]
    paused = asks("POST", f"/{site.bot.pk}/pause")
    assert paused["paused_by"] == "周牧远"
    with pytest.raises(SignedOutError):
        devices.actor_for_secret(token, "matrix")
    asks("POST", f"/{site.bot.pk}/token", status=409)
    assert asks("POST", f"/{site.bot.pk}/resume")["paused_at"] is None
    assert devices.actor_for_secret(token, "matrix").kind == "bot"


def test_a_hook_is_shown_once(site, asks):  # noqa: F811
    body = {
        "kind": "dingtalk",
        "label": "监控",
        "room_id": site.room_id,
        "signed": True,
        "addresses": ["10.0.0.0/8"],
    }
    made = asks("POST", f"/{site.bot.pk}/hooks", body, status=201)
    assert made["url"].startswith("http://127.0.0.1:8000/robot/send?access_token=")
    assert made["secret"].startswith("SEC")
    [shown] = asks("GET", f"/{site.bot.pk}")["hooks"]
    assert made["url"][-32:] not in shown["address"]
    assert shown["address"].endswith("…" + made["url"][-4:])
    asks("DELETE", f"/{site.bot.pk}/hooks/{shown['id']}", status=204)
    assert asks("GET", f"/{site.bot.pk}")["hooks"] == []
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"addresses": ["x"]}, "addresses"),
        ({"room_id": "!x:y"}, "room_id"),
        ({"label": " "}, "label"),
    ]
    for wrong, field in wrongs:
        assert asks("POST", f"/{site.bot.pk}/hooks", body | wrong, status=400)["field"] == field
    assert asks("POST", f"/{site.bot.pk}/hooks", body | {"kind": "slack"}, status=400)["field"] == "signed"


def test_rooms_are_those_of_the_caller(site, asks):  # noqa: F811
    asks("POST", f"/{site.bot.pk}/rooms", {"room_id": "!nowhere:tongzhou.localhost"}, status=404)
    shown = asks("DELETE", f"/{site.bot.pk}/rooms/{site.room_id}")
    assert shown["rooms"] == []
    bot = find_staff("bot-jiankong")
    assert Membership.objects.get(staff=bot, room__room_id=site.room_id).membership == "leave"
    [room] = asks("POST", f"/{site.bot.pk}/rooms", {"room_id": site.room_id})["rooms"]
    assert (room["name"], room["can_post"]) == ("机房值守", True)


def test_recent_calls_with_their_errors_are_listed_and_forgotten_after_thirty_days(site, asks):  # noqa: F811
    url = site.hook("dingtalk").url
    post(url, {"msgtype": "text", "text": {"content": "好"}})
    post(url, {"msgtype": "voice"})
    everything = asks("GET", f"/{site.bot.pk}/calls")["items"]
    assert [one["reason"] for one in everything] == ["kind", ""]
    [failed] = asks("GET", f"/{site.bot.pk}/calls?failed=true")["items"]
    assert (failed["detail"], failed["hook_label"], failed["status"]) == ("voice", "机房监控", 400)
    asks("GET", f"/{site.bot.pk}/calls?cursor=x", status=400)
    assert asks("GET", f"/{site.bot.pk}")["use"] == {"minute": 1, "day": 1, "refused_today": 0}
    from datetime import timedelta

    HookPost.objects.update(state="sent")
    assert store.forget(clock.now() + timedelta(seconds=1)) == 4
    assert not Call.objects.exists()


def test_budget_and_words_are_edited_by_version(site, asks):  # noqa: F811
    changed = asks("PATCH", f"/{site.bot.pk}", {"version": 1, "budget_minute": 5, "name": "机房助手"})
    assert (changed["budget_minute"], changed["name"], changed["version"]) == (5, "机房助手", 2)
    asks("PATCH", f"/{site.bot.pk}", {"version": 1, "says": "晚了"}, status=409)
    assert (
        asks("PATCH", f"/{site.bot.pk}", {"version": 2, "budget_day": 0}, status=400)["field"] == "budget_day"
    )


def test_a_dry_run_shows_whom_it_would_reach(site, asks):  # noqa: F811
    body = {"room_id": site.room_id, "payload": {"text": "演练", "mention": {"users": ["shen"]}}}
    reach = asks("POST", f"/{site.bot.pk}/dry-run", body)
    assert (reach["people"], reach["mentioned"]) == (2, [site.member.user_id])
    assert set(reach["names"]) == {site.head.staff.name, site.member.staff.name}
    asks("POST", f"/{site.bot.pk}/dry-run", body | {"payload": {"nothing": 1}}, status=400)
    admin = Asks(make_person("管理", unit=make_unit("机房"), role="system_admin", title="系统管理员"))
    outside = admin(
        "POST", f"/{site.bot.pk}/dry-run", body
    )  # who is not in the room learns how many, not who
    assert (outside["people"], outside["names"]) == (2, [])
    assert not HookPost.objects.exists()


def test_an_address_inside_our_network_is_refused(site, asks, settings):  # noqa: F811
    body = {
        "label": "工单",
        "url": "http://127.0.0.1:9/hook",
        "events": ["command"],
        "commands": [{"name": "/工单"}],
    }
    for url in ("http://127.0.0.1:9/", "http://[::1]/", "http://169.254.169.254/", "http://localhost/", "ftp://e.org",
                "http://u:p@e.org/", "http://[::ffff:10.0.0.1]/"):  # fmt: skip
        assert asks("POST", f"/{site.bot.pk}/outs", body | {"url": url}, status=400)["field"] == "url"
    settings.HOOK_OUT_NETWORKS = ["127.0.0.0/8"]
    made = asks("POST", f"/{site.bot.pk}/outs", body, status=201)
    assert made["secret"].startswith("SEC")
    assert made["out"]["commands"] == [{"name": "工单", "says": ""}]
    settings.HOOK_OUT_NETWORKS = []
    outs.tell(site.bot, "command", room_id=site.room_id, event={"event_id": "$1"}, command="工单")
    call = OutCall.objects.get()
    outs.deliver(call.pk)  # what was allowed once is looked at again
    call.refresh_from_db()
    assert (call.state, call.attempts) == ("waiting", 1)
    assert "内部网络" in call.error


def test_dead_calls_are_listed_and_sent_again(site, asks, settings):  # noqa: F811
    settings.HOOK_OUT_NETWORKS = ["127.0.0.0/8"]
    body = {"label": "工单", "url": "http://127.0.0.1:9/hook", "events": ["mention"]}
    out = asks("POST", f"/{site.bot.pk}/outs", body, status=201)["out"]
    assert outs.tell(site.bot, "mention", room_id=site.room_id, event={"event_id": "$1"}) == 1
    assert outs.tell(site.bot, "mention", room_id=site.room_id, event={"event_id": "$1"}) == 0
    call = OutCall.objects.get()
    for _try in range(8):
        outs.deliver(call.pk)
    path = f"/{site.bot.pk}/outs/{out['id']}"
    [dead] = asks("GET", f"{path}/calls?state=dead")["items"]
    assert (dead["attempts"], dead["status"]) == (8, 0)
    assert "没有应答" in dead["error"]
    assert asks("POST", f"{path}/replay", {}) == {"calls": 1}
    assert asks("POST", f"{path}/replay", {}) == {"calls": 0}
    assert asks("PATCH", path, {"is_enabled": False})["waiting"] == 1
    asks("DELETE", path, status=204)
    assert not OutCall.objects.exists()


def test_every_deed_is_in_the_audit_trail(site, asks):  # noqa: F811
    from common.store.models import AuditEntry

    asks("POST", f"/{site.bot.pk}/pause")
    verbs = set(AuditEntry.objects.filter(subject="bot").values_list("verb", flat=True))
    assert {"bot.create", "bot.add_room", "bot.pause"} <= verbs


def test_an_owner_without_the_bot_unit_is_refused(site):  # noqa: F811
    from common.errors import BadInputError

    other = make_person("钟远山", unit=make_unit("另一单位"), role="head", title="局长")
    assert other.post is not None
    with pytest.raises(BadInputError):
        records.edit(
            actor=site.head.actor(), bot_id=site.bot.pk, version=1, changes={"owner_post_id": other.post.pk}
        )
    assert isinstance(site, Site)
