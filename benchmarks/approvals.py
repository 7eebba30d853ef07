"""A city's approvals: ten thousand running cases, one step of one of them, and the timers of a morning.

`python -m benchmarks approvals --cases 10000 --timers 55800`; with small numbers it takes a minute.
"""

import http.client
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db import connection

from benchmarks import moves
from benchmarks.fleet import all_running, process
from benchmarks.gauges import cpu_seconds
from benchmarks.ledgers import Timed
from benchmarks.running_cases import Prepared, copy_case, prepare
from benchmarks.stage import Stage
from common import clock
from common.models import Timer
from workflows.approvals import deeds
from workflows.store.models import Case, CaseEntry, CaseTask

RUNNING = 10_000
TIMERS = 55_800
STEPS = 200
ASKED = 60
SEEN = 30
WARM_UP = 3
LEAD = timedelta(seconds=30)  # the worker is up by then
PATIENCE_S = 3600
_CSRF = "x" * 32

__all__ = ["RUNNING", "TIMERS", "morning", "over_http", "prepare", "steps"]


def _spread(values: list[float], unit: str = "ms") -> dict[str, str]:
    ordered = sorted(values)
    return {
        f"{word} {unit}": f"{ordered[int(len(ordered) * share)]:.1f}"
        for word, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }


def steps(stage: Stage, prepared: Prepared, count: int = STEPS) -> list[Timed]:
    """One agreement with trail, audit entry, next tasks, timers and job, in this process; the database's share too."""
    cpu: list[float] = []
    wall: list[float] = []
    ids = _waiting(prepared, count + WARM_UP)
    for number, (case_id, task_id) in enumerate(ids):
        if number == WARM_UP:
            cpu, wall, database = [], [], cpu_seconds(stage.roots)
        began, spent = time.perf_counter(), time.process_time()
        deeds.check_agree(
            actor=prepared.head, case_id=case_id, said=deeds.Said(task=task_id), key=f"bench:{task_id}"
        )
        cpu.append(1000 * (time.process_time() - spent))
        wall.append(1000 * (time.perf_counter() - began))
    share = 1000 * (cpu_seconds(stage.roots) - database) / len(wall)
    figures = {**_spread(wall), "CPU p50 ms": f"{median(cpu):.1f}", "database CPU ms": f"{share:.1f}"}
    return [Timed(f"one step at {Case.objects.count():,} cases", figures)]


def _waiting(prepared: Prepared, count: int) -> list[tuple[Any, Any]]:
    rows = CaseTask.objects.filter(assignee_id=prepared.head.staff_id, node="a", state__in=("open", "opened"))
    return list(rows.values_list("case_id", "pk")[:count])


def over_http(stage: Stage, servers: list[str], prepared: Prepared) -> list[Timed]:
    """Opening one case, the lists and a step, one request at a time; the CPU is that of application and database."""
    told = []
    with all_running(stage, servers, ["ours"]) as apps:
        for app in apps:
            line = http.client.HTTPConnection("127.0.0.1", app.port, timeout=120)
            roots = [app.pid, *stage.roots]
            for what, ask in _asks(line, prepared).items():
                waits: list[float] = []
                for number in range(ASKED + WARM_UP):
                    if number == WARM_UP:
                        waits, before = [], cpu_seconds(roots)
                    waits.append(ask())
                spent = 1000 * (cpu_seconds(roots) - before) / len(waits)
                told.append(Timed(f"{what}; {app.server}", {**_spread(waits), "CPU ms": f"{spent:.1f}"}))
            line.close()
            before = cpu_seconds(roots)
            seen = moves.waits(app, (prepared.starter_secret, prepared.secret), _waiting(prepared, SEEN))
            spent = 1000 * (cpu_seconds(roots) - before) / len(seen)
            figures = {**_spread(seen), "CPU ms": f"{spent:.1f}"}
            told.append(Timed(f"a decision on the starter's page; {app.server}", figures))
    return told


