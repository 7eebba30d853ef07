"""专家论证: a question, invited experts, a declaration of interests before each opinion, a conclusion, a decision."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services.tell import tell_people
from common import audit, clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services.rights import may
from workflows.errors import NotAllowedNowError
from workflows.rules.reviews import REVIEWS
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce, force_scope
from workflows.store.models import ExpertReview, ForceExpert, Item, ReviewInvitation, TaskForce
from workflows.taskforces.common import force_to_manage, knock, lock_running, moved, page_of, words
from workflows.taskforces.experts import expert_out

MAX_QUESTION, MAX_OPINION, MAX_REASON, MOST_EXPERTS = 2000, 5000, 500, 30


class OpinionOut(BaseModel):
    """`has_conflict` None: not declared yet. Opinions are read by lead and office, and by their own author."""

    id: UUID
    expert_name: str
    mark: str
    is_mine: bool
    has_conflict: bool | None
    declaration: str
    declared_at: datetime | None
    opinion: str
    opinion_at: datetime | None


class ReviewOut(BaseModel):
    id: UUID
    taskforce_id: UUID
    number: int
    question: str
    item_id: UUID | None
    item_title: str
    state: str
    state_words: str
    conclusion: str
    reason: str
    created_at: datetime
    decided_at: datetime | None
    decided_by_name: str
    invitations: list[OpinionOut]
    abilities: dict[str, bool]


class ReviewAnswer(BaseModel):
    message: str
    review: ReviewOut


def list_reviews(
    actor: Actor, taskforce_id: UUID, cursor: str | None = None
) -> tuple[list[ReviewOut], str | None]:
    force = access_taskforce(actor, taskforce_id)
    rows, following = page_of(_shown().filter(taskforce=force).order_by("-number"), cursor, 50)
    return [review_out(actor, force, one) for one in rows], following


def describe_review(actor: Actor, review_id: UUID) -> ReviewOut:
    review = _shown().filter(pk=review_id).first()
    if review is None:
        raise NotFoundError
    return review_out(actor, access_taskforce(actor, review.taskforce_id), review)


def _shown() -> Any:
    return ExpertReview.objects.select_related("item").prefetch_related("invitations__expert__staff")


def check_ask(
    *,
    actor: Actor,
    taskforce_id: UUID,
    question: str,
    item_id: UUID | None = None,
    key: str | None = None,
) -> ReviewAnswer:
    """Raise a question. Raises NotFoundError, ForbiddenError, NotAllowedNowError, BadInputError (question, item_id)."""
    force_to_manage(actor, taskforce_id)
    question = words(actor, question, field="question", most=MAX_QUESTION)

    def deed() -> ReviewAnswer:
        force = lock_running(taskforce_id)
        if item_id is not None and not Item.objects.filter(pk=item_id, taskforce=force).exists():
            raise BadInputError(field="item_id", message=_("所选事项不属于本专班，请从台账中重新选择。"))
        top = ExpertReview.objects.filter(taskforce=force).aggregate(top=Max("number"))["top"] or 0
        review = ExpertReview.objects.create(
            taskforce=force, number=top + 1, question=question, item_id=item_id, created_at=clock.now()
        )
        return _answer(actor, review, "ask", _("已提出论证问题{number}。").format(number=review.number))

    return once(
        actor=actor, key=key, verb="review.ask", subject_id=taskforce_id, answer=ReviewAnswer, deed=deed
    )


def check_invite(
    *, actor: Actor, review_id: UUID, expert_ids: list[UUID], key: str | None = None
) -> ReviewAnswer:
    """Invite live experts of the force. Raises also BadInputError (expert_ids)."""

    def change(review: ExpertReview, now: datetime) -> str:
        live = ForceExpert.objects.filter(taskforce_id=review.taskforce_id, left_at=None)
        experts = list(live.filter(pk__in=expert_ids, expires_on__gte=clock.today()).select_related("staff"))
        if not experts or len(experts) != len(set(expert_ids)) or len(experts) > MOST_EXPERTS:
            raise BadInputError(
                field="expert_ids", message=_("请选择本专班在任的专家，1至30人；已到期的请先延长期限。")
            )
        for expert in experts:
            ReviewInvitation.objects.get_or_create(review=review, expert=expert, defaults={"invited_at": now})
        tell_people([expert.staff_id for expert in experts], "pending")
        return _("已邀请{count}位专家，请其先申报利益关系。").format(count=len(experts))

    return _change(actor, review_id, "invite", key, change)


def check_declare(
    *, actor: Actor, review_id: UUID, has_conflict: bool, declaration: str = "", key: str | None = None
) -> ReviewAnswer:
    """申报利益关系, once, by the invited expert. Who has a conflict says which, and gives no opinion."""
    declaration = words(actor, declaration, field="declaration", most=MAX_REASON, needed=has_conflict)
    seen = _invited(actor, review_id)

    def deed() -> ReviewAnswer:
        lock_running(seen.review.taskforce_id)
        one = ReviewInvitation.objects.select_for_update(no_key=True).get(pk=seen.pk)
        if one.declared_at is not None:
            raise NotAllowedNowError(
                message=_("您已申报利益关系，不能再次修改；如有变化，请联系专班办公室。")
            )
        one.has_conflict, one.declaration, one.declared_at = has_conflict, declaration, clock.now()
        one.save()
        said = (
            _("已申报存在利益关系，本次不提交意见。") if has_conflict else _("已申报无利益关系，请提交意见。")
        )
        return _answer(actor, one.review, "declare", said)

    return once(
        actor=actor, key=key, verb="review.declare", subject_id=review_id, answer=ReviewAnswer, deed=deed
    )


def check_opine(*, actor: Actor, review_id: UUID, opinion: str, key: str | None = None) -> ReviewAnswer:
    """Give the opinion, after the declaration. Raises NotAllowedNowError, ForbiddenError, BadInputError."""
    opinion = words(actor, opinion, field="opinion", most=MAX_OPINION)
    seen = _invited(actor, review_id)

    def deed() -> ReviewAnswer:
        force = lock_running(seen.review.taskforce_id)
        review = ExpertReview.objects.select_for_update(no_key=True).get(pk=review_id)
        one = ReviewInvitation.objects.select_for_update(no_key=True).get(pk=seen.pk)
        if one.declared_at is None:
            raise NotAllowedNowError(message=_("请先申报利益关系，再提交意见。"))
        if one.has_conflict:
            raise ForbiddenError(
                message=_("您已申报存在利益关系，本次论证须回避，不能提交意见。"),
                verb="review.opine",
                reason="conflict",
            )
        review.state = moved(REVIEWS, review.state, "opine")
        review.save(update_fields=["state"])
        one.opinion, one.opinion_at = opinion, clock.now()
        one.save()
        knock(force)
        return _answer(actor, review, "opine", _("意见已提交。"))

    return once(
        actor=actor, key=key, verb="review.opine", subject_id=review_id, answer=ReviewAnswer, deed=deed
    )


def check_conclude(*, actor: Actor, review_id: UUID, conclusion: str, key: str | None = None) -> ReviewAnswer:
    conclusion = words(actor, conclusion, field="conclusion", most=MAX_OPINION)

    def change(review: ExpertReview, _now: datetime) -> str:
        review.conclusion = conclusion
        return _("论证结论已记录。")

    return _change(actor, review_id, "conclude", key, change)


def check_decide(
    *, actor: Actor, review_id: UUID, adopt: bool, reason: str = "", key: str | None = None
) -> ReviewAnswer:
    """Adopt the conclusion, or not, with the reason."""
    reason = words(actor, reason, field="reason", most=MAX_REASON, needed=not adopt)

    def change(review: ExpertReview, now: datetime) -> str:
        review.reason, review.decided_at, review.decided_by_name = reason, now, actor.name
        return _("已采纳论证结论。") if adopt else _("未采纳论证结论，理由已记录。")

    return _change(actor, review_id, "adopt" if adopt else "not_adopt", key, change)


def _invited(actor: Actor, review_id: UUID) -> ReviewInvitation:
    """The actor's invitation, while the actor is a live expert. Raises NotFoundError."""
    found = ReviewInvitation.objects.select_related("review").filter(
        review_id=review_id,
        expert__staff_id=actor.staff_id,
        expert__left_at=None,
        expert__expires_on__gte=clock.today(),
    )
    one = found.first()
    if one is None:
        raise NotFoundError
    return one


