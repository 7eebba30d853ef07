from datetime import datetime, time
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from workflows.api.requests import Body, Key, Page, actor_of
from workflows.taskforces import meeting_plans, meetings
from workflows.taskforces.meeting_plans import PlanOut
from workflows.taskforces.meetings import MeetingAnswer, MeetingDecisionIn, MeetingOut

router = Router()


class PlanIn(Body):
    is_on: bool
    weekday: int = 0
    at: time = time(9, 0)
    place: str = ""


class CallIn(Body):
    meets_at: datetime
    place: str = ""


class HoldIn(Body):
    chair: str = ""


class MinutesIn(Body):
    minutes: str = ""
    decisions: list[MeetingDecisionIn] = []


@router.get("/taskforces/{uuid:taskforce_id}/meeting-plan", response=PlanOut)
def show_plan(request: HttpRequest, taskforce_id: UUID) -> PlanOut:
    return meeting_plans.describe_plan(actor_of(request), taskforce_id)


@router.post("/taskforces/{uuid:taskforce_id}/meeting-plan", response=PlanOut)
def set_plan(request: HttpRequest, taskforce_id: UUID, body: PlanIn, key: Key = None) -> PlanOut:
    return meeting_plans.check_plan(
        actor=actor_of(request), taskforce_id=taskforce_id, key=key, **body.model_dump()
    )


@router.get("/taskforces/{uuid:taskforce_id}/meetings", response=Page[MeetingOut])
def list_meetings(request: HttpRequest, taskforce_id: UUID, cursor: str | None = None) -> Page[MeetingOut]:
    found, following = meetings.list_meetings(actor_of(request), taskforce_id, cursor)
    return Page(items=found, next=following)


@router.post("/taskforces/{uuid:taskforce_id}/meetings", response={201: MeetingAnswer})
def call_meeting(
    request: HttpRequest, taskforce_id: UUID, body: CallIn, key: Key = None
) -> Status[MeetingAnswer]:
    done = meetings.check_call(
        actor=actor_of(request), taskforce_id=taskforce_id, key=key, **body.model_dump()
    )
    return Status(201, done)


@router.get("/force-meetings/{uuid:meeting_id}", response=MeetingOut)
def describe_meeting(request: HttpRequest, meeting_id: UUID) -> MeetingOut:
    return meetings.describe_meeting(actor_of(request), meeting_id)


@router.post("/force-meetings/{uuid:meeting_id}/hold", response=MeetingAnswer)
def hold_meeting(request: HttpRequest, meeting_id: UUID, body: HoldIn, key: Key = None) -> MeetingAnswer:
    return meetings.check_hold(actor=actor_of(request), meeting_id=meeting_id, chair=body.chair, key=key)


@router.post("/force-meetings/{uuid:meeting_id}/cancel", response=MeetingAnswer)
def cancel_meeting(request: HttpRequest, meeting_id: UUID, key: Key = None) -> MeetingAnswer:
    return meetings.check_cancel(actor=actor_of(request), meeting_id=meeting_id, key=key)


@router.post("/force-meetings/{uuid:meeting_id}/draft", response=MeetingAnswer)
def draft_minutes(request: HttpRequest, meeting_id: UUID, body: MinutesIn, key: Key = None) -> MeetingAnswer:
    return meetings.check_draft(
        actor=actor_of(request),
        meeting_id=meeting_id,
        minutes=body.minutes,
        decisions=body.decisions,
        key=key,
    )


@router.post("/force-meetings/{uuid:meeting_id}/issue", response=MeetingAnswer)
def issue_minutes(request: HttpRequest, meeting_id: UUID, body: MinutesIn, key: Key = None) -> MeetingAnswer:
    """印发纪要: numbered; every decision becomes an item and is dispatched."""
    return meetings.check_issue(
        actor=actor_of(request),
        meeting_id=meeting_id,
        minutes=body.minutes,
        decisions=body.decisions,
        key=key,
    )
