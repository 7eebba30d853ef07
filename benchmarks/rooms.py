"""W4, a page anywhere in a room of a million messages, and what a room of ten thousand members costs."""

import json
import random
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

from django.db import connection

from benchmarks import cast
from benchmarks.cast import Person
from benchmarks.fleet import App, running
from benchmarks.gauges import cpu_seconds
from benchmarks.stage import Stage
from chatops.models import Room
from chatops.store import timeline

EDITED = 0.8
PAGE = 50
PLACES = 400
RECEIPTS_ASKED, JOINS = 40, 10

# Four of five rows are edits of the message before them; the fifth is a message.
FILL = """
INSERT INTO chatops_event (room_id, seq, n, event_id, type, sender_id, ts, content, rel_type, relates_to, display,
    countable)
SELECT %(room)s, %(first)s + k, %(n)s + k / 5 + 1, '$' || rpad(k::text, 43, 'x'), 'm.room.message', %(staff)s,
    1790000000000 + k,
    CASE WHEN k %% 5 = 0 THEN jsonb_build_object('msgtype', 'm.text', 'body', %(text)s || k)
    ELSE jsonb_build_object('msgtype', 'm.text', 'body', '* ' || k,
        'm.new_content', jsonb_build_object('msgtype', 'm.text', 'body', %(text)s || k),
        'm.relates_to',
        jsonb_build_object('rel_type', 'm.replace', 'event_id', '$' || rpad((k / 5 * 5)::text, 43, 'x')))
    END,
    CASE WHEN k %% 5 > 0 THEN 'm.replace' END,
    CASE WHEN k %% 5 > 0 THEN '$' || rpad((k / 5 * 5)::text, 43, 'x') END, k %% 5 = 0, k %% 5 = 0
FROM generate_series(0, %(count)s - 1) k
"""


@dataclass(frozen=True)
class Waited:
    """Milliseconds to wait for one kind of request, and CPU ms of all processes for one."""

    what: str
    server: str
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms: float


