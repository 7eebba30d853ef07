"""What every endpoint does alike: paths, bodies, errors, tokens, CORS, limits (matrix.md §1.0)."""

import asyncio
import time
from urllib.parse import quote

import pytest

from chatops.delivery.limits import SendLimits
from chatops.matrix.endpoints import sending
from common.aio import call_service
from directory.models import Staff

pytestmark = pytest.mark.django_db(transaction=True)

V3, R0 = "/_matrix/client/v3", "/_matrix/client/r0"


async def test_versions_and_well_known_need_no_token(url, raw):
    nobody = raw("")
    assert "v1.11" in (await nobody.ok("GET", "/_matrix/client/versions"))["versions"]
    assert "base_url" in (await nobody.ok("GET", "/.well-known/matrix/client"))["m.homeserver"]
    flows = [flow["type"] for flow in (await nobody.ok("GET", f"{R0}/login"))["flows"]]
    assert flows == ["m.login.password", "m.login.application_service"]


async def test_unknown_paths_and_methods(raw, people):
    asks = raw(people.anna)
    for path in (
        "/_matrix/client/v1/auth_metadata",
        "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports",
        "/_matrix/federation/v1/version",
        f"{V3}/rooms/a/b/c/d/e/f",
        "/.well-known/matrix/server",
    ):
        assert await asks.fails("GET", path) == (404, "M_UNRECOGNIZED")
    assert await asks.fails("DELETE", "/sync") == (405, "M_UNRECOGNIZED")
    assert await asks.fails("POST", "/register", json={}) == (403, "M_FORBIDDEN")


async def test_cors_on_every_answer(raw, people):
    for answer in (
        await raw("")("OPTIONS", "/rooms/x/send/m.room.message/1"),
        await raw("")("GET", "/joined_rooms"),
        await raw(people.anna)("GET", "/nowhere"),
        await raw(people.anna)("GET", "/joined_rooms"),
    ):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Authorization" in answer.headers["access-control-allow-headers"]
        assert answer.headers["content-type"] == "application/json"
    assert (await raw("")("OPTIONS", "/sync")).status_code == 200


async def test_tokens(raw, people):
    assert await raw("").fails("GET", "/joined_rooms") == (
        401,
        "M_MISSING_TOKEN",
    )
    answer = await raw("wrong")("GET", "/joined_rooms")
    assert (answer.status_code, answer.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    assert answer.json()["soft_logout"] is False
    query = {"access_token": people.anna.secret}
    assert await raw("").ok("GET", "/joined_rooms", params=query)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "M_NOT_JSON")),
        (b"\xff\xfe", (400, "M_NOT_JSON")),
        (b'{"body": "\\ud800"}', (400, "M_NOT_JSON")),
        (b"[" * 5000, (400, "M_NOT_JSON")),
        (b"[]", (400, "M_BAD_JSON")),
        (b'"text"', (400, "M_BAD_JSON")),
        (b'{"msgtype": "m.text", "body": "a\\u0000b"}', (400, "M_BAD_JSON")),
        (b'{"msgtype": "m.text", "body": "a", "n": 1.5}', (400, "M_INVALID_PARAM")),
        (b'{"msgtype": "m.text", "body": "a", "n": 9007199254740993}', (400, "M_INVALID_PARAM")),
        (b'{"msgtype": "m.text", "body": "a", "n": 99999999999999999999}', (400, "M_INVALID_PARAM")),
        (b'{"msgtype": "m.text"}', (400, "M_INVALID_PARAM")),
        (b'{"msgtype": "m.text", "body": "' + b"x" * 66_000 + b'"}', (413, "M_TOO_LARGE")),
        (b'{"msgtype": "m.text", "body": "' + b"x" * 400_000 + b'"}', (413, "M_TOO_LARGE")),
        (b'{"x":' * 40 + b"1" + b"}" * 40, (400, "M_INVALID_PARAM")),
        ('{"msgtype": "m.text", "body": "机密★5年"}'.encode(), (403, "M_FORBIDDEN")),
    ],
)
async def test_malformed_bodies(raw, people, together, body, expected):
    asks = raw(people.anna)
    before = await asks.sync()
    assert await asks.fails("PUT", f"/rooms/{together}/send/m.room.message/t", content=body) == expected
    after = await asks.sync(before["next_batch"])
    assert after["rooms"]["join"] == {}


