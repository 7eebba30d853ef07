"""A one-touch order to 10,000 people of whom 1,000 are online, and one to 100,000: how soon it is on all screens."""

import asyncio
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

import httpx
import websockets
from django.db import connection, transaction

from benchmarks.crowds import Line
from benchmarks.fleet import App, running
from benchmarks.stage import Stage
from common import clock
from directory.services import devices
from directory.store.models import Appointment, DeviceKind, Level, OrganKind, Post, Region, Staff, Unit

PEOPLE, UNIT_SIZE, TREES = 100_000, 1000, 20
PATIENCE_S = 120

_STAFF = """
INSERT INTO directory_staff (staff_number, name, password, pinyin, initials, phone, office_phone, kind, is_active,
    must_change_password, version, has_demo_password)
SELECT 'o' || lpad(i::text, 6, '0'), '人员' || i, '!', '', '', '', '', 'person', true, false, 1, false
FROM generate_series(1, %s) i
"""
_POSTS = """
INSERT INTO directory_post (id, code, unit_id, title, role, rank, field_of_work, version)
SELECT gen_random_uuid(), 'o' || i, (%s::uuid[])[1 + (i - 1) / %s], '岗位',
    CASE (i - 1) %% %s WHEN 0 THEN 'head' WHEN 1 THEN 'duty_officer' ELSE 'handler' END, (i - 1) %% %s, '', 1
FROM generate_series(1, %s) i
"""
_APPOINTMENTS = """
INSERT INTO directory_appointment (id, staff_id, post_id, kind, is_primary, valid_from, version)
SELECT gen_random_uuid(), s.id, p.id, 'substantive', true, '2020-01-01', 1 FROM generate_series(1, %s) i
JOIN directory_staff s ON s.staff_number = 'o' || lpad(i::text, 6, '0') JOIN directory_post p ON p.code = 'o' || i
"""
# The raw limit: as many rows of the same width into a table without index or constraint.
_RAW = """
CREATE TEMPORARY TABLE raw_people AS SELECT * FROM workflows_orderrecipient WHERE order_id = %s LIMIT 0
"""


@dataclass(frozen=True)
class City:
    """A bureau and the hundred units of its line; `head` has a session; `secrets` of the thousand online."""

    bureau: Unit
    units: list[UUID]
    head: str
    secrets: list[str]
    people: int

    @property
    def reached(self) -> int:
        """By the order that is watched; a tenth of them are online."""
        return self.people // 10


