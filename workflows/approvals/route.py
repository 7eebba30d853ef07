"""The whole route before it is sent: who would decide, by which rule, and where it stops.

The engine itself walks a copy in which everybody agrees and nothing is served, so what is shown is what would happen.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from common import clock, ids
from directory.actors import Actor
from directory.store.models import Unit
from workflows.approvals import engine, tree
from workflows.approvals.definitions import Definition
from workflows.approvals.resolve import resolve
from workflows.approvals.seats import About, Resolution
from workflows.approvals.specs import EngineError
from workflows.approvals.standing import stand_ins
from workflows.approvals.views import CaseStepOut, CaseWhoOut
from workflows.rules.durations import parts_of
from workflows.store.models import Case, CaseTask, Process

MOST_NODES = 60


def names_for(actor: Actor, data: Mapping[str, Any]) -> dict[str, Any]:
    """What conditions would read if the actor sent this now."""
    unit = Unit.objects.filter(pk=actor.unit_id).first() if actor.unit_id else None
    return {
        **data,
        "outcome": "",
        "outcomes": {},
        "starter": {
            "name": actor.name, "post": actor.post_title, "role": actor.post_role, "unit": unit.code if unit else "",
            "unit_name": actor.unit_name, "level": unit.level if unit else "", "region": unit.region_id if unit else "",
            "organ": unit.organ if unit else "",
        },
    }  # fmt: skip


def before_sending(
    actor: Actor, definition: Definition, data: Mapping[str, Any], process: Process | None
) -> list[CaseStepOut]:
    """Raises EngineError: a condition cannot be worked out with what is filled in."""
    about = About(
        starter_id=actor.staff_id, starter_unit=actor.unit_id, starter_post=actor.post_id, starter_name=actor.name,
        data=data, process=process, form=definition.form,
    )  # fmt: skip
    return _walk(definition, None, names_for(actor, data), about)


def ahead(
    case: Case, definition: Definition, tasks: list[CaseTask], numbers: Mapping[int, str]
) -> list[CaseStepOut]:
    """What is done, what stands, and what would come if everybody agreed. `numbers`: staff numbers of the holders."""
    done: dict[str, CaseStepOut] = {}
    for task in tasks:
        if task.state == "done" and task.kind != "answer":
            done[task.node] = _step(
                definition, task.node, "done", people=_people_of(tasks, task.node, {"done"}, numbers)
            )
    if case.state != "running":
        return list(done.values())
    now_nodes = list(
        dict.fromkeys(task.node for task in tasks if task.state in {"waiting", "open", "opened"})
    )
    steps = [step for node, step in done.items() if node not in now_nodes]
    steps += [
        _step(definition, node, "now", people=_people_of(tasks, node, {"waiting", "open", "opened"}, numbers))
        for node in now_nodes
    ]
    starter = case.starter_unit
    names = {
        **case.data, "outcome": "agree", "outcomes": {key: value for key, value in case.outcomes.items() if key},
        "starter": {
            "name": case.starter_name, "post": case.starter_post_title,
            "role": case.starter_post.role if case.starter_post else "", "unit": starter.code if starter else "",
            "unit_name": case.starter_unit_name, "level": starter.level if starter else "",
            "region": starter.region_id if starter else "", "organ": starter.organ if starter else "",
        },
    }  # fmt: skip
    try:
        coming = _walk(
            definition, tree.upgraded(case.engine_state, case.engine_version), names, About.case(case)
        )
    except EngineError:
        return steps
    shown = {step.node for step in steps if step.state == "now"}
    return [*steps, *(step for step in coming if step.node not in shown)]


def _walk(
    definition: Definition, state: dict[str, Any] | None, names: dict[str, Any], about: About
) -> list[CaseStepOut]:
    run = engine.Run(definition.specs, state, names=names, now=clock.now(), service=lambda _node: None)
    standing = run.go()
    first = definition.drawing.first_filled() if state is None else None
    found: dict[str, Resolution] = {}
    while standing.ready and len(found) < MOST_NODES:
        for engine_task, node in standing.ready:
            if node in found:
                return _shown(definition, found)  # a loop of the drawing: the rest is as above
            if first is None or node != first.id:
                current = replace(about, data={**about.data, **run.decided})
                found[node] = resolve(definition.node(node), current)
            names["outcome"] = "agree"
            names["outcomes"][node] = "agree"
            run.complete(engine_task)
        standing = run.go()
    return _shown(definition, found)


def _shown(definition: Definition, found: Mapping[str, Resolution]) -> list[CaseStepOut]:
    acting = stand_ins({who.seat.staff_id for one in found.values() for who in one.people}, definition.key)
    return [
        _step(
            definition, node, "ahead", unresolved=one.unresolved or None,
            people=[
                CaseWhoOut(
                    user_id=who.user_id, name=who.seat.name, post=who.seat.post_title, unit=who.seat.unit_name,
                    why=who.why, stands_in=list(acting.get(who.seat.staff_id, {}).values()),
                )
                for who in one.people
            ],
        )
        for node, one in found.items()
    ]  # fmt: skip


def _people_of(
    tasks: list[CaseTask], node: str, states: set[str], numbers: Mapping[int, str]
) -> list[CaseWhoOut]:
    mine = [task for task in tasks if task.node == node and task.state in states]
    return [
        CaseWhoOut(
            user_id=ids.user_id(numbers.get(task.assignee_id, "")), name=task.assignee_name, post=task.post_title,
            unit=task.unit_name, why=task.why,
        )
        for task in mine
        if task.assignee_id
    ]  # fmt: skip


def _step(
    definition: Definition, node: str, state: str, *, people: list[CaseWhoOut], unresolved: str | None = None
) -> CaseStepOut:
    wanted = definition.node(node)
    return CaseStepOut(
        node=node, name=definition.name_of(node), kind=wanted.kind, state=state, who=people, mode=wanted.sign.mode,
        order=wanted.sign.order, percent=wanted.sign.percent, limit=limit_words(definition.clock_of(node)),
        unresolved=unresolved,
    )  # fmt: skip


def limit_words(wanted: Mapping[str, Any]) -> str:
    """3个工作日, 8小时（办公时间）, "" without a limit."""
    parts = parts_of(str(wanted.get("limit") or ""))
    if parts is None:
        return ""
    working = wanted.get("working", True)
    words: list[str] = []
    if parts.days:
        words.append((_("{n}个工作日") if working else _("{n}个自然日")).format(n=parts.days))
    hours, minutes = divmod(parts.seconds // 60, 60)
    if hours:
        words.append(_("{n}小时").format(n=hours))
    if minutes:
        words.append(_("{n}分钟").format(n=minutes))
    said = "".join(words).strip()
    return _("{time}（办公时间）").format(time=said) if parts.seconds and working else said
