"""Who was removed gets nothing after the removal was acknowledged, on any door or process, with Redis up and down."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from chatops.services import rooms
from directory.models import DeviceKind, PostRole
from directory.services import devices
from tests.faults.pair import Pair, pair_of_apps
from tests.faults.scene import live
from tests.support import files
from tests.support.world import Person, make_person, make_unit

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.faults,
    pytest.mark.timeout(300),
]

SECRET_WORD = "移出之后"
LONG_ENOUGH_S = 3  # three times what a process needs to hear of it without Redis


@dataclass
class Ear:
    """A socket that keeps all that it hears, and reports it."""

    socket: ClientConnection
    frames: list[dict[str, Any]] = field(default_factory=list)

    async def listen(self) -> None:
        async for data in self.socket:
            self.frames.append(json.loads(data))
            await self.say({"type": "pos", "frames": len(self.frames)})

    async def say(self, frame: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(frame))

    async def wait_for(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                for frame in self.frames:
                    if frame["type"] == kind:
                        return frame
                await asyncio.sleep(0.02)

    def after(self, room: str, seq: int) -> list[dict[str, Any]]:
        """What it heard of the room beyond a position."""
        return [frame for frame in self.frames if frame.get("room") == room and frame.get("last", 0) > seq]


@asynccontextmanager
async def ear(url: str, secret: str) -> AsyncIterator[Ear]:
    async with connect(
        live(url), additional_headers={"Authorization": f"Bearer {secret}"}, compression=None,
        max_size=None, proxy=None,
    ) as socket:  # fmt: skip
        made = Ear(socket)
        await made.say({"type": "hello", "v": 1})
        listening = asyncio.create_task(made.listen())
        await made.wait_for("welcome")
        yield made
        listening.cancel()


class Cast:
    def __init__(self) -> None:
        unit = make_unit()
        self.owner = make_person("周牧远", unit=unit, role=PostRole.OFFICE)
        self.leavers = [make_person(name, unit=unit) for name in ("罗清和", "陆景川")]
        room = rooms.create_room(
            actor=self.owner.actor(), kind="work", name="群", members=[each.pk for each in self.leavers]
        )
        self.room = room.room_id
        self.foreign = [
            devices.open_device(each.staff, kind=DeviceKind.MATRIX, device_id=f"MX{each.pk}").secret
            for each in self.leavers
        ]


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def pair() -> Iterator[Pair]:
    with pair_of_apps(SENDS_PER_MINUTE="1000000") as made:
        yield made


def web(url: str, person: Person) -> httpx.Client:
    """Their browser at the REST door."""
    client = httpx.Client(base_url=url, trust_env=False, timeout=20, cookies={"tz_session": person.secret})
    client.headers["Origin"] = url
    client.get("/api/v1/session").raise_for_status()
    client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
    return client


def matrix(url: str, secret: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx.Client(base_url=f"{url}/_matrix/client/v3", headers=headers, trust_env=False, timeout=20)


def send(owner: httpx.Client, room: str, txn: str) -> int:
    body = {
        "txn_id": txn,
        "type": "m.room.message",
        "content": {"msgtype": "m.text", "body": f"{SECRET_WORD} {txn}"},
    }
    answer = owner.post(f"/api/v1/rooms/{room}/messages", json=body)
    answer.raise_for_status()
    return int(answer.json()["seq"])


def leaked(name: str, heard: object) -> bool:
    """Whether one of the messages that were sent after the removal is in it."""
    return re.search(f"{SECRET_WORD} {name}-[0-9]", json.dumps(heard, ensure_ascii=False)) is not None


@dataclass(frozen=True)
class File:
    """A picture that a message of the room shows, by its id and its address at the Matrix door."""

    media_id: str
    uri: str
    event_id: str

    def paths(self) -> list[str]:
        at = f"/api/v1/media/{self.media_id}"
        return [at, f"{at}?download=true", f"{at}/thumbnail", f"{at}/pages/1"]

    def matrix_paths(self) -> list[str]:
        at = self.uri.removeprefix("mxc://")
        return [f"/_matrix/client/v1/media/{kind}/{at}" for kind in ("download", "thumbnail")]


def show_file(owner: httpx.Client, room: str, name: str) -> File:
    made = owner.post("/api/v1/media", files={"file": (f"{name}.png", files.picture(), "image/png")})
    made.raise_for_status()
    kept = made.json()
    content = {
        "msgtype": "m.image",
        "body": kept["filename"],
        "url": kept["content_uri"],
        "info": kept["info"],
    }
    body = {"txn_id": name, "type": "m.room.message", "content": content}
    sent = owner.post(f"/api/v1/rooms/{room}/messages", json=body)
    sent.raise_for_status()
    return File(kept["media_id"], kept["content_uri"], sent.json()["event_id"])


def opened(file: File, person: httpx.Client, foreign: httpx.Client) -> dict[str, int]:
    """What each door answers of the file, also to who held its validator."""
    found = {path: person.get(path).status_code for path in file.paths()[:3]}
    root = str(foreign.base_url).partition("/_matrix")[0]
    return found | {path: foreign.get(root + path).status_code for path in file.matrix_paths()}


def closed(file: File, person: httpx.Client, foreign: httpx.Client, room: str, tag: str) -> None:
    """No door gives it, in part or by its validator, lists it, finds it by name, or lets it be shown elsewhere."""
    answers = opened(file, person, foreign)
    assert set(answers.values()) == {404}, answers
    for path in file.paths():
        for headers in (
            {"Range": "bytes=0-9"},
            {"If-None-Match": tag},
            {"If-Range": tag, "Range": "bytes=0-9"},
        ):
            assert person.get(path, headers=headers).status_code == 404, path
    listed = person.get(f"/api/v1/rooms/{room}/files")
    assert file.media_id not in listed.text
    found = person.get("/api/v1/search", params={"q": "水位照片", "kind": "file"})
    assert file.event_id not in found.text
    trap = foreign.post("/createRoom", json={"name": "取件"}).json()["room_id"]
    shown = {"msgtype": "m.image", "body": "a", "url": file.uri}
    assert foreign.put(f"/rooms/{trap}/send/m.room.message/t", json=shown).status_code == 403


async def remove_and_look(pair: Pair, cast: Cast, leaver: Person, name: str) -> None:
    here, there = pair.apps
    secret = cast.foreign[cast.leavers.index(leaver)]
    with (
        closing(web(here.url, cast.owner)) as owner,
        closing(web(there.url, leaver)) as gone,
        closing(matrix(there.url, secret)) as foreign,
    ):
        since = foreign.get("/sync", params={"timeout": 0}).json()["next_batch"]
        recalled, shown = [
            await asyncio.to_thread(show_file, owner, cast.room, f"{name}水位照片{number}")
            for number in range(2)
        ]
        tag = (await asyncio.to_thread(gone.get, recalled.paths()[0])).headers["etag"]
        for file in (recalled, shown):
            answers = await asyncio.to_thread(opened, file, gone, foreign)
            assert set(answers.values()) == {200}, answers
        path = f"/api/v1/rooms/{cast.room}/events/{recalled.event_id}/recall"
        answer = await asyncio.to_thread(owner.post, path, json={"reason": ""})
        assert answer.is_success, answer.text
        await asyncio.to_thread(closed, recalled, gone, foreign, cast.room, tag)
        held = await remove_and_listen(pair, cast, leaver, name, owner)
        await asyncio.to_thread(closed, shown, gone, foreign, cast.room, tag)
        await asyncio.to_thread(look, name, cast.room, held, gone)
        await asyncio.to_thread(look_by_matrix, name, cast.room, since, foreign)


async def remove_and_listen(pair: Pair, cast: Cast, leaver: Person, name: str, owner: httpx.Client) -> int:
    """A socket on each process; returns the last position before the removal."""
    room, (here, there) = cast.room, pair.apps
    async with (
        ear(here.url, leaver.secret) as near,
        ear(there.url, leaver.secret) as far,
        ear(there.url, cast.owner.secret) as other,
    ):
        held = await asyncio.to_thread(send, owner, room, f"{name}-before")
        answer = await asyncio.to_thread(owner.delete, f"/api/v1/rooms/{room}/members/{leaver.user_id}")
        assert answer.status_code == 204, answer.text
        for number in range(5):
            last = await asyncio.to_thread(send, owner, room, f"{name}-{number}")
        for each in (near, far):
            await each.wait_for("left")
            content = {"msgtype": "m.text", "body": "还在吗"}
            await each.say({"type": "send", "txn": name, "room": room, "content": content})
            assert (await each.wait_for("refused"))["code"] == "not_in_room"
        told = [len(each.frames) for each in (near, far)]
        await other.say({"type": "typing", "room": room, "on": True})
        await other.say({"type": "read", "room": room, "seq": last})
        await asyncio.sleep(LONG_ENOUGH_S)
        for each, before in zip((near, far), told, strict=True):
            assert each.after(room, held + 1) == []
            assert not leaked(name, each.frames)
            assert room not in json.dumps(each.frames[before:])
        assert [frame for frame in other.frames if frame.get("last") == last], "the others went on"
    return held


def look(name: str, room: str, held: int, gone: httpx.Client) -> None:
    """The doors of the browser."""
    for path in ("", "/timeline", f"/timeline?after={held}", "/members", "/receipts", "/threads", "/pins"):
        assert gone.get(f"/api/v1/rooms/{room}{path}").status_code == 404, path
    assert room not in gone.get("/api/v1/rooms").text
    found = gone.get("/api/v1/search", params={"q": SECRET_WORD})
    assert found.status_code == 200, found.text
    assert not leaked(name, found.json())
    body = {"txn_id": "late", "type": "m.room.message", "content": {"msgtype": "m.text", "body": "还在吗"}}
    assert gone.post(f"/api/v1/rooms/{room}/messages", json=body).status_code == 404


def look_by_matrix(name: str, room: str, since: str, foreign: httpx.Client) -> None:
    synced = foreign.get("/sync", params={"since": since, "timeout": 0}).json()
    assert room not in synced.get("rooms", {}).get("join", {})
    assert not leaked(name, synced)
    again = foreign.get("/sync", params={"since": synced["next_batch"], "timeout": 0}).json()
    assert room not in json.dumps(again.get("rooms", {}))
    page = foreign.get(f"/rooms/{room}/messages", params={"dir": "b", "limit": 100})
    assert not leaked(name, page.json())
    put = foreign.put(f"/rooms/{room}/send/m.room.message/late", json={"msgtype": "m.text", "body": "还在吗"})
    assert put.status_code in {403, 404}


async def test_a_removed_member_receives_nothing_on_any_door(pair, cast):
    with_redis, without = cast.leavers
    await remove_and_look(pair, cast, with_redis, "up")
    pair.redis.kill()
    await remove_and_look(pair, cast, without, "down")
