"""When a task force meets: weekly by the work calendar; the next meeting is always there."""

from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import audit, clock, timers
from common.errors import BadInputError
from directory.actors import Actor
from directory.services.rights import may
from workflows.rules.meetings import WEEK_DAYS, meeting_day, slot_on_or_after
from workflows.rules.working_days import SHANGHAI
from workflows.services.calendar import work_calendar
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce, force_scope
from workflows.store import taskforces as force_store
from workflows.store.models import ForceMeeting, MeetingPlan, TaskForce
from workflows.taskforces.common import force_to_manage, lock_running, words

MAX_PLACE = 100
WEEKDAYS = "一二三四五六日"


class PlanOut(BaseModel):
    """`weekday` 0 is Monday. `is_on` False: no regular meeting is set."""

    is_on: bool
    weekday: int
    at: time
    place: str
    words: str
    may_edit: bool


def describe_plan(actor: Actor, taskforce_id: UUID) -> PlanOut:
    force = access_taskforce(actor, taskforce_id)
    plan = MeetingPlan.objects.filter(taskforce=force).first()
    weekday, at = (plan.weekday, plan.at) if plan else (0, time(9, 0))
    is_on = plan is not None and plan.is_on
    told = f"每周{WEEKDAYS[weekday]} {at:%H:%M}，遇休息日顺延至下一工作日" if is_on else "未设置例会"
    return PlanOut(
        is_on=is_on,
        weekday=weekday,
        at=at,
        place=plan.place if plan else "",
        words=told,
        may_edit=may(actor, "taskforce.manage", force_scope(force)),
    )


def check_plan(
    *,
    actor: Actor,
    taskforce_id: UUID,
    is_on: bool,
    weekday: int = 0,
    at: time = time(9, 0),
    place: str = "",
    key: str | None = None,
) -> PlanOut:
    """Set when the force meets. Raises NotFoundError, ForbiddenError, NotAllowedNowError, BadInputError."""
    force_to_manage(actor, taskforce_id)
    place = words(actor, place, field="place", most=MAX_PLACE, needed=False)
    if not 0 <= weekday < WEEK_DAYS:
        raise BadInputError(field="weekday", message=_("请选择周一至周日中的一天。"))

    def deed() -> PlanOut:
        force = lock_running(taskforce_id)
        MeetingPlan.objects.update_or_create(
            taskforce=force, defaults={"weekday": weekday, "at": at, "place": place, "is_on": is_on}
        )
        now = clock.now()
        # What was planned by the old day is planned anew; what was held stays.
        ForceMeeting.objects.filter(taskforce=force, state="planned", meets_at__gt=now).delete()
        timers.cancel_timer(f"meeting:{force.pk}")
        if is_on:
            plan_next(force, now)
        new = {"is_on": is_on, "weekday": weekday, "at": f"{at:%H:%M}", "place": place}
        audit.record(actor=actor, verb="meeting.plan", subject="taskforce", subject_id=force.pk, new=new)
        return describe_plan(actor, taskforce_id)

    return once(actor=actor, key=key, verb="meeting.plan", subject_id=taskforce_id, answer=PlanOut, deed=deed)


def plan_next(force: TaskForce, now: datetime) -> ForceMeeting | None:
    """Make sure that the next meeting after `now` is there, and set the timer that plans the one after it."""
    plan = MeetingPlan.objects.filter(taskforce=force, is_on=True).first()
    if plan is None or force.state == "dissolved":
        return None
    slot = slot_on_or_after(clock.local(now).date() - timedelta(days=WEEK_DAYS - 1), plan.weekday)
    while slot <= force.ends_on:
        day = meeting_day(slot, work_calendar())
        at = datetime.combine(day, plan.at, tzinfo=SHANGHAI) if day else None
        if at is not None and at > now:
            meeting, _made = ForceMeeting.objects.get_or_create(
                taskforce=force, slot=slot, defaults={"meets_at": at, "place": plan.place}
            )
            timers.set_timer(f"meeting:{force.pk}", at, "workflows.plan_meeting", taskforce_id=str(force.pk))
            return meeting
        slot += timedelta(days=WEEK_DAYS)
    return None


def plan_after(taskforce_id: UUID) -> None:
    """The timer's: a meeting begins, so the next one is planned. Safe to repeat."""
    with transaction.atomic():
        plan_next(force_store.lock(taskforce_id), clock.now())
