"""Task forces: founding with a room, and finding one's own."""

from datetime import date, datetime, time
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chatops.services import admission
from chatops.services.rooms import create_room
from common import audit, clock, timers
from common.errors import BadInputError
from common.events import publish
from directory.actors import Actor
from directory.services.rights import Scope, may, require, role_of, table
from directory.store.models import Post
from workflows.events import TaskForceFounded
from workflows.services import nightly, people, reminders
from workflows.services.calendar import next_office_moment
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce, force_scope
from workflows.services.shapes import TaskForceOut
from workflows.services.views import force_out, forces_out
from workflows.store import people as people_store
from workflows.store import taskforces as store
from workflows.store.models import TaskForce

MAX_NAME, MAX_GOAL, MAX_BASIS, MOST_UNITS = 60, 2000, 200, 200


def check_found_taskforce(
    *,
    actor: Actor,
    name: str,
    goal: str,
    unit_ids: list[UUID],
    ends_on: date,
    basis: str,
    starts_on: date | None = None,
    lead_post_id: UUID | None = None,
    office_unit_id: UUID | None = None,
    key: str | None = None,
) -> TaskForceOut:
    """Found a task force and its room by its founding document; with it the force runs at once.

    Args:
        basis: the founding document, by title and number.
        unit_ids: member units; their liaisons join the room.
        lead_post_id: who answers for it, the actor's own post by default.
        office_unit_id: the unit whose office runs it, the lead's by default.
    Raises:
        ForbiddenError, SecrecyRefusedError. BadInputError: names the field.
    After: event TaskForceFounded, in the same transaction.
    """
    lead_post = _lead_post(actor, lead_post_id)
    require(actor, "taskforce.create", Scope(unit_id=lead_post.unit_id))
    starts_on = starts_on or clock.today()
    _check_words(actor, name, goal, basis)
    if ends_on <= starts_on:
        raise BadInputError(field="ends_on", message=_("结束日期须晚于开始日期，请改选更晚的日期。"))
    chosen = list(dict.fromkeys(unit_ids))
    if not chosen or len(chosen) > MOST_UNITS:
        raise BadInputError(field="unit_ids", message=_("请选择1至200个成员单位。"))
    units = [people.living_unit(unit_id, field="unit_ids") for unit_id in chosen]
    office = people.living_unit(office_unit_id or lead_post.unit_id, field="office_unit_id")
    holders = people_store.holders([lead_post.pk], clock.today())
    if not holders:
        raise BadInputError(field="lead_post_id", message=_("牵头岗位目前无人任职，请选择在任的岗位。"))

    def deed() -> TaskForceOut:
        now = clock.now()
        force = TaskForce(
            name=name.strip(),
            goal=goal.strip(),
            basis=basis.strip(),
            lead_post=lead_post,
            lead_staff=people_store.get_staff(actor.staff_id if actor.staff_id in holders else holders[0]),
            lead_unit=lead_post.unit,
            office_unit=office,
            starts_on=starts_on,
            ends_on=ends_on,
            state="running",
            created_at=now,
            created_by_id=actor.staff_id,
        )
        force.save(force_insert=True)
        store.add_units(force, chosen, now)
        new = {"name": force.name, "units": [unit.name for unit in units], "ends_on": ends_on.isoformat()}
        audit.record(actor=actor, verb="taskforce.found", subject="taskforce", subject_id=force.pk, new=new)
        nightly.set_timer(now)
        reminders.set_timers(now)
        set_digest_timer(force, now)
        members = people.room_members(units, lead_post_id=lead_post.pk, office_unit_id=office.pk)
        # Last: the append holds the room until the commit.
        room = create_room(
            actor=actor,
            kind="taskforce",
            name=force.name,
            purpose=force.goal[:200],
            members=members,
            owner_post=lead_post.pk,
            ends_on=ends_on,
        )
        force.room_id = room.room_id
        force.save(update_fields=["room_id"])
        publish(TaskForceFounded(taskforce_id=force.pk, room_id=room.room_id))
        return force_out(actor, force)

    return once(actor=actor, key=key, verb="found", subject_id=lead_post.pk, answer=TaskForceOut, deed=deed)


def _lead_post(actor: Actor, lead_post_id: UUID | None) -> Post:
    wanted = lead_post_id or actor.post_id
    post = people_store.find_post(wanted) if wanted else None
    if post is None:
        raise BadInputError(field="lead_post_id", message=_("请选择牵头人的岗位。"))
    return post


def _check_words(actor: Actor, name: str, goal: str, basis: str) -> None:
    if not name.strip() or len(name.strip()) > MAX_NAME:
        raise BadInputError(field="name", message=_("请填写专班名称，不超过60个字。"))
    if not goal.strip() or len(goal) > MAX_GOAL:
        raise BadInputError(field="goal", message=_("请填写专班目标，不超过2000个字。"))
    if not basis.strip():
        sentence = _("请填写成立文件的标题和文号；文件尚未印发的，请待印发后再成立专班。")
        raise BadInputError(field="basis", message=sentence)
    if len(basis) > MAX_BASIS:
        raise BadInputError(field="basis", message=_("成立依据不超过200个字，请只写文件标题和文号。"))
    if "\x00" in name + goal + basis:
        raise BadInputError(field="goal", message=_("内容含有不可见字符，请删除后重填。"))
    admission.check(f"{name}\n{goal}\n{basis}", actor=actor, where="title")


def list_taskforces(actor: Actor) -> list[TaskForceOut]:
    """Those that the actor's unit takes part in or runs, or that the post leads; with city-wide sight, all in
    sight.
    """
    return forces_out(actor, visible(actor))


def visible(actor: Actor) -> list[TaskForce]:
    sees_beyond = table().get(("item.view", role_of(actor)), frozenset()) & {"any", "city", "subtree", "line"}
    found: QuerySet[TaskForce] = (
        store.everything() if sees_beyond else store.of_unit_or_post(actor.unit_id, actor.post_id)
    )
    mine = [force for force in found if may(actor, "item.view", force_scope(force))]
    known = {force.pk for force in mine}
    return mine + [force for force in store.of_expert(actor.staff_id) if force.pk not in known]


def describe_taskforce(actor: Actor, taskforce_id: UUID) -> TaskForceOut:
    return force_out(actor, access_taskforce(actor, taskforce_id))


def digest_times(force: TaskForce) -> list[time]:
    """When its digest comes, in order: the set time and the later ones of its template; none where it is off."""
    return sorted({force.digest_at, *store.later_reports(force.pk)}) if force.digest_at is not None else []


def set_digest_timer(force: TaskForce, now: datetime) -> None:
    """The next digest at one of its times on a working day. One timer per force."""
    times = digest_times(force)
    if not times:
        timers.cancel_timer(f"digest:{force.pk}")
        return
    at = min(next_office_moment(one, now) for one in times)
    timers.set_timer(f"digest:{force.pk}", at, "workflows.post_digest", taskforce_id=str(force.pk))
