"""Application services: registration by file, speaking for one's users, names that are theirs alone, and what they are
told.
"""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError

from chatops.services import appservices
from common.aio import call_service
from directory.actors import system_actor
from tests.chatops.matrix.conftest import Raw

pytestmark = pytest.mark.django_db(transaction=True)

FILE = """
id: bridge
url: ""
as_token: as-secret
hs_token: hs-secret
sender_localpart: bridgebot
rate_limited: false
namespaces:
  users: [{regex: "@ghost_.*:.*", exclusive: true}]
  aliases: [{regex: "#ghost_.*", exclusive: true}]
"""
KIND = "m.login.application_service"
HERE = "tongzhou.localhost"


@pytest.fixture
async def bridge(tmp_path, raw):
    file = tmp_path / "registration.yaml"
    file.write_text(FILE)
    await call_service(call_command, "appservice", "add", str(file))
    return raw("as-secret")


async def test_a_service_speaks_for_its_own_users_only(bridge, raw, people):
    assert (await bridge.ok("GET", "/account/whoami"))["user_id"] == f"@bridgebot:{HERE}"
    body = {"type": KIND, "username": "ghost_maria", "inhibit_login": True}
    assert await bridge.ok("POST", "/register", json=body) == {"user_id": f"@ghost_maria:{HERE}"}
    assert await bridge.fails("POST", "/register", json=body) == (400, "M_USER_IN_USE")
    other = {"type": KIND, "username": "somebody"}
    assert await bridge.fails("POST", "/register", json=other) == (400, "M_EXCLUSIVE")
    assert await raw("nobody").fails("POST", "/register", json=body) == (401, "M_UNKNOWN_TOKEN")
    maria = {"user_id": f"@ghost_maria:{HERE}"}
    assert (await bridge.ok("GET", "/account/whoami", params=maria))["user_id"] == maria["user_id"]
    for user in (people.anna.user_id, f"@ghost_nobody:{HERE}", "@ghost_maria:elsewhere"):
        got = await bridge.fails("GET", "/account/whoami", params={"user_id": user})
        assert got == (403, "M_FORBIDDEN")
    room = (await bridge.ok("POST", "/createRoom", json={"name": "联络"}, params=maria))["room_id"]
    content = {"msgtype": "m.text", "body": "早"}
    path = f"/rooms/{room}/send/m.room.message/t1"
    sent = (await bridge.ok("PUT", path, json=content, params={**maria, "ts": 1_500_000_000_000}))["event_id"]
    assert (await bridge.ok("PUT", path, json=content, params=maria))["event_id"] == sent
    event = await bridge.ok("GET", f"/rooms/{room}/event/{sent}", params=maria)
    assert (event["origin_server_ts"], event["sender"]) == (1_500_000_000_000, maria["user_id"])
    name = f"/profile/{maria['user_id']}/displayname"
    await bridge.ok("PUT", name, json={"displayname": "玛丽亚"}, params=maria)
    member = await bridge.ok("GET", f"/rooms/{room}/state/m.room.member/{maria['user_id']}", params=maria)
    assert member["displayname"] == "玛丽亚"
    login = {"type": KIND, "identifier": {"type": "m.id.user", "user": "ghost_maria"}}
    token = (await bridge.ok("POST", "/login", json=login))["access_token"]
    assert (await raw(token).ok("GET", "/account/whoami"))["user_id"] == maria["user_id"]
    assert await raw("nobody").fails("POST", "/login", json=login) == (403, "M_FORBIDDEN")


async def test_its_names_are_its_own(bridge, raw, people, together):
    path, body = f"/directory/room/%23ghost_x:{HERE}", {"room_id": together}
    assert await raw(people.anna).fails("PUT", path, json=body) == (400, "M_EXCLUSIVE")
    assert await bridge.fails("PUT", path, json=body) == (403, "M_FORBIDDEN")  # not in the room
    ping = "/_matrix/client/v1/appservice/bridge/ping"
    assert await bridge.fails("POST", ping, json={}) == (400, "M_URL_NOT_SET")
    assert await raw(people.anna).fails("POST", ping, json={}) == (403, "M_FORBIDDEN")


