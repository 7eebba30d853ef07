"""A city's open items and what is done with all: colours of a night, lists of what waits, the one table."""

import http.client
import json
import time
import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from django.db import connection, transaction

from benchmarks.cast import Person
from benchmarks.fleet import App, all_running
from benchmarks.stage import Stage
from common import clock
from directory.services import devices
from directory.store.models import Appointment, DeviceKind, Level, Post, Region, Staff, Unit
from workflows.rules.colours import DEFAULT_RULE
from workflows.store.models import ColourSnapshot, Item, Milestone, TaskForce

COLOURED = 34_843
OPEN = 56_000
MILESTONES = 35_000  # at most about so many items have them
UNITS = 300
FORCES = 20
ROLES = ("head", "liaison", "handler")
STATES = ("dispatched", "signed_for", "in_progress", "in_progress", "in_progress", "reported")
ASKED = 60


@dataclass(frozen=True)
class City:
    """`readers`: what they are → person. `forces`: in the order of their items' numbers, most first."""

    readers: dict[str, Person]
    units: list[Unit]
    forces: list[TaskForce]
    handlers: list[int]


@dataclass(frozen=True)
class Timed:
    what: str
    figures: dict[str, str]


def prepare() -> City:
    """300 units with three people each, 20 task forces led by the mayor; no items yet."""
    region = Region.objects.create(code="4213", name="量测市", level=Level.PREFECTURE)
    above = Unit.objects.create(
        name="量测市人民政府", short_name="市政府", level=Level.PREFECTURE, region=region
    )
    units = Unit.objects.bulk_create(
        Unit(
            name=f"量测市第{number}局", level=Level.PREFECTURE, region=region, block_parent=above, rank=number
        )
        for number in range(UNITS)
    )
    wanted = [(above, "leader"), *((unit, role) for unit in units for role in ROLES)]
    staff = Staff.objects.bulk_create(
        Staff(staff_number=f"l{number:05d}", name=f"办事员{number}", password="!")
        for number in range(len(wanted))
    )
    posts = Post.objects.bulk_create(
        Post(unit=unit, title=role, role=role, rank=number) for number, (unit, role) in enumerate(wanted)
    )
    Appointment.objects.bulk_create(
        Appointment(staff=one, post=post, is_primary=True, valid_from=date(2020, 1, 1))
        for one, post in zip(staff, posts, strict=True)
    )
    today = clock.today()
    forces = TaskForce.objects.bulk_create(
        TaskForce(
            name=f"量测专班{number}", goal="量测", lead_post=posts[0], lead_staff=staff[0], lead_unit=above,
            office_unit=units[number], starts_on=today - timedelta(days=200), ends_on=today + timedelta(days=400),
            state="running", created_at=clock.now(), created_by=staff[0],
        )
        for number in range(FORCES)
    )  # fmt: skip

    def sign_in(place: int) -> Person:
        return Person(staff[place].pk, devices.open_device(staff[place], kind=DeviceKind.WEB).secret)

    readers = {
        "mayor, leads all forces": sign_in(0),
        "head of the largest unit": sign_in(1),
        "handler of a unit in the middle": sign_in(3 * 150 + 3),
    }
    return City(readers, list(units), list(forces), [one.pk for one in staff[3::3]])