def _asks(line: http.client.HTTPConnection, prepared: Prepared) -> dict[str, Callable[[], float]]:
    case_id, _task = _waiting(prepared, 1)[0]
    paths = {
        "open one": f"/cases/{case_id}",
        "what waits": "/cases?box=waiting",
        "what waits, far down": f"/cases?box=waiting&cursor={len(_waiting(prepared, 10_000)) // 2}",
        "what one began": "/cases?box=mine",
        "all of one's unit": "/cases?box=all",
        "pending list": "/pending/entries",
        "pending counts": "/pending/counts",
    }
    left = iter(_waiting(prepared, ASKED + WARM_UP))

    def step() -> float:
        case, task = next(left)
        return _ask(
            line, f"/cases/{case}/deeds/agree", prepared.secret, {"task": str(task), "key": str(task)}
        )

    found = {what: (lambda path=path: _ask(line, path, prepared.secret)) for what, path in paths.items()}
    return {**found, "one step": step}


def _ask(
    line: http.client.HTTPConnection, path: str, secret: str, body: dict[str, str] | None = None
) -> float:
    began = time.perf_counter()
    headers = {"Cookie": f"tz_session={secret}; csrftoken={_CSRF}", "X-CSRFToken": _CSRF}
    if body is None:
        line.request("GET", f"/api/v1{path}", headers=headers)
    else:
        headers["Content-Type"] = "application/json"
        line.request("POST", f"/api/v1{path}", json.dumps(body), headers)
    answer = line.getresponse()
    said: Any = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {said[:300]!r}")
    return 1000 * (time.perf_counter() - began)


def morning(stage: Stage, count: int = TIMERS) -> list[Timed]:
    """So many tasks whose limits end at one moment: a worker drains them, each once, and writes each in its trail."""
    at = _all_due(count)
    reminded = CaseEntry.objects.filter(deed="remind", at__gte=at)
    with process([sys.executable, "manage.py", "work"]) as worker:
        time.sleep(max(0.0, (at - clock.now()).total_seconds()))
        roots = [worker.pid, *stage.roots]
        before, began = cpu_seconds(roots), time.perf_counter()
        while (done := reminded.count()) < count and time.perf_counter() - began < PATIENCE_S:
            time.sleep(1)
        took, spent = time.perf_counter() - began, cpu_seconds(roots) - before
    said = Counter(reminded.values_list("task_id", flat=True))
    moments = Counter(int((one - at).total_seconds()) for one in reminded.values_list("at", flat=True))
    figures = {
        "drained s": f"{took:.0f}", "a second": f"{done / took:.0f}", "most in a second": f"{max(moments.values()):,}",
        "CPU ms each": f"{1000 * spent / max(1, done):.1f}", "lost": f"{count - len(said):,}",
        "doubled": f"{sum(1 for times in said.values() if times > 1):,}",
        "timers left": f"{Timer.objects.filter(due_at__lte=at).count():,}",
    }  # fmt: skip
    return [Timed(f"{count:,} limits that end at one moment", figures)]


def _all_due(count: int) -> datetime:
    """As many cases as it takes, at their first task; every limit ends at the same moment."""
    here = CaseTask.objects.filter(node="a", state="open").count()
    pattern = Case.objects.filter(state="running", tasks__node="a", tasks__state="open").first()
    if pattern is None:
        raise RuntimeError("nothing waits")
    copy_case(pattern, max(0, count - here))
    at = (clock.now() + LEAD).replace(microsecond=0)
    keys = list(CaseTask.objects.filter(node="a", state="open").values_list("pk", flat=True)[:count])
    if len(keys) < count:
        raise RuntimeError(f"only {len(keys)} tasks wait, {count} are wanted")
    CaseTask.objects.filter(pk__in=keys).update(due_at=at)
    Timer.objects.all().delete()
    Timer.objects.bulk_create(
        (
            Timer(
                key=f"casetask:{key}", due_at=at, task="workflows.case_task_due", args={"task_id": str(key)}
            )
            for key in keys
        ),
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return at
