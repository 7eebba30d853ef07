"""Bots that people have already: simplematrixbotlib, maubot, and a bridge on mautrix, unmodified from PyPI."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from chatops.services import appservices
from common.aio import call_service
from directory.actors import system_actor
from directory.services import devices
from tests.clients.conftest import until
from tests.clients.environments import HERE, python_with_bots
from tests.support.ports import free_socket
from tests.support.world import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]
SCRIPTS = HERE / "python"


async def bodies(asks, room, sender):
    page = await asks.ok("GET", f"/rooms/{room}/messages", params={"dir": "b", "limit": 50})
    return [
        one["content"]["body"]
        for one in page["chunk"]
        if one["sender"] == sender and "body" in one["content"]
    ]


async def invited(raw, people):
    anna = raw(people.anna)
    room = await anna.room(invite=[people.bot.user_id])

    async def is_in():
        members = await anna.ok("GET", f"/rooms/{room}/joined_members")
        return people.bot.user_id in members["joined"]

    return anna, room, is_in


async def test_a_simplematrixbotlib_bot_echoes(app, raw, people, program, tmp_path):
    python = python_with_bots()
    script = str(SCRIPTS / "simple_echo.py")
    log = program(str(python), script, app.url, people.bot.number, PASSWORD, str(tmp_path))

    async def is_up():
        return "Connected to" in log.read_text()

    await until(is_up, "sign-in", log)
    anna, room, is_in = await invited(raw, people)
    await until(is_in, "join", log)
    await anna.say(room, "!echo 水位 28.4 米")

    async def answered():
        return await bodies(anna, room, people.bot.user_id) == ["水位 28.4 米"]

    await until(answered, "echo", log)
    assert "Traceback" not in log.read_text()


async def test_a_maubot_plugin_echoes(app, raw, people, program, tmp_path):
    python = python_with_bots()
    token = await call_service(devices.issue_bot_token, people.bot.number)
    config = {
        "user": {
            "credentials": {"id": people.bot.user_id, "homeserver": app.url, "access_token": token},
            "sync": True,
            "autojoin": True,
            "ignore_initial_sync": False,
            "ignore_first_sync": False,
            "displayname": "disable",
            "avatar_url": "disable",
        },
        "database": f"sqlite:{tmp_path}/bot.db",
        "logging": {
            "version": 1,
            "handlers": {"all": {"class": "logging.StreamHandler"}},
            "root": {"level": "DEBUG", "handlers": ["all"]},
        },
    }
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    meta = str(SCRIPTS / "maubot_echo" / "maubot.yaml")
    log = program(str(python), "-m", "maubot.standalone", "-c", "config.yaml", "-m", meta)
    anna, room, is_in = await invited(raw, people)
    await until(is_in, "join", log)
    sent = await anna.say(room, "!echo 收到请回复")

    async def answered():
        return any("收到请回复" in body for body in await bodies(anna, room, people.bot.user_id))

    await until(answered, "echo", log)

    async def reacted():
        path = f"/_matrix/client/v1/rooms/{room}/relations/{sent}/m.annotation"
        return (await anna.ok("GET", path))["chunk"]

    [reaction] = await until(reacted, "reaction", log)
    assert reaction["content"]["m.relates_to"]["key"] == "收到"
    assert "Traceback" not in log.read_text()


def registration(port):
    return {
        "id": "test",
        "url": f"http://127.0.0.1:{port}",
        "as_token": "as-secret-token",
        "hs_token": "hs-secret-token",
        "sender_localpart": "bridgebot",
        "rate_limited": False,
        "namespaces": {
            "users": [{"regex": "@ghost_.*", "exclusive": True}],
            "aliases": [{"regex": "#ghost_.*", "exclusive": True}],
        },
    }


class Bridge:
    """The bridge's process; can be stopped and started on the same port."""

    def __init__(self, python: Path, url: str, port: int, folder: Path) -> None:
        arguments = [url, "tongzhou.localhost", "as-secret-token", "hs-secret-token", str(port)]
        self._command = [str(python), str(SCRIPTS / "bridge.py"), *arguments]
        self.log = folder / "bridge.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, person: str) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT
            )
        assert self.process.stdin is not None
        self.process.stdin.write(person.encode() + b"\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            assert self.process.stdin is not None
            self.process.stdin.close()

    def heard(self) -> list[dict[str, str]]:
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [json.loads(line) for line in lines]


async def test_a_bridge_speaks_and_hears(app, raw, people, tmp_path):
    python = python_with_bots()
    with free_socket() as taken:
        port = taken.getsockname()[1]
    await call_service(appservices.register, registration(port), actor=system_actor("test"))
    bridge, anna = Bridge(python, app.url, port, tmp_path), raw(people.anna)
    try:
        await asyncio.to_thread(bridge.start, people.anna.user_id)

        async def opened():
            return next((one for one in bridge.heard() if "sent" in one), None)

        room = (await until(opened, "room", bridge.log))["room"]
        found = await anna.ok("GET", "/directory/room/%23ghost_room:tongzhou.localhost")
        assert found["room_id"] == room
        await anna.ok("POST", f"/join/{room}")
        page = await anna.ok("GET", f"/rooms/{room}/messages", params={"dir": "b", "limit": 50})
        said = next(one for one in page["chunk"] if one["type"] == "m.room.message")
        assert (said["origin_server_ts"], said["sender"]) == (
            1_500_000_000_000,
            "@ghost_maria:tongzhou.localhost",
        )
        name = await anna.ok("GET", "/profile/@ghost_maria:tongzhou.localhost/displayname")
        assert name == {"displayname": "玛丽亚（外单位）"}
        sent = [await anna.say(room, f"第{number}条") for number in range(3)]

        async def got_all():
            return {one.get("id") for one in bridge.heard()} >= set(sent)

        await until(got_all, "events at the bridge", bridge.log)
        bridge.stop()
        late = [await anna.say(room, f"补{number}") for number in range(3)]
        await asyncio.to_thread(bridge.start, "")
        sent += late
        await until(got_all, "events after the restart", bridge.log)
        order = [one["id"] for one in bridge.heard() if one.get("id") in sent]
        assert list(dict.fromkeys(order)) == sent
    finally:
        bridge.stop()