async def test_wrong_shapes_everywhere(raw, people, together):
    asks, user = raw(people.anna), people.anna.user_id
    room = f"/rooms/{together}"
    for method, path, body, expected in [
        ("POST", "/login", {"type": "m.login.token", "token": "x"}, (400, "M_UNKNOWN")),
        ("POST", "/login", {}, (400, "M_MISSING_PARAM")),
        ("POST", "/login", {"type": "m.login.password", "identifier": []}, (400, "M_BAD_JSON")),
        ("POST", "/createRoom", {"invite": "x"}, (400, "M_BAD_JSON")),
        ("POST", "/createRoom", {"invite": ["@x:elsewhere"]}, (400, "M_INVALID_PARAM")),
        ("POST", "/createRoom", {"room_version": "1"}, (400, "M_UNSUPPORTED_ROOM_VERSION")),
        ("POST", "/createRoom", {"preset": "x"}, (400, "M_INVALID_PARAM")),
        ("POST", "/createRoom", {"initial_state": [{"type": 1}]}, (400, "M_BAD_JSON")),
        ("POST", "/createRoom", {"power_level_content_override": {"ban": "9"}}, (400, "M_INVALID_PARAM")),
        ("POST", f"{room}/invite", {}, (400, "M_MISSING_PARAM")),
        ("POST", f"{room}/invite", {"user_id": 7}, (400, "M_BAD_JSON")),
        ("POST", f"{room}/receipt/m.seen/$x", {}, (400, "M_INVALID_PARAM")),
        ("POST", f"{room}/receipt/m.read/$x", {"thread_id": ""}, (400, "M_INVALID_PARAM")),
        ("POST", f"{room}/receipt/m.read/$x", {}, (404, "M_NOT_FOUND")),
        ("PUT", f"{room}/typing/{user}", {"typing": "yes"}, (400, "M_BAD_JSON")),
        ("PUT", f"{room}/typing/{people.ben.user_id}", {"typing": True}, (403, "M_FORBIDDEN")),
        ("PUT", f"{room}/send/{'m' * 300}/t", {}, (400, "M_INVALID_PARAM")),
        ("PUT", f"{room}/send/m.room.message/{'t' * 300}", {}, (400, "M_INVALID_PARAM")),
        ("PUT", f"{room}/send/m.room.create/t", {}, (403, "M_FORBIDDEN")),
        ("PUT", f"{room}/send/m.room.encrypted/t", {}, (403, "M_FORBIDDEN")),
        ("POST", f"/user/{user}/filter", {"room": {"timeline": {"limit": "5"}}}, (400, "M_BAD_JSON")),
        ("POST", f"/user/{people.ben.user_id}/filter", {}, (403, "M_FORBIDDEN")),
        ("PUT", f"/user/{user}/account_data/m.fully_read", {}, (405, "M_BAD_JSON")),
    ]:
        assert await asks.fails(method, path, json=body) == expected, (path, body)
    for path, expected in [
        ("/sync?since=nonsense", (400, "M_UNKNOWN")),
        ("/sync?filter=unknown", (400, "M_INVALID_PARAM")),
        ("/sync?filter=%7Bx", (400, "M_INVALID_PARAM")),
        ("/sync?timeout=-1", (400, "M_INVALID_PARAM")),
        ("/sync?since=%00", (400, "M_INVALID_PARAM")),
        (f"{room}/messages", (400, "M_INVALID_PARAM")),
        (f"{room}/messages?dir=b&from=x", (400, "M_UNKNOWN")),
        (f"{room}/event/$missing", (404, "M_NOT_FOUND")),
        (f"{room}/state/m.room.avatar", (404, "M_NOT_FOUND")),
        ("/profile/@nobody:tongzhou.localhost", (404, "M_NOT_FOUND")),
        (f"/user/{user}/account_data/none", (404, "M_NOT_FOUND")),
        ("/rooms/%00/state", (400, "M_INVALID_PARAM")),
        ("/rooms/%ff/state", (400, "M_INVALID_PARAM")),
    ]:
        assert await asks.fails("GET", path) == expected, path


async def test_a_room_that_is_not_yours_looks_like_none(raw, people, together):
    outsider = raw(people.cara)
    for room in (together, "!nothing:tongzhou.localhost"):
        for method, path in [
            ("GET", "state"),
            ("GET", "state/m.room.name"),
            ("GET", "members"),
            ("GET", "joined_members"),
            ("GET", "messages?dir=b"),
            ("PUT", "send/m.room.message/t"),
            ("PUT", "state/m.room.name"),
            ("PUT", "redact/$x/t"),
            ("POST", "invite"),
            ("POST", "leave"),
            ("POST", "read_markers"),
        ]:
            body = {"msgtype": "m.text", "body": "x", "name": "x", "user_id": people.ben.user_id}
            options = {} if method == "GET" else {"json": body}
            assert await outsider.fails(method, f"/rooms/{room}/{path}", **options) == (403, "M_FORBIDDEN"), (
                path
            )
        assert await outsider.fails("GET", f"/rooms/{room}/event/$x") == (404, "M_NOT_FOUND")
    assert await outsider.fails("POST", f"/join/{together}") == (403, "M_FORBIDDEN")
    assert await outsider.fails("POST", "/join/!nothing:tongzhou.localhost") == (404, "M_UNKNOWN")
    assert await outsider.fails("POST", "/join/%23alias:tongzhou.localhost") == (404, "M_NOT_FOUND")