async def test_a_stopped_service_opens_nothing(bridge, tmp_path):
    await call_service(call_command, "appservice", "stop", "bridge")
    assert await bridge.fails("GET", "/account/whoami") == (401, "M_UNKNOWN_TOKEN")
    await call_service(call_command, "appservice", "start", "bridge")
    await bridge.ok("GET", "/account/whoami")
    for text in (
        "[]",
        "id: x",
        FILE.replace("@ghost_.*:.*", "("),
        FILE.replace("bridgebot", "other"),
        "a: [",
        "\udcff",
    ):
        bad = tmp_path / "bad.yaml"
        bad.write_text(text, errors="surrogateescape")
        with pytest.raises(CommandError):
            await call_service(call_command, "appservice", "add", str(bad))


class Service:
    """Where transactions are put. Keeps the events of those that it takes, by id; while `away` it takes none."""

    def __init__(self, asks: Raw) -> None:
        self.asks, self.away = asks, False
        self.events: dict[str, dict[str, Any]] = {}

    def told(self, room):
        return [one for one in self.events.values() if one["room_id"] == room]

    def take(self, body):
        self.events |= {one["event_id"]: one for one in json.loads(body)["events"]}


@pytest.fixture
async def service(delivery, url, raw):
    """A bridge that is told; with its own requests."""
    found = Service(raw("as-secret"))

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not found.away:
                found.take(body)
            self.send_response(503 if found.away else 200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    registration = yaml.safe_load(FILE) | {"url": f"http://127.0.0.1:{server.server_address[1]}"}
    await call_service(appservices.register, registration, actor=system_actor("test"))
    yield found
    server.shutdown()
    thread.join(10)
    server.server_close()


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - another thread is told
            await asyncio.sleep(0.1)


async def test_a_service_that_lags_is_told_what_its_users_may_read_and_no_more(service, raw, people):
    anna, user = raw(people.anna), f"@ghost_maria:{HERE}"
    maria = {"user_id": user}
    await service.asks.ok(
        "POST", "/register", json={"type": KIND, "username": "ghost_maria", "inhibit_login": True}
    )
    room = await anna.room(initial_state=[
        {"type": "m.room.history_visibility", "state_key": "", "content": {"history_visibility": "invited"}}
    ])  # fmt: skip
    await anna.say(room, "邀请之前")
    await anna.ok("POST", f"/rooms/{room}/invite", json={"user_id": user})
    await service.asks.ok("POST", f"/rooms/{room}/join", params=maria)
    first = await anna.say(room, "在群里时")
    await until(lambda: first in service.events)

    service.away = True
    held = await anna.say(room, "停机时")
    await anna.ok("POST", f"/rooms/{room}/kick", json={"user_id": user})
    edit = {"m.new_content": {"msgtype": "m.text", "body": "移出之后改的"}}
    for target in (first, held):
        relation = {"m.relates_to": {"rel_type": "m.replace", "event_id": target}}
        await anna.say(room, "* 移出之后改的", **edit, **relation)
    await anna.say(room, "移出之后")
    other = await anna.room(invite=[user])
    service.away = False
    await until(lambda: service.told(other))

    said = [one["content"].get("body") for one in service.told(room) if one["type"] == "m.room.message"]
    assert said == ["在群里时", "停机时"]
    assert "移出之后" not in json.dumps(service.told(room), ensure_ascii=False)
    memberships = [one["content"]["membership"] for one in service.told(room) if one.get("state_key") == user]
    assert memberships == ["invite", "join", "leave"]
    assert [one["type"] for one in service.told(other)] == ["m.room.member"]