def fill(city: City, count: int) -> None:
    """Items of uneven spread: the largest unit leads a tenth of them, the others share the rest evenly."""
    today, now = clock.today(), clock.now()
    rows = []
    for number in range(count):
        place = 0 if number % 10 == 0 else number % UNITS
        chance = zlib.crc32(str(number).encode())
        state = STATES[chance % len(STATES)]
        starts = today - timedelta(days=chance % 150)
        due = today + timedelta(days=chance // 7 % 240 - 10)
        rows.append(
            Item(
                taskforce=city.forces[chance // 11 % FORCES], number=number + 1, title=f"重点事项 {number} 的推进落实",
                category=("民生", "项目", "改革")[chance % 3], lead_unit=city.units[place],
                handler_id=city.handlers[place], starts_on=min(starts, due), due_on=due, first_due_on=due, state=state,
                percent=100 if state == "reported" else chance // 13 % 90, colour="green", colour_since=now,
                rule_version=DEFAULT_RULE.version, dispatched_at=now, signed_at=now - timedelta(days=chance // 17 % 20),
                created_at=now,
            )
        )  # fmt: skip
    for begin in range(0, count, 5000):
        Item.objects.bulk_create(rows[begin : begin + 5000])
    nodes = [
        Milestone(item=item, position=place, name=f"节点{place}", due_on=day, first_due_on=day, percent=share)
        for item in rows[:: max(1, count // MILESTONES)]
        for place, (share, day) in enumerate(
            [(50, item.starts_on + (item.due_on - item.starts_on) / 2), (100, item.due_on)]
        )
    ]
    for begin in range(0, len(nodes), 10_000):
        Milestone.objects.bulk_create(nodes[begin : begin + 10_000])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE workflows_item CASCADE")


def colours(city: City, count: int = COLOURED) -> list[Timed]:
    """The night's run over so many items in this process: as they come, again when nothing changed, and raw."""
    from workflows.rules.colours import colour_of
    from workflows.services import nightly
    from workflows.services.calendar import work_calendar
    from workflows.services.colours import facts_of
    from workflows.store import items as store

    fill(city, count)
    found = [
        (item, nodes.get(item.pk, []))
        for force in city.forces
        for nodes in [store.milestones_of_home(force.pk)]
        for item in store.plain(force.pk)
    ]
    calendar, now = work_calendar(), clock.now()
    began = time.perf_counter()
    for item, nodes in found:
        colour_of(facts_of(item, nodes), DEFAULT_RULE, now, calendar)
    pure = time.perf_counter() - began
    began = time.perf_counter()
    changed = nightly.recolour_all()
    first = time.perf_counter() - began
    with clock.travel(now + timedelta(minutes=1)):
        began = time.perf_counter()
        nightly.recolour_all()
        again = time.perf_counter() - began
    return [
        Timed(
            "the rule alone",
            {"s": f"{pure:.1f}", "colours changed": "", "a second": f"{count / pure:,.0f}"},
        ),
        Timed(
            "a night: read, judge, write, history, events, snapshot",
            {"s": f"{first:.1f}", "colours changed": f"{changed:,}", "a second": f"{count / first:,.0f}"},
        ),
        Timed(
            "the same again",
            {"s": f"{again:.1f}", "colours changed": "0", "a second": f"{count / again:,.0f}"},
        ),
        Timed("raw: read and write the same columns in SQL", _raw_colours(count)),
    ]


def _raw_colours(count: int) -> dict[str, str]:
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM workflows_item ORDER BY id FOR NO KEY UPDATE")
        cursor.fetchall()
        cursor.execute("SELECT * FROM workflows_milestone ORDER BY item_id, position")
        cursor.fetchall()
        cursor.execute(
            "UPDATE workflows_item SET planned_percent = 1, colour_because = 'x', version = version + 1"
        )
        cursor.execute(
            "INSERT INTO workflows_coloursnapshot (taskforce_id, item_id, day, colour, state, percent, planned_percent,"
            " region, category, kind, ahead)"
            " SELECT taskforce_id, id, '2001-01-01', colour, state, percent, 1, '', '', '', '' FROM workflows_item"
        )
    took = time.perf_counter() - began
    return {"s": f"{took:.1f}", "colours changed": "", "a second": f"{count / took:,.0f}"}


def pending(stage: Stage, servers: list[str], city: City, count: int = OPEN) -> list[Timed]:
    """The counts, the first page, one far down and a search over HTTP, one request at a time, at so many open items."""
    fill(city, count)
    told = []
    with all_running(stage, servers, ["ours"]) as apps:
        for app in apps:
            for who, person in city.readers.items():
                told += _ask_pending(app, who, person)
    return [*told, _raw_pending(city)]


def _ask_pending(app: App, who: str, person: Person) -> list[Timed]:
    line = http.client.HTTPConnection("127.0.0.1", app.port, timeout=120)
    headers = {"Cookie": f"tz_session={person.secret}"}

    def ask(path: str) -> tuple[float, Any]:
        began = time.perf_counter()
        line.request("GET", f"/api/v1/pending{path}", headers=headers)
        answer = line.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return 1000 * (time.perf_counter() - began), json.loads(body)

    total = ask("/counts")[1]["total"]
    far = ""
    for _page in range(20):
        far = ask(f"/entries?limit=100&cursor={far}")[1]["next"] or far
    kinds = {
        "counts": "/counts",
        "first page": "/entries",
        "a page 2,000 down": f"/entries?cursor={far}",
        "search": "/entries?q=%E4%BA%8B%E9%A1%B9%20123",
    }
    told = []
    for kind, path in kinds.items():
        waits = sorted(ask(path)[0] for _number in range(ASKED))
        told.append(
            Timed(
                f"{who} ({total:,} wait), {kind}; {app.server}",
                {
                    "p50 ms": f"{median(waits):.0f}",
                    "p95 ms": f"{waits[int(ASKED * 0.95)]:.0f}",
                    "worst ms": f"{waits[-1]:.0f}",
                },
            )
        )
    line.close()
    return told


def _raw_pending(city: City) -> Timed:
    """The same rows as one statement over an open connection: fifty of the largest unit, due first, with the count."""
    waits = []
    with connection.cursor() as cursor:
        for _number in range(ASKED):
            began = time.perf_counter()
            cursor.execute(
                "SELECT *, count(*) OVER () FROM workflows_item WHERE lead_unit_id = %s AND state IN"
                " ('dispatched', 'signed_for', 'in_progress') ORDER BY due_on, id LIMIT 50",
                [city.units[0].pk],
            )
            cursor.fetchall()
            waits.append(1000 * (time.perf_counter() - began))
    waits.sort()
    return Timed(
        "raw: one statement for the largest unit",
        {
            "p50 ms": f"{median(waits):.0f}",
            "p95 ms": f"{waits[int(ASKED * 0.95)]:.0f}",
            "worst ms": f"{waits[-1]:.0f}",
        },
    )


def table(city: City) -> list[Timed]:
    """The one table of all those items by unit, with the period before, as its service gives it."""
    from directory.services import devices as signed
    from workflows.services import nightly
    from workflows.supervision.table import TableAsk, describe_table, list_supervised

    if not ColourSnapshot.objects.filter(day=clock.today()).exists():
        nightly.recolour_all()
    actor = signed.actor_for_secret(city.readers["mayor, leads all forces"].secret, "web")
    told = []
    for what, run in (
        ("table by unit", lambda: describe_table(actor, TableAsk())),
        ("items at risk, first page", lambda: list_supervised(actor, TableAsk(), which="risk")),
    ):
        waits = []
        for _number in range(10):
            began = time.perf_counter()
            run()
            waits.append(1000 * (time.perf_counter() - began))
        told.append(Timed(what, {"p50 ms": f"{median(waits):.0f}", "worst ms": f"{max(waits):.0f}"}))
    return told
