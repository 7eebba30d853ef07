"""A force from a template: goals with indicators, work groups with rooms, roster, report times, meeting day."""

import functools
import json
from datetime import date, time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services.rooms import create_room
from common import clock
from common.errors import BadInputError
from directory.actors import Actor
from workflows.services import people, taskforces
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce
from workflows.services.shapes import TaskForceOut
from workflows.services.views import force_out
from workflows.store import taskforces as store
from workflows.store.models import ForceGroup, ForceSetup, Indicator, MeetingPlan, TaskForce
from workflows.taskforces.goals import do_add_goal
from workflows.taskforces.meeting_plans import plan_next

FILE = Path(__file__).resolve().parent.parent / "data" / "force_templates.json"


class GroupTemplate(BaseModel):
    name: str
    duty: str


class TemplateOut(BaseModel):
    key: str
    version: int
    name: str
    goal: str
    goals: list[dict[str, Any]]
    groups: list[GroupTemplate]
    roster: list[dict[str, Any]]
    report_times: list[time]
    meeting: dict[str, Any] | None


class GroupOut(BaseModel):
    name: str
    duty: str
    room_id: str


class SetupOut(BaseModel):
    """What a template gave; empty for a force that was founded by hand."""

    template: str
    version: int
    groups: list[GroupOut]
    roster: list[dict[str, Any]]
    report_times: list[str]


@functools.cache
def list_templates() -> tuple[TemplateOut, ...]:
    return tuple(TemplateOut(**one) for one in json.loads(FILE.read_text(encoding="utf-8")))


def get_template(key: str) -> TemplateOut:
    """Raises BadInputError."""
    found = next((one for one in list_templates() if one.key == key), None)
    if found is None:
        known = _("、").join(f"{one.name}（{one.key}）" for one in list_templates())
        raise BadInputError(field="template", message=_("没有这个模板，可选：{known}。").format(known=known))
    return found


def check_found_from_template(
    *,
    actor: Actor,
    template: str,
    name: str,
    unit_ids: list[UUID],
    ends_on: date,
    basis: str,
    starts_on: date | None = None,
    goal: str = "",
    lead_post_id: UUID | None = None,
    office_unit_id: UUID | None = None,
    with_group_rooms: bool = True,
    key: str | None = None,
) -> TaskForceOut:
    """Found a force as `check_found_taskforce` does, and give it what the template holds; all or nothing.

    Raises: as `check_found_taskforce`; BadInputError (template).
    """
    chosen = get_template(template)

    def deed() -> TaskForceOut:
        made = taskforces.check_found_taskforce(
            actor=actor,
            name=name,
            goal=goal.strip() or chosen.goal,
            unit_ids=unit_ids,
            ends_on=ends_on,
            starts_on=starts_on,
            basis=basis,
            lead_post_id=lead_post_id,
            office_unit_id=office_unit_id,
        )
        force = store.lock(made.id)
        _fill(actor, force, chosen, with_group_rooms=with_group_rooms)
        return force_out(actor, access_taskforce(actor, force.pk))

    subject = f"{template}:{name.strip()}"
    return once(
        actor=actor, key=key, verb="found_template", subject_id=subject, answer=TaskForceOut, deed=deed
    )


def _fill(actor: Actor, force: TaskForce, chosen: TemplateOut, *, with_group_rooms: bool) -> None:
    now = clock.now()
    for one in chosen.goals:
        goal = do_add_goal(actor, force, one["title"])
        Indicator.objects.bulk_create(
            Indicator(goal=goal, created_at=now, source="", **indicator) for indicator in one["indicators"]
        )
    ForceSetup.objects.create(
        taskforce=force,
        template=chosen.key,
        version=chosen.version,
        roster=chosen.roster,
        report_times=[f"{at:%H:%M}" for at in chosen.report_times],
    )
    if chosen.report_times:
        force.digest_at = chosen.report_times[0]
        force.save(update_fields=["digest_at"])
        taskforces.set_digest_timer(force, now)
    if chosen.meeting is not None:
        at = time.fromisoformat(chosen.meeting["at"])
        MeetingPlan.objects.create(taskforce=force, weekday=chosen.meeting["weekday"], at=at)
        plan_next(force, now)
    members: list[int] = []
    if with_group_rooms and chosen.groups:
        units = list(force.units.all())
        members = people.room_members(
            units, lead_post_id=force.lead_post_id, office_unit_id=force.office_unit_id
        )
    for place, group in enumerate(chosen.groups, 1):
        room_id = ""
        if with_group_rooms:
            room = create_room(
                actor=actor,
                kind="work",
                name=f"{force.name}{group.name}"[:80],
                purpose=group.duty,
                members=members,
                owner_post=force.lead_post_id,
                ends_on=force.ends_on,
            )
            room_id = room.room_id
        ForceGroup.objects.create(
            taskforce=force, position=place, name=group.name, duty=group.duty, room_id=room_id
        )


def describe_setup(actor: Actor, taskforce_id: UUID) -> SetupOut:
    force = access_taskforce(actor, taskforce_id)
    setup = ForceSetup.objects.filter(taskforce=force).first()
    groups = ForceGroup.objects.filter(taskforce=force).order_by("position")
    return SetupOut(
        template=setup.template if setup else "",
        version=setup.version if setup else 0,
        groups=[GroupOut(name=one.name, duty=one.duty, room_id=one.room_id) for one in groups],
        roster=setup.roster if setup else [],
        report_times=setup.report_times if setup else [],
    )
