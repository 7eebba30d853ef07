"""Running cases in any number: one real start a unit, the others copied row by row in the database."""

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection, models, transaction

from benchmarks.ledgers import City
from directory.actors import Actor
from directory.services import devices
from directory.services.acting import actor_of
from directory.store.models import DeviceKind, Staff
from workflows.approvals import cases, shipped
from workflows.approvals.definitions import definition_of
from workflows.rules.bpmn import BPMN, TZ
from workflows.store import approvals as store
from workflows.store.models import Case, CaseEntry, CaseTask

KEY = "bench"
LEAST = 400  # of the first unit: as many as steps are measured


@dataclass(frozen=True)
class Prepared:
    """`starter`: of the first unit; `head`: with whom its cases are; the secrets sign head and starter in."""

    starter: Actor
    head: Actor
    secret: str
    starter_secret: str


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


def prepare(city: City, count: int) -> Prepared:
    """Running cases of all units; a tenth of them of the first, whose head has a thousand of ten thousand waiting."""
    with TemporaryDirectory() as name:
        folder = Path(name) / KEY
        folder.mkdir()
        _folder(folder)
        shipped.publish_folder(folder)
    version = store.published(KEY)
    if version is None:
        raise RuntimeError("not published")
    definition = definition_of(version.pk)
    places = len(city.handlers)
    first = max(count // 10, min(count, LEAST))
    wanted = [first, *((count - first) // (places - 1) for _place in range(1, places))]
    wanted[1] += count - sum(wanted)
    starter = _acting(city.handlers[0])
    for place, number in enumerate(wanted):
        if number:
            actor = starter if place == 0 else _acting(city.handlers[place])
            with transaction.atomic():
                data = {"reason": f"量测事项{place}", "amount": place % 200}
                copy_case(cases.begin_in(actor, version, definition, data), number - 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    head = CaseTask.objects.filter(case__starter_id=starter.staff_id, node="a").first()
    if head is None or head.assignee is None:
        raise RuntimeError("no case of the first unit")
    secret = devices.open_device(head.assignee, kind=DeviceKind.WEB).secret
    begun_by = Staff.objects.get(pk=starter.staff_id)
    starter_secret = devices.open_device(begun_by, kind=DeviceKind.WEB).secret
    return Prepared(starter, _acting(head.assignee.pk), secret, starter_secret)


def copy_case(case: Case, times: int) -> None:
    """The case with its tasks, trail and timers once more, so many times. Only what waits before its first decision."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS copies (id uuid) ON COMMIT DELETE ROWS")
        cursor.execute("DELETE FROM copies")
        cursor.execute("INSERT INTO copies SELECT gen_random_uuid() FROM generate_series(1, %s)", [times])
        serial = "'B' || substr(replace(copies.id::text, '-', ''), 1, 20)"
        cursor.execute(_copy(Case, {"id": "copies.id", "serial": serial}, "id"), [case.pk])
        fresh, together = "gen_random_uuid()", 'md5(copies.id::text || x."group"::text)::uuid'
        cursor.execute(
            _copy(CaseTask, {"id": fresh, "group": together, "case_id": "copies.id"}, "case_id"), [case.pk]
        )
        cursor.execute(_copy(CaseEntry, {"id": fresh, "case_id": "copies.id"}, "case_id"), [case.pk])
        cursor.execute(_TIMERS, [case.pk])


def _copy(model: type[models.Model], other: dict[str, str], by: str) -> str:
    columns = [str(field.column) for field in model._meta.concrete_fields]
    values = ", ".join(other.get(column, f'x."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    return f'INSERT INTO {table} ({names}) SELECT {values} FROM {table} x, copies WHERE x."{by}" = %s'  # noqa: S608 - names of our own


_TIMERS = """
INSERT INTO common_timer (key, due_at, task, args)
SELECT 'casetask:' || t.id, x.due_at, x.task, jsonb_build_object('task_id', t.id::text)
FROM workflows_casetask t
JOIN copies ON t.case_id = copies.id
JOIN workflows_casetask o ON o.case_id = %s AND (o.node, o.assignee_id) = (t.node, t.assignee_id)
JOIN common_timer x ON x.key = 'casetask:' || o.id
"""
