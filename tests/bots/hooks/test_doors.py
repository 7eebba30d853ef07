"""The doors over HTTP: each product's form of success and refusal, and what is stored before the answer."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from bots.hooks import feishu, own
from bots.models import Call, HookPost, Spend
from bots.services import hook_admin, records
from chatops.models import Room
from chatops.store.models import SecrecyRefusal
from common import clock

pytestmark = pytest.mark.django_db

TEXTS: dict[str, dict[str, Any]] = {
    "own": {"text": "二号机房温度 31 度"},
    "dingtalk": {"msgtype": "text", "text": {"content": "二号机房温度 31 度"}},
    "wecom": {"msgtype": "text", "text": {"content": "二号机房温度 31 度"}},
    "feishu": {"msg_type": "text", "content": {"text": "二号机房温度 31 度"}},
    "slack": {"text": "二号机房温度 31 度"},
}
SUCCESS = {
    "dingtalk": {"errcode": 0, "errmsg": "ok"},
    "wecom": {"errcode": 0, "errmsg": "ok"},
    "feishu": {
        "code": 0,
        "msg": "success",
        "data": {},
        "StatusCode": 0,
        "StatusMessage": "success",
        "ok": True,
    },
}


def post(url, payload, **headers):
    parts = urlsplit(url)
    address = parts.path + (f"?{parts.query}" if parts.query else "")
    body = payload if isinstance(payload, bytes | str) else json.dumps(payload)
    return Client().post(
        address, body, content_type=headers.pop("content_type", "application/json"), headers=headers
    )


def code_of(answer) -> object:
    if answer["Content-Type"].startswith("text/plain"):
        return answer.content.decode()
    body = answer.json()
    return body.get("errcode", body.get("code"))


@pytest.mark.parametrize("kind", TEXTS)
def test_a_text_is_stored_with_its_job_and_answered_in_the_product_form(site, kind):
    made = site.hook(kind)
    answer = post(made.url, TEXTS[kind])
    assert answer.status_code == 200
    if kind == "slack":
        assert answer.content == b"ok"
    elif kind == "own":
        assert answer.json() == {"ok": True, "id": str(HookPost.objects.get().pk), "repeated": False}
    else:
        assert answer.json() == SUCCESS[kind]
    [stored] = HookPost.objects.all()
    assert stored.content == {"msgtype": "m.text", "body": "二号机房温度 31 度"}
    [job] = ProcrastinateJob.objects.filter(task_name="bots.send_posts")
    assert job.args == {"bot": str(site.bot.pk), "room_id": site.room_id}
    [call] = Call.objects.all()
    assert (call.status, call.reason, call.post) == (200, "", stored.pk)


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("own", "token", 404),
        ("dingtalk", 300001, 404),
        ("wecom", 93000, 404),
        ("feishu", 19001, 404),
        ("slack", "no_service", 404),
    ],
)
def test_an_unknown_token_is_refused(site, kind, code, status):
    made = site.hook(kind)
    answer = post(made.url.replace(made.url[-32:], "x" * 32), TEXTS[kind])
    assert (answer.status_code, code_of(answer)) == (status, code)
    hook_admin.revoke(actor=site.head.actor(), bot_id=site.bot.pk, hook_id=made.hook.pk)
    assert code_of(post(made.url, TEXTS[kind])) == code
    assert not HookPost.objects.exists()


def test_a_token_opens_its_own_product_only(site):
    made = site.hook("wecom")
    assert code_of(post(f"/hooks/{made.url[-32:]}", {"text": "a"})) == "token"


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        ("dingtalk", {"msgtype": "voice", "voice": {}}, 400105),
        ("wecom", {"msgtype": "file", "file": {"media_id": "1"}}, 40008),
        ("feishu", {"msg_type": "image", "content": {"image_key": "k"}}, 19002),
        ("slack", {"blocks": [{"type": "call"}]}, "invalid_blocks"),
        ("own", {"what": 1}, "kind"),
        ("dingtalk", b"{", 40035),
        ("wecom", b"\xff", 40063),
        ("feishu", b"[" * 5000, 9499),
        ("slack", b"payload", "invalid_payload"),
        ("own", b"", "not_json"),
    ],
)
def test_what_is_not_known_gets_the_product_error(site, kind, payload, code):
    answer = post(site.hook(kind).url, payload)
    assert (answer.status_code, code_of(answer)) == (400, code)
    assert Call.objects.get().reason in {"kind", "not_json"}


def test_slack_also_comes_as_a_form(site):
    url = site.hook("slack").url
    form = urlencode({"payload": json.dumps({"text": "告警 & 恢复"})})
    answer = post(url, form, content_type="application/x-www-form-urlencoded")
    assert answer.content == b"ok"
    assert HookPost.objects.get().content["body"] == "告警 & 恢复"


def test_feishu_first_address_and_a_slash_at_the_end(site):
    url = site.hook("feishu").url
    assert post(url.replace("/v2", ""), {"title": "标题", "text": "内容"}).json()["ok"] is True
    assert post(url + "/", TEXTS["feishu"]).json()["code"] == 0
    assert HookPost.objects.count() == 2


def test_dingtalk_signature(site):
    made = site.hook("dingtalk", signed=True)
    assert made.secret.startswith("SEC")

    def signed(at_ms, secret=made.secret):
        digest = hmac.digest(secret.encode(), f"{at_ms}\n{secret}".encode(), hashlib.sha256)
        query = urlencode({"timestamp": at_ms, "sign": base64.b64encode(digest).decode()})
        return post(f"{made.url}&{query}", TEXTS["dingtalk"])

    now = int(clock.now().timestamp() * 1000)
    assert code_of(signed(now)) == 0
    assert code_of(signed(now, "SECother")) == 310000
    assert code_of(signed(now - 3_700_000)) == 310000
    assert code_of(post(made.url, TEXTS["dingtalk"])) == 310000


def test_feishu_and_own_signatures(site):
    made, now = site.hook("feishu", signed=True), str(int(clock.now().timestamp()))
    sign = feishu.sign(made.secret, now)
    assert code_of(post(made.url, {**TEXTS["feishu"], "timestamp": now, "sign": sign})) == 0
    assert code_of(post(made.url, TEXTS["feishu"])) == 19021
    assert code_of(post(made.url, b"{")) == 9499
    made, body = site.hook("own", signed=True), json.dumps(TEXTS["own"])
    headers = {"X-Tongzhou-Timestamp": now, "X-Tongzhou-Signature": own.sign(made.secret, now, body.encode())}
    assert post(made.url, body, **headers).status_code == 200
    assert post(made.url, body + " ", **headers).status_code == 403


def test_only_from_the_addresses_that_are_allowed(site):
    assert code_of(post(site.hook("wecom", addresses=["10.1.0.0/16"]).url, TEXTS["wecom"])) == 60020
    assert code_of(post(site.hook("wecom", addresses=["127.0.0.1"]).url, TEXTS["wecom"])) == 0


def test_the_same_key_is_one_message(site):
    url = site.hook().url
    headers = {"Idempotency-Key": "alarm-7"}
    first, again = post(url, TEXTS["own"], **headers), post(url, TEXTS["own"], **headers)
    assert first.json()["id"] == again.json()["id"]
    assert again.json()["repeated"] is True
    other = post(url, {"text": "另一条"}, **headers)
    assert (other.status_code, code_of(other)) == (409, "conflict")
    ding = site.hook("dingtalk").url
    for _again in range(2):
        assert code_of(post(ding, {**TEXTS["dingtalk"], "msgUuid": "u1"})) == 0
    assert HookPost.objects.count() == 2


def test_far_more_than_twenty_a_minute_and_then_a_time_to_come_back(site, settings):
    settings.HOOK_CALLS_PER_MINUTE = 120
    url = site.hook("dingtalk").url
    for taken in range(200):  # noqa: B007 - counted on
        answer = post(url, TEXTS["dingtalk"])
        if answer.status_code != 200:
            break
    assert taken >= 60
    assert (answer.status_code, code_of(answer)) == (429, 410100)
    assert int(answer["Retry-After"]) >= 1
    assert "retry after 1 seconds" in answer.json()["errmsg"]


def test_the_budget_of_the_bot_is_told_with_a_time_and_its_owner_once(site):
    records.edit(actor=site.head.actor(), bot_id=site.bot.pk, version=1, changes={"budget_day": 1})
    url = site.hook().url
    assert post(url, {"text": "一"}).status_code == 200
    for words in ("二", "三"):
        answer = post(url, {"text": words})
        assert answer.status_code == 429
        assert answer.json()["facts"]["retry_after_ms"] == int(answer["Retry-After"]) * 1000
    assert Spend.objects.get().refused == 2
    from bots.models import Notice

    [notice] = Notice.objects.filter(kind="words")
    assert notice.staff_id == site.head.pk
    assert "额度 1 条已用完" in notice.about["words"]


def test_a_state_secret_mark_is_refused_and_not_kept(site):
    answer = post(site.hook("slack").url, {"text": "机密★10年 关于机房的通知"})
    assert (answer.status_code, answer.content) == (403, b"action_prohibited")
    assert not HookPost.objects.exists()
    assert SecrecyRefusal.objects.get().where == "webhook"


def test_a_paused_bot_and_a_closed_room_take_nothing(site):
    made = site.hook("dingtalk")
    records.pause(actor=site.head.actor(), bot_id=site.bot.pk)
    assert code_of(post(made.url, TEXTS["dingtalk"])) == 400102
    records.resume(actor=site.head.actor(), bot_id=site.bot.pk)
    assert code_of(post(made.url, TEXTS["dingtalk"])) == 0
    records.remove_room(actor=site.head.actor(), bot_id=site.bot.pk, room_id=site.room_id)
    assert code_of(post(made.url, TEXTS["dingtalk"])) == 400013
    assert Call.objects.filter(reason="room").exists()


def test_an_archived_room_takes_nothing(site):
    url = site.hook("slack").url
    Room.objects.filter(room_id=site.room_id).update(archived_at=clock.now())
    answer = post(url, TEXTS["slack"])
    assert (answer.status_code, answer.content) == (410, b"channel_is_archived")


def test_a_dry_run_tells_whom_it_would_reach_and_sends_nothing(site):
    message = {"text": "演练", "mention": {"users": ["shen", "nobody"], "everybody": True}}
    reach = post(site.hook().url + "?dry_run=1", message).json()["reach"]
    assert (reach["room_name"], reach["people"]) == ("机房值守", 2)
    assert reach["mentioned"] == [site.member.user_id]
    assert reach["everybody"] is False  # the bot owns no room
    assert not HookPost.objects.exists()


def test_cards_and_mentions_reach_the_content(site):
    site.member.staff.phone = "13800001111"
    site.member.staff.save(update_fields=["phone"])
    payload = {
        "msgtype": "actionCard",
        "actionCard": {
            "title": "温度告警",
            "text": "### 温度告警\n31 度",
            "singleTitle": "查看",
            "singleURL": "https://e.org",
        },
        "at": {"atMobiles": ["+86138-0000-1111"]},
    }
    assert code_of(post(site.hook("dingtalk").url, payload)) == 0
    content = HookPost.objects.get().content
    assert content["org.tongzhou.card"]["title"] == "温度告警"
    assert content["org.tongzhou.card"]["lines"][-1]["text"] == "查看：https://e.org"
    assert content["m.mentions"] == {"user_ids": [site.member.user_id]}


def test_a_picture_becomes_a_file_of_the_bot(site):
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (3, 2)).save(file, "PNG")
    image = {
        "base64": base64.b64encode(file.getvalue()).decode(),
        "md5": hashlib.md5(file.getvalue(), usedforsecurity=False).hexdigest(),
    }
    assert code_of(post(site.hook("wecom").url, {"msgtype": "image", "image": image})) == 0
    content = HookPost.objects.get().content
    assert content["msgtype"] == "m.image"
    assert content["info"]["w"] == 3


def test_a_fault_of_ours_is_told_in_the_product_form(site, monkeypatch):
    url = site.hook("feishu").url

    def break_it(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr("bots.services.hooks.store_post", break_it)
    answer = post(url, TEXTS["feishu"])
    assert (answer.status_code, code_of(answer)) == (503, 19007)
    assert Client().get(urlsplit(url).path).status_code == 400


@pytest.mark.parametrize("kind", TEXTS)
def test_no_token_gets_into_the_log(site, kind, caplog):
    url = site.hook(kind).url
    with caplog.at_level("DEBUG"):
        post(url, b"{")
        post(url.replace(url[-32:], "secretsecret"), TEXTS[kind])
        records.pause(actor=site.head.actor(), bot_id=site.bot.pk)
        post(url, TEXTS[kind])
    assert url[-32:] not in caplog.text
    assert "secretsecret" not in caplog.text


def test_nothing_secret_is_stored(site):
    made = site.hook("dingtalk", signed=True)
    row = {key: str(value) for key, value in type(made.hook).objects.values().get().items()}
    assert made.url[-32:] not in " ".join(row.values())
    assert made.secret not in " ".join(row.values())
