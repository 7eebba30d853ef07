"""People, a served application, real matrix-nio clients and a raw HTTP client."""

import uuid
from dataclasses import dataclass
from typing import Any

import httpx
import nio
import pytest

from directory.models import PostRole
from tests.support.app import serving
from tests.support.live import opened_delivery
from tests.support.world import PASSWORD, Person, make_person, make_unit

API = "/_matrix/client/v3"


@dataclass
class People:
    anna: Person
    ben: Person
    cara: Person
    bot: Person


@pytest.fixture
def people():
    unit = make_unit()
    return People(
        anna=make_person("罗清和", unit=unit, role=PostRole.OFFICE),
        ben=make_person("陆景川", unit=unit),
        cara=make_person("魏承希", unit=unit),
        bot=make_person("督办助手", kind="bot"),
    )


@pytest.fixture
async def delivery(people):
    async with opened_delivery() as opened:
        yield opened


@pytest.fixture
async def url(delivery):
    async with serving(delivery) as address:
        yield address


@pytest.fixture
async def login(url):
    """Signs a person in with matrix-nio."""
    clients = []

    async def sign_in(person: Person, device_id: str = "") -> nio.AsyncClient:
        client = nio.AsyncClient(url, person.user_id, device_id=device_id, store_path="")
        clients.append(client)
        answer = await client.login(PASSWORD, device_name="测试")
        assert isinstance(answer, nio.LoginResponse), answer
        return client

    yield sign_in
    for client in clients:
        await client.close()


class Raw:
    """Requests of one device, by hand."""

    def __init__(self, client: httpx.AsyncClient, secret: str) -> None:
        self._client = client
        self.secret = secret

    async def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        token = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        headers = token | options.pop("headers", {})
        full = path if path.startswith(("/_matrix", "/.well-known")) else API + path
        return await self._client.request(method, full, headers=headers, **options)

    async def ok(self, method: str, path: str, **options: Any) -> Any:
        answer = await self(method, path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def fails(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        answer = await self(method, path, **options)
        body = answer.json()
        assert isinstance(body["error"], str)
        assert body["error"]
        return answer.status_code, body["errcode"]

    async def room(self, **body: Any) -> str:
        return str((await self.ok("POST", "/createRoom", json={"name": "汛情会商", **body}))["room_id"])

    async def say(self, room: str, body: str, txn: str | None = None, **content: Any) -> str:
        content = {"msgtype": "m.text", "body": body, **content}
        return await self.send(room, "m.room.message", content, txn)

    async def send(self, room: str, kind: str, content: dict[str, Any], txn: str | None = None) -> str:
        path = f"/rooms/{room}/send/{kind}/{txn or uuid.uuid4()}"
        return str((await self.ok("PUT", path, json=content))["event_id"])

    async def sync(self, since: str | None = None, **query: Any) -> Any:
        params = {**({"since": since} if since else {}), **query}
        return await self.ok("GET", "/sync", params=params, timeout=90)


@pytest.fixture
async def raw(url):
    """`raw(person)` asks by the person's own session, without signing in again."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        yield lambda person: Raw(client, person if isinstance(person, str) else person.secret)


@pytest.fixture
async def together(raw, people):
    """A room of Anna (owner), Ben and the bot; returns its id."""
    anna = raw(people.anna)
    room = await anna.room(invite=[people.ben.user_id, people.bot.user_id])
    for guest in (people.ben, people.bot):
        await raw(guest).ok("POST", f"/join/{room}")
    return room
