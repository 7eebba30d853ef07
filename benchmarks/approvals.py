"""A city's approvals: ten thousand running cases, one step of one of them, and the timers of a morning."""

import http.client
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection, transaction

from benchmarks.fleet import all_running
from benchmarks.ledgers import City, Timed
from benchmarks.stage import Stage
from common import clock, timers
from common.models import Timer
from directory.actors import Actor
from directory.services import devices
from directory.services.acting import actor_of
from directory.store.models import DeviceKind, Staff
from workflows.approvals import cases, deeds, shipped
from workflows.approvals.definitions import definition_of
from workflows.rules.bpmn import BPMN, TZ
from workflows.store import approvals as store
from workflows.store.models import Case, CaseTask

RUNNING = 10_000
TIMERS = 55_800
STEPS = 200
ASKED = 60
KEY = "bench"


@dataclass(frozen=True)
class Prepared:
    """`starter`: of the first unit; `head`: with whom its cases are."""

    starter: Actor
    head: Actor
    secret: str


def _user(key: str, name: str, rule: str) -> str:
    return (
        f'<b:userTask id="{key}" name="{name}"><b:extensionElements><tz:assignee {rule}/></b:extensionElements>'
        "</b:userTask>"
    )


def _folder(folder: Path) -> None:
    """审核 by the head, a countersign of two liaisons beside 核稿, a gateway, 签发: what an ordinary case has."""
    head, mayor = 'kind="relation" relation="unit_head"', 'kind="relation" relation="superior_head"'
    liaison = 'kind="relation" relation="liaison"'
    flows = [
        ("s", "a"), ("a", "p"), ("p", "b"), ("p", "c"), ("b", "j"), ("c", "j"), ("j", "g"), ("z", "e"),
    ]  # fmt: skip
    body = "".join([
        '<b:startEvent id="s"/><b:endEvent id="e"/>', _user("a", "审核", head),
        '<b:parallelGateway id="p"/><b:parallelGateway id="j"/><b:exclusiveGateway id="g" default="big"/>',
        _user("b", "会签", liaison), _user("c", "核稿", liaison),
        _user("z", "签发", mayor),
        *(f'<b:sequenceFlow id="f{one}{two}" sourceRef="{one}" targetRef="{two}"/>' for one, two in flows),
        '<b:sequenceFlow id="small" sourceRef="g" targetRef="e">',
        "<b:conditionExpression>amount &lt; 100</b:conditionExpression></b:sequenceFlow>",
        '<b:sequenceFlow id="big" sourceRef="g" targetRef="z"/>',
    ])  # fmt: skip
    drawn = (
        f'<b:definitions xmlns:b="{BPMN}" xmlns:tz="{TZ}" targetNamespace="t"><b:process id="{KEY}">{body}'
    )
    form = {
        "schema": {
            "type": "object",
            "required": ["reason"],
            "properties": {"reason": {"type": "string"}, "amount": {"type": "number"}},
        },
        "title": "{reason}",
    }
    (folder / "process.json").write_text(json.dumps({"key": KEY, "name": "量测审批"}))
    (folder / "process.bpmn").write_text(drawn + "</b:process></b:definitions>")
    (folder / "form.json").write_text(json.dumps(form))
    (folder / "clocks.json").write_text(json.dumps({"a": {"limit": "P3D", "remind": ["P1D"]}}))


def _acting(staff_id: int) -> Actor:
    actor = actor_of(Staff.objects.get(pk=staff_id).staff_number, "web")
    if actor is None:
        raise RuntimeError("nobody acts here")
    return actor


def prepare(city: City, count: int = RUNNING) -> Prepared:
    """Running cases of all units; a tenth of them of the first, whose head has a thousand waiting."""
    with TemporaryDirectory() as name:
        folder = Path(name) / KEY
        folder.mkdir()
        _folder(folder)
        shipped.publish_folder(folder)
    version = store.published(KEY)
    if version is None:
        raise RuntimeError("not published")
    definition = definition_of(version.pk)
    people: dict[int, Actor] = {}
    for number in range(count):
        place = 0 if number % 10 == 0 else number % len(city.handlers)
        starter = people.setdefault(place, people.get(place) or _acting(city.handlers[place]))
        with transaction.atomic():
            data = {"reason": f"量测事项{number}", "amount": number % 200}
            cases.begin_in(starter, version, definition, data)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    first = people[0]
    head = CaseTask.objects.filter(case__starter_id=first.staff_id, node="a").first()
    if head is None or head.assignee is None:
        raise RuntimeError("no case of the first unit")
    secret = devices.open_device(head.assignee, kind=DeviceKind.WEB).secret
    return Prepared(first, _acting(head.assignee.pk), secret)