async def test_encoded_and_raw_paths_mean_the_same(raw, people, together):
    asks, key = raw(people.anna), "unit/42 区"
    encoded = quote(together, safe="")
    path = f"{R0}/rooms/{encoded}/state/org.tongzhou.note/{quote(key, safe='')}"
    await asks.ok("PUT", path, json={"a": 1})
    assert await asks.ok("GET", f"/rooms/{together}/state/org.tongzhou.note/{quote(key, safe='')}") == {
        "a": 1
    }
    split = f"/rooms/{together}/state/org.tongzhou.note/unit/42"
    assert await asks.fails("GET", split) == (404, "M_UNRECOGNIZED")
    await asks.ok("PUT", f"/rooms/{together}/state/org.tongzhou.plan/", json={"b": 2})
    assert await asks.ok("GET", f"/rooms/{together}/state/org.tongzhou.plan") == {"b": 2}
    assert await asks.ok("GET", f"/rooms/{together}/state/org.tongzhou.plan/") == {"b": 2}
    assert await asks.ok("GET", "/_matrix/client/v3/joined_rooms?x=%2F", headers={"Content-Type": "text/odd"})


async def test_login_by_every_identifier_and_refusals(raw, people):
    from tests.support.world import PASSWORD

    nobody, number = raw(""), people.anna.number
    tries = [
        {"identifier": {"type": "m.id.user", "user": name}}
        for name in (number, people.anna.user_id, number.upper())
    ]
    for who in [*tries, {"user": number}]:
        body = {"type": "m.login.password", "password": PASSWORD, "device_id": "PHONE", **who}
        got = await nobody.ok("POST", "/login", json=body)
        assert (got["user_id"], got["device_id"]) == (people.anna.user_id, "PHONE")
        assert (await raw(got["access_token"]).ok("GET", "/account/whoami"))["device_id"] == "PHONE"
    wrong = {"type": "m.login.password", "password": "no", "user": people.ben.number}
    for _ in range(5):
        assert await nobody.fails("POST", "/login", json=wrong) == (403, "M_FORBIDDEN")
    locked = await nobody("POST", "/login", json={**wrong, "password": PASSWORD})
    assert (locked.status_code, locked.json()["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert int(locked.headers["retry-after"]) * 1000 >= locked.json()["retry_after_ms"] > 0


async def test_a_closed_account_is_told_so(raw, people):
    from tests.support.world import PASSWORD

    await call_service(Staff.objects.filter(pk=people.ben.pk).update, is_active=False)
    body = {"type": "m.login.password", "password": PASSWORD, "user": people.ben.number}
    assert await raw("").fails("POST", "/login", json=body) == (403, "M_USER_DEACTIVATED")


async def test_too_many_messages_are_told_when_to_come_again(raw, people, together, delivery):
    delivery.limits = SendLimits(per_minute=4)
    asks = raw(people.anna)
    await asks.say(together, "一")
    await asks.say(together, "二")
    answer = await asks(
        "PUT", f"/rooms/{together}/send/m.room.message/x", json={"msgtype": "m.text", "body": "三"}
    )
    assert (answer.status_code, answer.json()["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert 0 < answer.json()["retry_after_ms"] <= 15_000
    assert 1 <= int(answer.headers["retry-after"]) <= 15


async def test_refused_syncs_are_answered_late(raw):
    """matrix-nio repeats a refused sync at once, more than a thousand times in two seconds."""
    started = time.monotonic()
    assert await raw("wrong").fails("GET", "/sync") == (401, "M_UNKNOWN_TOKEN")
    assert time.monotonic() - started >= 1


async def test_signing_out_ends_the_token_and_its_long_poll(login, raw, people):
    client = await login(people.anna)
    phone = raw(client.access_token)
    since = (await phone.sync())["next_batch"]
    poll = asyncio.create_task(phone("GET", "/sync", params={"since": since, "timeout": 30000}))
    await asyncio.sleep(0.3)
    started = time.monotonic()
    await client.logout()
    answer = await asyncio.wait_for(poll, 10)
    assert (answer.status_code, answer.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    assert time.monotonic() - started < 5
    assert await raw(people.anna).ok("GET", "/joined_rooms") == {"joined_rooms": []}
    await raw(people.anna).ok("POST", "/logout/all")
    assert await raw(people.anna).fails("GET", "/joined_rooms") == (401, "M_UNKNOWN_TOKEN")


async def test_a_database_that_does_not_answer_is_429(raw, people, together, delivery, monkeypatch):
    """matrix-nio waits after 429 alone; the transaction id makes its repetition harmless."""
    monkeypatch.setattr(sending, "ANSWER_WITHIN_S", 0.1)
    monkeypatch.setattr(delivery.journal, "submit", lambda _entry: None)
    asks, path = raw(people.anna), f"/rooms/{together}/send/m.room.message/x"
    answer = await asks("PUT", path, json={"msgtype": "m.text", "body": "一"})
    assert (answer.status_code, answer.json()["retry_after_ms"]) == (429, 2000)
    assert answer.headers["retry-after"] == "2"