@transaction.atomic
def prepare(people: int) -> City:
    city = Region.objects.create(code="4299", name="大市", level=Level.PREFECTURE)
    bureau = Unit.objects.create(
        name="市应急局", level=Level.PREFECTURE, region=city, organ=OrganKind.DEPARTMENT
    )
    units = Unit.objects.bulk_create(
        Unit(name=f"单位{n}", level=Level.COUNTY, line_parent=bureau, rank=n,
             region=Region.objects.create(code=f"4299{n:02}", name=f"县{n}", level=Level.COUNTY, parent=city))
        for n in range(people // UNIT_SIZE)
    )  # fmt: skip
    keys = [unit.pk for unit in units]
    with connection.cursor() as cursor:
        cursor.execute(_STAFF, [people])
        cursor.execute(_POSTS, [keys, UNIT_SIZE, UNIT_SIZE, UNIT_SIZE, people])
        cursor.execute(_APPOINTMENTS, [people])
    head = Staff.objects.create(staff_number="order-head", name="局长", password="!")
    post = Post.objects.create(unit=bureau, title="局长", role="head")
    Appointment.objects.create(staff=head, post=post, is_primary=True)
    online = Staff.objects.filter(staff_number__startswith="o0").order_by("staff_number")[: people // 10 : 10]
    secrets = [devices.open_device(one, kind=DeviceKind.WEB).secret for one in online]
    return City(bureau, keys, devices.open_device(head, kind=DeviceKind.WEB).secret, secrets, people)


def measure(stage: Stage, servers: list[str], people: int) -> list[Line]:
    """`people`: a multiple of ten thousand."""
    city = prepare(people)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    environment = {"ORDER_SECOND_APPROVER_ABOVE": "1000000"}
    bigger = Stage(stage.folder, stage.environment | environment, stage.roots)
    lines = []
    for server in servers:
        with running(bigger, server, "ours") as app:
            lines += asyncio.run(_on(app, city))
    return lines


class Door:
    """The REST door, with somebody's session."""

    def __init__(self, app: App, secret: str) -> None:
        headers = {"Authorization": f"Bearer {secret}"}
        address = f"http://127.0.0.1:{app.port}/api/v1"
        self._client = httpx.Client(base_url=address, headers=headers, timeout=PATIENCE_S, trust_env=False)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        response = self._client.request(method, path, json=body)
        assert response.is_success, response.text[:500]
        return response.json()

    def issued(self, units: list[UUID]) -> tuple[str, float, float]:
        """(order, when its issue was asked for, seconds until it was answered)."""
        limit = (clock.now() + timedelta(hours=2)).isoformat()
        draft = {"title": "转移", "text": "请按名单转移。", "urgency": "top", "sign_by": limit, "rungs": [],
                 "scope": {"units": [str(unit) for unit in units], "everyone": True}}  # fmt: skip
        order = self.call("POST", "/orders", draft)["order"]["id"]
        self.call("POST", f"/orders/{order}/approve", {})
        began = time.perf_counter()
        self.call("POST", f"/orders/{order}/issue", {})
        return order, began, time.perf_counter() - began


async def _on(app: App, city: City) -> list[Line]:
    door, online = Door(app, city.head), len(city.secrets)
    arrived: dict[int, float] = {}
    async with AsyncExitStack() as stack:
        sockets = []
        for at in range(0, online, 50):
            sockets += await asyncio.gather(
                *(_connect(stack, app, one) for one in city.secrets[at : at + 50])
            )
        listening = [asyncio.create_task(_listen(n, socket, arrived)) for n, socket in enumerate(sockets)]
        await asyncio.sleep(1)
        order, began, issue_s = await asyncio.to_thread(door.issued, city.units[: city.reached // UNIT_SIZE])
        async with asyncio.timeout(PATIENCE_S):
            while len(arrived) < online:  # noqa: ASYNC110 - filled by the listeners
                await asyncio.sleep(0.01)
        print(f"issued {issue_s:.2f} s", file=sys.stderr, flush=True)
        screens_s = max(arrived.values()) - began
        print(f"on all screens {screens_s:.2f} s", file=sys.stderr, flush=True)
        delivered_s = await asyncio.to_thread(_until_delivered, door, order, online, began)
        top = await asyncio.to_thread(_timed, door, f"/orders/{order}/tree")
        place = door.call("GET", f"/orders/{order}/tree")["items"][0]["id"]
        units = await asyncio.to_thread(_timed, door, f"/orders/{order}/tree?parent={place}")
        people = await asyncio.to_thread(_timed, door, f"/orders/{order}/tree?by=person&only=unreached")
        print(f"delivered {delivered_s:.2f} s; tree {top}; {units}; {people}", file=sys.stderr, flush=True)
        sign_s = await asyncio.to_thread(_sign_all, app, city, order)
        counts = door.call("GET", f"/orders/{order}/tree")["counts"]
        print(f"signed {sign_s:.1f} s {counts}", file=sys.stderr, flush=True)
        for task in listening:
            task.cancel()
    large, _began, large_s = await asyncio.to_thread(door.issued, city.units)
    print(f"all {large_s:.2f} s", file=sys.stderr, flush=True)
    told = door.call("GET", f"/orders/{large}/tree")["counts"]["due"]
    large_tree = await asyncio.to_thread(_timed, door, f"/orders/{large}/tree")
    as_sent = (counts["due"], counts["signed"], counts["delivered"]) == (city.reached, online, 0)
    exact = as_sent and told == city.people
    return [
        Line(f"order to {city.reached:,}, {online:,} online", app.server, {
            "issued (with the snapshot)": f"{issue_s:.2f} s", "on all screens": f"{screens_s:.2f} s",
            "delivered known": f"{delivered_s:.2f} s", "signed by them, 16 at once": f"{sign_s:.1f} s",
            "counts exact": "yes" if exact else f"NO: {counts}, {told}",
        }),
        Line(f"tree of {city.reached:,} (median, worst of 20)", app.server, {
            "places": top, "units": units, "people": people,
        }),
        Line(f"order to {city.people:,}", app.server, {
            "issued": f"{large_s:.2f} s", "tree": large_tree,
            "raw: insert of as many bare rows": f"{await asyncio.to_thread(_raw_s, large):.2f} s",
            "raw: bare count by state": f"{await asyncio.to_thread(_raw_count_ms, order):.0f} ms",
        }),
    ]  # fmt: skip


async def _connect(stack: AsyncExitStack, app: App, secret: str) -> Any:
    headers = {"Cookie": f"tz_session={secret}", "Origin": f"http://127.0.0.1:{app.port}"}
    socket = await stack.enter_async_context(
        websockets.connect(
            f"ws://127.0.0.1:{app.port}/live",
            additional_headers=headers,
            compression=None,
            ping_interval=None,
            open_timeout=60,
        )
    )
    await socket.send('{"type":"hello","v":1}')
    return socket


async def _listen(number: int, socket: Any, arrived: dict[int, float]) -> None:
    frames = 0
    async for frame in socket:
        frames += 1
        if b'"kind":"order"' in (frame if isinstance(frame, bytes) else frame.encode()):
            arrived.setdefault(number, time.perf_counter())
        await socket.send(json.dumps({"type": "pos", "frames": frames}))


def _until_delivered(door: Door, order: str, online: int, began: float) -> float:
    while True:
        if door.call("GET", f"/orders/{order}/tree")["counts"]["delivered"] == online:
            return time.perf_counter() - began
        assert time.perf_counter() - began < PATIENCE_S, "not all were delivered"
        time.sleep(0.1)


def _timed(door: Door, path: str) -> str:
    times = []
    for _ in range(TREES):
        began = time.perf_counter()
        door.call("GET", path)
        times.append((time.perf_counter() - began) * 1000)
    return f"{median(times):.0f}, {max(times):.0f} ms"


def _sign_all(app: App, city: City, order: str) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(
            lambda secret: Door(app, secret).call("POST", f"/orders/{order}/sign-for", {}), city.secrets
        ):
            pass
    return time.perf_counter() - began


def _raw_s(order: str) -> float:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_RAW, [order])
        began = time.perf_counter()
        cursor.execute(
            "INSERT INTO raw_people SELECT * FROM workflows_orderrecipient WHERE order_id = %s", [order]
        )
        took = time.perf_counter() - began
        cursor.execute("DROP TABLE raw_people")
        return took


def _raw_count_ms(order: str) -> float:
    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(
            "SELECT state, count(*) FROM workflows_orderrecipient WHERE order_id = %s GROUP BY 1", [order]
        )
        cursor.fetchall()
        return (time.perf_counter() - began) * 1000