def long_room(people: list[Person], events: int) -> Room:
    """A room of `events` rows, 80 % of them edits, written by one statement."""
    owner = people[0]
    room = cast.make_room(owner, people[1:10], "长期工作群")
    room.refresh_from_db()
    with connection.cursor() as cursor:
        values = {
            "room": room.pk, "first": room.last_seq + 1, "n": room.n, "staff": owner.pk, "text": cast.TEXT,
            "count": events,
        }  # fmt: skip
        cursor.execute(FILL, values)
    Room.objects.filter(pk=room.pk).update(last_seq=room.last_seq + events, n=room.n + (events + 4) // 5)
    cast.settle()
    room.refresh_from_db()
    return room


def check_plan(room: Room, person: Person) -> str:
    """The page's plan: events only by index, of one partition, read backwards without a sort.

    Raises:
        RuntimeError: anything else.
    """
    params = {
        "room": room.pk, "staff": person.pk, "before": room.last_seq // 2, "after": 0, "limit": PAGE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {timeline.SHOWN}", params)
        (found,) = cursor.fetchone()
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    scans = [node for node in _nodes(plan) if str(node.get("Relation Name", "")).startswith("chatops_event")]
    spine = plan
    while "Relation Name" not in spine:
        spine = (
            spine["Plans"][0]
            if spine["Plans"][0].get("Parent Relationship") == "Outer"
            else spine["Plans"][-1]
        )
    kinds = {node["Node Type"] for node in scans}
    if (
        kinds - {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
        or len({node["Relation Name"] for node in scans}) != 1
        or spine["Node Type"] != "Index Scan"
        or spine.get("Rows Removed by Filter", 0)
    ):
        raise RuntimeError(f"the page is not one index scan: {json.dumps(plan)[:3000]}")
    way = f"{spine['Node Type']} {spine.get('Scan Direction', '')}"
    return f"{way} on {spine['Index Name']}, {spine['Actual Rows']:g} rows"


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for each in plan.get("Plans", []) for node in _nodes(each))]


def pages(stage: Stage, servers: list[str], people: list[Person], room: Room) -> list[Waited]:
    chance = random.Random(11)
    name = quote(room.room_id)
    paths = [
        f"/api/v1/rooms/{name}/timeline?limit={PAGE}&before={chance.randrange(PAGE * 10, room.last_seq)}"
        for _ in range(PLACES)
    ]
    what = f"W4, {PAGE} back anywhere in {room.last_seq:,} events"
    waits = []
    for server in servers:
        with running(stage, server, "ours") as app:
            waits.append(timed(stage, app, people[0], what, [("GET", path, None) for path in paths]))
    return waits


def crowded(stage: Stage, servers: list[str], people: list[Person]) -> list[Waited]:
    """Receipts of a message in a very large room, half of which has read it, and people who come into it."""
    coming = JOINS * len(servers)
    members, last = people[:-coming], people[-coming:]
    room = cast.make_room(members[0], members[1:], "全市通知群")
    cast.append(cast.plain(members[0].actor(), room.pk, 3))
    room.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chatops_membership SET read_seq = %s WHERE room_id = %s AND staff_id %% 2 = 0",
            [room.last_seq, room.pk],
        )
        cursor.execute(
            "SELECT event_id FROM chatops_event WHERE room_id = %s AND seq = %s", [room.pk, room.last_seq]
        )
        (event,) = cursor.fetchone()
    cast.settle()
    base = f"/api/v1/rooms/{quote(room.room_id)}"
    asks = {
        "receipts by unit": [("GET", f"{base}/events/{quote(event)}/receipts", None)] * RECEIPTS_ASKED,
        "a page of who has not read": [
            ("GET", f"{base}/events/{quote(event)}/receipts/people?state=unread", None)
        ]
        * RECEIPTS_ASKED,
    }
    waits = []
    for place, server in enumerate(servers):
        joining = last[place * JOINS :][:JOINS]
        with running(stage, server, "ours") as app:
            for what, requests in asks.items():
                waits.append(
                    timed(stage, app, members[0], f"{len(members):,} members, {what}", requests, warm=3)
                )
            bodies = [{"user_ids": [person.actor().user_id]} for person in joining]
            joins = [("POST", f"{base}/members", body) for body in bodies]
            waits.append(timed(stage, app, members[0], f"{len(members):,} members, one joins", joins, warm=0))
    return waits


def timed(
    stage: Stage,
    app: App,
    person: Person,
    what: str,
    requests: list[tuple[str, str, dict[str, Any] | None]],
    warm: int = 10,
) -> Waited:
    """The requests one after the other; the first `warm` are done twice."""
    line = HTTPConnection("127.0.0.1", app.port, timeout=120)
    headers = {"Authorization": f"Bearer {person.secret}", "Content-Type": "application/json"}
    roots = [app.pid, *stage.roots]
    waits: list[float] = []
    for method, path, body in requests[:warm]:
        _ask(line, method, path, body, headers)
    before = cpu_seconds(roots)
    for method, path, body in requests:
        began = time.perf_counter()
        _ask(line, method, path, body, headers)
        waits.append(1000 * (time.perf_counter() - began))
    cpu = 1000 * (cpu_seconds(roots) - before) / len(requests)
    line.close()
    waits.sort()
    at = [waits[min(len(waits) - 1, int(len(waits) * share))] for share in (0.5, 0.95, 0.99)]
    return Waited(what, app.server, at[0], at[1], at[2], cpu)


def _ask(
    line: HTTPConnection, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
) -> None:
    line.request(method, path, json.dumps(body) if body else None, headers)
    answer = line.getresponse()
    said = answer.read()
    if answer.status not in {200, 201, 204}:
        raise RuntimeError(f"{method} {path}: {answer.status} {said[:300]!r}")