def steps(prepared: Prepared, count: int = STEPS) -> list[Timed]:
    """One agreement with trail, audit entry, next tasks, timers and job, in this process: its own CPU."""
    rows = CaseTask.objects.filter(assignee_id=prepared.head.staff_id, node="a", state="open")[:count]
    ids = [(row.case_id, row.pk) for row in rows]
    cpu, wall = [], []
    for case_id, task_id in ids:
        began, spent = time.perf_counter(), time.process_time()
        deeds.check_agree(
            actor=prepared.head, case_id=case_id, said=deeds.Said(task=task_id), key=f"bench:{task_id}"
        )
        cpu.append(1000 * (time.process_time() - spent))
        wall.append(1000 * (time.perf_counter() - began))
    return [
        Timed(
            f"one step at {Case.objects.count():,} cases",
            {
                "p50 ms": f"{median(wall):.1f}",
                "p95 ms": f"{sorted(wall)[int(len(wall) * 0.95)]:.1f}",
                "CPU p50 ms": f"{median(cpu):.1f}",
                "CPU p95 ms": f"{sorted(cpu)[int(len(cpu) * 0.95)]:.1f}",
            },
        )
    ]


def over_http(stage: Stage, servers: list[str], prepared: Prepared) -> list[Timed]:
    """Opening one case and the lists, one request at a time."""
    case = Case.objects.filter(tasks__assignee_id=prepared.head.staff_id, tasks__state="open").first()
    if case is None:
        raise RuntimeError("nothing waits")
    paths = {
        "open one": f"/cases/{case.pk}",
        "what waits": "/cases?box=waiting",
        "what waits, far down": "/cases?box=waiting&cursor=500",
        "all of one's unit": "/cases?box=all",
        "pending list": "/pending/entries",
    }
    told = []
    with all_running(stage, servers, ["ours"]) as apps:
        for app in apps:
            line = http.client.HTTPConnection("127.0.0.1", app.port, timeout=120)
            for what, path in paths.items():
                waits = sorted(_ask(line, path, prepared.secret) for _number in range(ASKED))
                figures = {"p50 ms": f"{median(waits):.0f}", "p95 ms": f"{waits[int(ASKED * 0.95)]:.0f}"}
                told.append(Timed(f"{what}; {app.server}", {**figures, "worst ms": f"{waits[-1]:.0f}"}))
            line.close()
    return told


def _ask(line: http.client.HTTPConnection, path: str, secret: str) -> float:
    began = time.perf_counter()
    line.request("GET", f"/api/v1{path}", headers={"Cookie": f"tz_session={secret}"})
    answer = line.getresponse()
    body: Any = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
    return 1000 * (time.perf_counter() - began)


def morning(count: int = TIMERS) -> list[Timed]:
    """Timers that are all due at nine: how long the ticker needs to turn them into jobs, and whether one is lost."""
    now = clock.now()
    tasks = list(CaseTask.objects.values_list("pk", flat=True)[:count])
    Timer.objects.all().delete()
    Timer.objects.bulk_create(
        [
            Timer(
                key=f"bench:{number}", due_at=now, task="workflows.case_task_due",
                args={"task_id": str(tasks[number % len(tasks)])},
            )
            for number in range(count)
        ],
        batch_size=5000,
    )  # fmt: skip
    began = time.perf_counter()
    moved = 0
    with clock.travel(now + timedelta(seconds=1)):
        while step := timers.tick():
            moved += step
    took = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock LIKE 'timer:bench:%'")
        jobs = cursor.fetchone()[0]
    figures = {"s": f"{took:.1f}", "moved": f"{moved:,}", "jobs": f"{jobs:,}", "lost": f"{count - jobs:,}"}
    return [Timed(f"{count:,} timers due at once", figures)]
