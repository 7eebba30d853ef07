from datetime import date
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from workflows.api.requests import Body, Key, Page, actor_of
from workflows.taskforces import experts, reviews
from workflows.taskforces.experts import ExpertsOut
from workflows.taskforces.reviews import ReviewAnswer, ReviewOut

router = Router()


class NewExpertIn(Body):
    user_id: str
    kind: str
    organisation: str
    expires_on: date
    field: str = ""


class QuestionIn(Body):
    question: str
    item_id: UUID | None = None


class InviteIn(Body):
    expert_ids: list[UUID]


class DeclarationIn(Body):
    has_conflict: bool
    declaration: str = ""


class OpinionIn(Body):
    opinion: str


class ConclusionIn(Body):
    conclusion: str


class AdoptIn(Body):
    adopt: bool
    reason: str = ""


@router.get("/taskforces/{uuid:taskforce_id}/experts", response=ExpertsOut)
def list_experts(request: HttpRequest, taskforce_id: UUID) -> ExpertsOut:
    return experts.list_experts(actor_of(request), taskforce_id)


@router.post("/taskforces/{uuid:taskforce_id}/experts", response={201: ExpertsOut})
def add_expert(
    request: HttpRequest, taskforce_id: UUID, body: NewExpertIn, key: Key = None
) -> Status[ExpertsOut]:
    done = experts.check_add_expert(
        actor=actor_of(request), taskforce_id=taskforce_id, key=key, **body.model_dump()
    )
    return Status(201, done)


@router.post("/experts/{uuid:expert_id}/remove", response=ExpertsOut)
def remove_expert(request: HttpRequest, expert_id: UUID, key: Key = None) -> ExpertsOut:
    return experts.check_remove_expert(actor=actor_of(request), expert_id=expert_id, key=key)


@router.get("/taskforces/{uuid:taskforce_id}/reviews", response=Page[ReviewOut])
def list_reviews(request: HttpRequest, taskforce_id: UUID, cursor: str | None = None) -> Page[ReviewOut]:
    found, following = reviews.list_reviews(actor_of(request), taskforce_id, cursor)
    return Page(items=found, next=following)


@router.post("/taskforces/{uuid:taskforce_id}/reviews", response={201: ReviewAnswer})
def ask_review(
    request: HttpRequest, taskforce_id: UUID, body: QuestionIn, key: Key = None
) -> Status[ReviewAnswer]:
    done = reviews.check_ask(actor=actor_of(request), taskforce_id=taskforce_id, key=key, **body.model_dump())
    return Status(201, done)


@router.get("/reviews/{uuid:review_id}", response=ReviewOut)
def describe_review(request: HttpRequest, review_id: UUID) -> ReviewOut:
    return reviews.describe_review(actor_of(request), review_id)


@router.post("/reviews/{uuid:review_id}/invite", response=ReviewAnswer)
def invite_experts(request: HttpRequest, review_id: UUID, body: InviteIn, key: Key = None) -> ReviewAnswer:
    return reviews.check_invite(
        actor=actor_of(request), review_id=review_id, expert_ids=body.expert_ids, key=key
    )


@router.post("/reviews/{uuid:review_id}/declare", response=ReviewAnswer)
def declare(request: HttpRequest, review_id: UUID, body: DeclarationIn, key: Key = None) -> ReviewAnswer:
    return reviews.check_declare(actor=actor_of(request), review_id=review_id, key=key, **body.model_dump())


@router.post("/reviews/{uuid:review_id}/opine", response=ReviewAnswer)
def opine(request: HttpRequest, review_id: UUID, body: OpinionIn, key: Key = None) -> ReviewAnswer:
    return reviews.check_opine(actor=actor_of(request), review_id=review_id, opinion=body.opinion, key=key)


@router.post("/reviews/{uuid:review_id}/conclude", response=ReviewAnswer)
def conclude(request: HttpRequest, review_id: UUID, body: ConclusionIn, key: Key = None) -> ReviewAnswer:
    return reviews.check_conclude(
        actor=actor_of(request), review_id=review_id, conclusion=body.conclusion, key=key
    )


@router.post("/reviews/{uuid:review_id}/decide", response=ReviewAnswer)
def decide_review(request: HttpRequest, review_id: UUID, body: AdoptIn, key: Key = None) -> ReviewAnswer:
    return reviews.check_decide(
        actor=actor_of(request), review_id=review_id, adopt=body.adopt, reason=body.reason, key=key
    )