def _change(actor: Actor, review_id: UUID, act: str, key: str | None, change: Any) -> ReviewAnswer:
    seen = ExpertReview.objects.filter(pk=review_id).first()
    if seen is None:
        raise NotFoundError
    force_to_manage(actor, seen.taskforce_id)

    def deed() -> ReviewAnswer:
        lock_running(seen.taskforce_id)
        review = ExpertReview.objects.select_for_update(no_key=True).get(pk=review_id)
        review.state = moved(REVIEWS, review.state, act)
        message = change(review, clock.now())
        review.save()
        return _answer(actor, review, act, message)

    return once(
        actor=actor, key=key, verb=f"review.{act}", subject_id=review_id, answer=ReviewAnswer, deed=deed
    )


def _answer(actor: Actor, review: ExpertReview, act: str, message: str) -> ReviewAnswer:
    new = {"number": review.number, "state": review.state}
    audit.record(actor=actor, verb=f"review.{act}", subject="review", subject_id=review.pk, new=new)
    return ReviewAnswer(message=message, review=describe_review(actor, review.pk))


def review_out(actor: Actor, force: TaskForce, review: ExpertReview) -> ReviewOut:
    manages = may(actor, "taskforce.manage", force_scope(force)) and force.state != "dissolved"
    invitations = [_opinion_out(actor, one, manages=manages) for one in review.invitations.all()]
    mine = next((one for one in invitations if one.is_mine), None)
    abilities = {act: manages for act in REVIEWS.allowed(review.state) if act != "opine"}
    running = review.state in {"invited", "opinions"}
    abilities["declare"] = mine is not None and mine.has_conflict is None and running
    abilities["opine"] = mine is not None and mine.has_conflict is False and running
    plain = ("id", "taskforce_id", "number", "question", "item_id", "state", "conclusion", "reason")
    return ReviewOut(
        **{name: getattr(review, name) for name in (*plain, "created_at", "decided_at", "decided_by_name")},
        item_title=review.item.title if review.item else "",
        state_words=REVIEWS.states[review.state],
        invitations=invitations,
        abilities=abilities,
    )


def _opinion_out(actor: Actor, one: ReviewInvitation, *, manages: bool) -> OpinionOut:
    is_mine = bool(actor.staff_id) and one.expert.staff_id == actor.staff_id
    shown = manages or is_mine
    return OpinionOut(
        id=one.pk,
        expert_name=one.expert.staff.name,
        mark=expert_out(one.expert).mark,
        is_mine=is_mine,
        has_conflict=one.has_conflict,
        declaration=one.declaration if shown else "",
        declared_at=one.declared_at,
        opinion=one.opinion if shown else "",
        opinion_at=one.opinion_at,
    )
