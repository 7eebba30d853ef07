from datetime import date
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from workflows.api.requests import Body, Key, Page, ReasonIn, actor_of
from workflows.taskforces import problems
from workflows.taskforces.problems import HardProblemOut, ProblemAnswer, ProblemDetailOut

router = Router()


class NewProblemIn(Body):
    title: str
    detail: str = ""
    item_id: UUID | None = None


class OwnIn(Body):
    unit_id: UUID
    due_on: date


class MeasuresIn(Body):
    measures: str


class ResultIn(Body):
    result: str


class TextIn(Body):
    text: str = ""


@router.get("/taskforces/{uuid:taskforce_id}/problems", response=Page[HardProblemOut])
def list_problems(
    request: HttpRequest, taskforce_id: UUID, state: str = "", cursor: str | None = None
) -> Page[HardProblemOut]:
    found, following = problems.list_problems(actor_of(request), taskforce_id, state=state, cursor=cursor)
    return Page(items=found, next=following)


@router.post("/taskforces/{uuid:taskforce_id}/problems", response={201: ProblemAnswer})
def find_problem(
    request: HttpRequest, taskforce_id: UUID, body: NewProblemIn, key: Key = None
) -> Status[ProblemAnswer]:
    return Status(
        201,
        problems.check_find(actor=actor_of(request), taskforce_id=taskforce_id, key=key, **body.model_dump()),
    )


@router.get("/problems/{uuid:problem_id}", response=ProblemDetailOut)
def describe_problem(request: HttpRequest, problem_id: UUID) -> ProblemDetailOut:
    return problems.describe_problem(actor_of(request), problem_id)


@router.post("/problems/{uuid:problem_id}/own", response=ProblemAnswer)
def own_problem(request: HttpRequest, problem_id: UUID, body: OwnIn, key: Key = None) -> ProblemAnswer:
    """明确责任单位, by lead or office."""
    return problems.check_own(
        actor=actor_of(request), problem_id=problem_id, unit_id=body.unit_id, due_on=body.due_on, key=key
    )


@router.post("/problems/{uuid:problem_id}/measures", response=ProblemAnswer)
def set_measures(request: HttpRequest, problem_id: UUID, body: MeasuresIn, key: Key = None) -> ProblemAnswer:
    return problems.check_measure(
        actor=actor_of(request), problem_id=problem_id, measures=body.measures, key=key
    )


@router.post("/problems/{uuid:problem_id}/solve", response=ProblemAnswer)
def solve_problem(request: HttpRequest, problem_id: UUID, body: ResultIn, key: Key = None) -> ProblemAnswer:
    return problems.check_solve(actor=actor_of(request), problem_id=problem_id, result=body.result, key=key)


@router.post("/problems/{uuid:problem_id}/reject", response=ProblemAnswer)
def reject_problem(request: HttpRequest, problem_id: UUID, body: ReasonIn, key: Key = None) -> ProblemAnswer:
    return problems.check_reject(actor=actor_of(request), problem_id=problem_id, reason=body.reason, key=key)


@router.post("/problems/{uuid:problem_id}/verify", response=ProblemAnswer)
def verify_problem(request: HttpRequest, problem_id: UUID, body: TextIn, key: Key = None) -> ProblemAnswer:
    """核验; 403 `forbidden` with reason `solver` for who solved it."""
    return problems.check_verify(actor=actor_of(request), problem_id=problem_id, text=body.text, key=key)


@router.post("/problems/{uuid:problem_id}/strike-off", response=ProblemAnswer)
def strike_off_problem(request: HttpRequest, problem_id: UUID, key: Key = None) -> ProblemAnswer:
    return problems.check_strike_off(actor=actor_of(request), problem_id=problem_id, key=key)


@router.post("/problems/{uuid:problem_id}/accept", response=ProblemAnswer)
def accept_problem(request: HttpRequest, problem_id: UUID, key: Key = None) -> ProblemAnswer:
    """接收移交, by the unit that a dissolved force's lead signed it over to."""
    return problems.check_accept(actor=actor_of(request), problem_id=problem_id, key=key)
