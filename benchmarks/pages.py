"""What a person waits for when a conversation or the list of conversations is opened, over HTTP, one at a time."""

import http.client
import random
import time
from dataclasses import dataclass
from statistics import median
from urllib.parse import quote

from benchmarks import cast
from benchmarks.cast import Person
from benchmarks.fleet import App, all_running
from benchmarks.gauges import cpu_seconds
from benchmarks.stage import Stage
from chatops.store.models import Room

LONG_EVENTS, SHORT_EVENTS, EDITED = 100_000, 1_000, 0.8
MANY_ROOMS, FEW_ROOMS, MEMBERS = 300, 30, 5
UNREAD = 40
PAGE = 50
REQUESTS = 60


@dataclass(frozen=True)
class Pages:
    """Rooms and people to ask about."""

    owner: Person
    long: Room
    short: Room
    busy: Person
    calm: Person


@dataclass(frozen=True)
class Answered:
    """One kind of request: milliseconds to wait, CPU ms of all processes for one request, bytes of the answer."""

    what: str
    server: str
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    size: int


def prepare(people: list[Person]) -> Pages:
    """A long and a short room; a person with 300 rooms and one with 30, all with unread messages and mentions."""
    owner, busy, calm, writer, *others = people
    long, short = (cast.make_room(owner, others[:9], name) for name in ("长期工作群", "短期工作群"))
    actor = owner.actor()
    cast.append(cast.edited(actor, long.pk, LONG_EVENTS, EDITED))
    cast.append(cast.plain(actor, short.pk, SHORT_EVENTS))
    by_writer = writer.actor()
    for number in range(MANY_ROOMS):
        members = [busy, *others[number % 50 :][:MEMBERS], *([calm] if number < FEW_ROOMS else [])]
        room = cast.make_room(writer, members, f"群 {number}")
        items = list(cast.plain(by_writer, room.pk, UNREAD))
        items[-1]["mentions"] = [busy.pk, calm.pk]
        cast.append(items)
    cast.settle()
    return Pages(owner, long, short, busy, calm)


def measure(stage: Stage, servers: list[str], pages: Pages) -> list[Answered]:
    chance = random.Random(11)
    newest, room = f"limit={PAGE}", "/api/v1/rooms/{}/timeline?{}"
    places = [chance.randrange(PAGE * 10, LONG_EVENTS) for _ in range(REQUESTS)]
    long, short = (quote(one.room_id) for one in (pages.long, pages.short))
    asks = [
        (f"newest {PAGE} of {SHORT_EVENTS:,} events, no edits", pages.owner, [room.format(short, newest)]),
        (f"newest {PAGE} of {LONG_EVENTS:,} events, 80 % edits", pages.owner, [room.format(long, newest)]),
        (
            f"{PAGE} at a random place of these",
            pages.owner,
            [room.format(long, f"{newest}&before={place}") for place in places],
        ),
        (f"list of {FEW_ROOMS} rooms, unread", pages.calm, ["/api/v1/rooms"]),
        (f"list of {MANY_ROOMS} rooms, unread", pages.busy, ["/api/v1/rooms"]),
    ]
    with all_running(stage, servers, ["ours"]) as apps:
        return [ask_many(stage, app, *each) for each in asks for app in apps]


def ask_many(stage: Stage, app: App, what: str, person: Person, paths: list[str]) -> Answered:
    line = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
    roots = [app.pid, *stage.roots]
    headers = {"Cookie": f"tz_session={person.secret}"}
    waits, size = [], 0
    for number in range(-5, REQUESTS):
        if number == 0:  # those before warm up
            before = cpu_seconds(roots)
        began = time.perf_counter()
        line.request("GET", paths[number % len(paths)], headers=headers)
        answer = line.getresponse()
        body = answer.read()
        waits.append(1000 * (time.perf_counter() - began))
        if answer.status != 200:
            raise RuntimeError(f"{paths[0]}: {answer.status} {body[:300]!r}")
        size = len(body)
    cpu = 1000 * (cpu_seconds(roots) - before) / REQUESTS
    line.close()
    waits = sorted(waits[5:])
    return Answered(what, app.server, median(waits), waits[int(len(waits) * 0.99)], cpu, size)
