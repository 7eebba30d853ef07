"""Outside members of a task force: marked, bound to a day, and out of room and force when it has passed."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services.membership import do_add_members, do_remove_members
from chatops.store.rooms import find_room
from common import audit, clock, ids, timers
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor, system_actor
from directory.services.rights import may
from workflows.rules.working_days import SHANGHAI
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce, force_scope
from workflows.services.people import active_person
from workflows.store.models import ForceExpert, TaskForce
from workflows.store.models.experts import ExpertKind
from workflows.taskforces.common import force_to_manage, lock_running, words

MAX_NAME = 100


class ExpertOut(BaseModel):
    """`mark`: the words beside the name wherever the person is listed."""

    id: UUID
    user_id: str
    name: str
    kind: str
    kind_words: str
    organisation: str
    field: str
    expires_on: date
    is_live: bool
    left_at: datetime | None
    mark: str


class ExpertsOut(BaseModel):
    items: list[ExpertOut]
    may_edit: bool


def list_experts(actor: Actor, taskforce_id: UUID) -> ExpertsOut:
    force = access_taskforce(actor, taskforce_id)
    rows = ForceExpert.objects.filter(taskforce=force).select_related("staff").order_by("joined_at")
    manages = may(actor, "taskforce.manage", force_scope(force)) and force.state != "dissolved"
    return ExpertsOut(items=[expert_out(one) for one in rows], may_edit=manages)


def expert_out(one: ForceExpert) -> ExpertOut:
    kind = str(ExpertKind(one.kind).label)
    return ExpertOut(
        id=one.pk,
        user_id=ids.user_id(one.staff.staff_number),
        name=one.staff.name,
        kind=one.kind,
        kind_words=kind,
        organisation=one.organisation,
        field=one.field,
        expires_on=one.expires_on,
        is_live=one.left_at is None and one.expires_on >= clock.today(),
        left_at=one.left_at,
        mark=mark_of(one),
    )


def mark_of(one: ForceExpert) -> str:
    return _("外部成员 · {organisation} · 至{day}").format(
        organisation=one.organisation, day=one.expires_on.isoformat()
    )


def check_add_expert(
    *,
    actor: Actor,
    taskforce_id: UUID,
    user_id: str,
    kind: str,
    organisation: str,
    expires_on: date,
    field: str = "",
    key: str | None = None,
) -> ExpertsOut:
    """Take an outside person in until a day, at most the force's last.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError, SecrecyRefusedError, BadInputError (user_id, kind,
        organisation, expires_on).
    """
    force_to_manage(actor, taskforce_id)
    organisation = words(actor, organisation, field="organisation", most=MAX_NAME)
    field = words(actor, field, field="field", most=MAX_NAME, needed=False)
    if kind not in ExpertKind.values:
        raise BadInputError(field="kind", message=_("请选择专家类别：政府专家、企业技术人员或科研人员。"))
    person = active_person(user_id, field="user_id")

    def deed() -> ExpertsOut:
        force = lock_running(taskforce_id)
        if not clock.today() <= expires_on <= force.ends_on:
            raise BadInputError(
                field="expires_on",
                message=_("到期日须在今天与专班结束日期{day}之间，请改正。").format(
                    day=force.ends_on.isoformat()
                ),
            )
        known = ForceExpert.objects.filter(taskforce=force, staff_id=person.staff_id, left_at=None).first()
        if known is not None:
            known.expires_on = expires_on
            known.save(update_fields=["expires_on"])
        else:
            known = ForceExpert.objects.create(
                taskforce=force,
                staff_id=person.staff_id,
                kind=kind,
                organisation=organisation,
                field=field,
                joined_at=clock.now(),
                expires_on=expires_on,
            )
        _set_timer(known)
        new = {"person": person.name, "organisation": organisation, "expires_on": expires_on.isoformat()}
        audit.record(actor=actor, verb="expert.add", subject="taskforce", subject_id=force.pk, new=new)
        room = find_room(force.room_id)
        if room is not None and room.archived_at is None:
            do_add_members(actor=actor, room=room, staff_ids=[person.staff_id])
        return list_experts(actor, taskforce_id)

    return once(
        actor=actor, key=key, verb="expert.add", subject_id=taskforce_id, answer=ExpertsOut, deed=deed
    )


def check_remove_expert(*, actor: Actor, expert_id: UUID, key: str | None = None) -> ExpertsOut:
    one = ForceExpert.objects.filter(pk=expert_id, left_at=None).first()
    if one is None:
        raise NotFoundError
    force_to_manage(actor, one.taskforce_id)

    def deed() -> ExpertsOut:
        lock_running(one.taskforce_id)
        _leave(actor, one)
        return list_experts(actor, one.taskforce_id)

    return once(
        actor=actor, key=key, verb="expert.remove", subject_id=expert_id, answer=ExpertsOut, deed=deed
    )


def expire(expert_id: UUID) -> None:
    """The timer's: the morning after the last day. Safe to repeat, and too early it does nothing."""
    with transaction.atomic():
        one = ForceExpert.objects.select_for_update(no_key=True).filter(pk=expert_id, left_at=None).first()
        if one is None or one.expires_on >= clock.today():
            return
        _leave(system_actor("专班助手"), one)


def _leave(actor: Actor, one: ForceExpert) -> None:
    one.left_at = clock.now()
    one.save(update_fields=["left_at"])
    timers.cancel_timer(f"expert:{one.pk}")
    new = {"person": one.staff.name, "expires_on": one.expires_on.isoformat()}
    audit.record(actor=actor, verb="expert.leave", subject="taskforce", subject_id=one.taskforce_id, new=new)
    force: TaskForce = one.taskforce
    room = find_room(force.room_id)
    if room is not None:
        do_remove_members(actor=actor, room=room, staff_ids=[one.staff_id])


def _set_timer(one: ForceExpert) -> None:
    at = datetime.combine(one.expires_on + timedelta(days=1), time(0, 0), tzinfo=SHANGHAI)
    timers.set_timer(f"expert:{one.pk}", at, "workflows.expire_expert", expert_id=str(one.pk))
