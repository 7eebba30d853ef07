from datetime import date
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from workflows.api.requests import Body, Key, actor_of
from workflows.services import absences, escalation, ladders, reminders
from workflows.services.absences import AbsenceOut, AbsencesOut
from workflows.services.escalation import EscalationOut
from workflows.services.ladders import ChasingPolicyOut, LaddersOut, LadderStepOut
from workflows.services.shapes import ItemAnswer

router = Router()


class DoingIn(Body):
    on: date


class RungIn(Body):
    rung: str
    text: str
    approver_post_id: UUID


class LadderIn(Body):
    steps: list[LadderStepOut]


class AbsenceIn(Body):
    """`user_id` empty: oneself."""

    acting: str
    starts_on: date
    ends_on: date
    user_id: str = ""
    note: str = ""


@router.post("/items/{uuid:item_id}/doing", response=ItemAnswer)
def doing(request: HttpRequest, item_id: UUID, body: DoingIn, key: Key = None) -> ItemAnswer:
    return reminders.check_doing(actor=actor_of(request), item_id=item_id, on=body.on, key=key)


@router.get("/items/{uuid:item_id}/rungs", response=EscalationOut)
def rungs(request: HttpRequest, item_id: UUID) -> EscalationOut:
    return escalation.describe(actor_of(request), item_id)


@router.post("/items/{uuid:item_id}/rungs", response=ItemAnswer)
def ask_rung(request: HttpRequest, item_id: UUID, body: RungIn, key: Key = None) -> ItemAnswer:
    return escalation.check_ask_rung(
        actor=actor_of(request),
        item_id=item_id,
        rung=body.rung,
        text=body.text,
        approver_post_id=body.approver_post_id,
        key=key,
    )


@router.get("/reminder-ladders", response=LaddersOut)
def read_ladders(request: HttpRequest) -> LaddersOut:
    return ladders.describe(actor_of(request))


@router.put("/reminder-ladders/policy", response=LaddersOut)
def write_policy(request: HttpRequest, body: ChasingPolicyOut) -> LaddersOut:
    return ladders.check_write_policy(actor=actor_of(request), new=body)


@router.put("/reminder-ladders", response=LaddersOut)
def write_ladder(request: HttpRequest, body: LadderIn, kind: str = "") -> LaddersOut:
    return ladders.check_write_ladder(actor=actor_of(request), kind=kind, steps=body.steps)


@router.get("/absences", response=AbsencesOut)
def list_absences(request: HttpRequest, user_id: str = "") -> AbsencesOut:
    return absences.list_mine(actor_of(request), user_id=user_id)


@router.post("/absences", response={201: AbsenceOut})
def set_absence(request: HttpRequest, body: AbsenceIn, key: Key = None) -> Status[AbsenceOut]:
    return Status(
        201,
        absences.check_set(
            actor=actor_of(request),
            user_id=body.user_id,
            acting=body.acting,
            starts_on=body.starts_on,
            ends_on=body.ends_on,
            note=body.note,
            key=key,
        ),
    )


@router.post("/absences/{uuid:absence_id}/call-off", response=AbsenceOut)
def call_off(request: HttpRequest, absence_id: UUID, key: Key = None) -> AbsenceOut:
    return absences.check_call_off(actor=actor_of(request), absence_id=absence_id, key=key)
