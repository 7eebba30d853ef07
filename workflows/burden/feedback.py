"""投诉建议: said on any page, owned by a unit, answered in public within a limit of working days."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from common import audit, clock
from common.cursors import offset_of
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from directory.store.models import Appointment, PostRole, Unit
from workflows.errors import NotAllowedNowError
from workflows.rules.clocks import Limit, LimitUnit, due_of
from workflows.services.calendar import work_calendar
from workflows.services.deeds import once
from workflows.services.stamps import stamp
from workflows.store.models import Feedback
from workflows.store.models.feedback import FeedbackKind, FeedbackState

MOST_TEXT, MOST_ANSWER, MOST_PAGE = 1000, 2000, 200
PAGE = 30
VERB = "feedback.answer"


class FeedbackOut(BaseModel):
    """`by`: only for the owner unit and the asker. `abilities`: answer, withdraw."""

    id: UUID
    kind: str
    kind_word: str
    text: str
    page: str
    owner_unit: str
    state: str
    state_word: str
    at: datetime
    due_at: datetime
    because: str
    by: str
    mine: bool
    answer: str
    answered_at: datetime | None
    answered_by: str
    abilities: list[str]


class FeedbackAnswer(BaseModel):
    message: str
    feedback: FeedbackOut


class FeedbackPageOut(BaseModel):
    """`owned` counts what waits for the actor's unit."""

    items: list[FeedbackOut]
    next: str | None = None
    owned: int


def check_say(
    *, actor: Actor, kind: str, text: str, page: str = "", key: str | None = None
) -> FeedbackAnswer:
    """Anybody with a post. The owner is found by the rule of `owner_of`.

    Raises: ForbiddenError, SecrecyRefusedError; BadInputError: kind, or text missing or too long.
    """
    require(actor, "feedback.say")
    if kind not in FeedbackKind.values:
        raise BadInputError(field="kind", message=_("请选择“投诉”或“建议”。"))
    text = _checked(actor, text, field="text", most=MOST_TEXT)

    def deed() -> FeedbackAnswer:
        now = clock.now()
        due = due_of(Limit(settings.FEEDBACK_WORKING_DAYS, LimitUnit.WORKING_DAY), now, work_calendar())
        row = Feedback.objects.create(
            kind=kind, text=text, page=page[:MOST_PAGE], owner_unit=owner_of(actor), due_at=due.at,
            because=due.because[:300], **stamp(actor, now),
        )  # fmt: skip
        _record(actor, row, "feedback.say", {"kind": kind, "owner_unit": row.owner_unit.name})
        message = _("已提交，由{unit}在{day}前公开答复。").format(
            unit=row.owner_unit.name, day=f"{clock.local(due.at):%Y-%m-%d}"
        )
        return FeedbackAnswer(message=message, feedback=_out(actor, row))

    return once(actor=actor, key=key, verb="feedback.say", subject_id="new", answer=FeedbackAnswer, deed=deed)


def owner_of(actor: Actor) -> Unit:
    """The unit named by FEEDBACK_UNIT; else the nearest unit upward with a digital officer; else the own one."""
    if settings.FEEDBACK_UNIT and (named := Unit.objects.filter(code=settings.FEEDBACK_UNIT).first()):
        return named
    unit = Unit.objects.filter(pk=actor.unit_id).first() if actor.unit_id else None
    if unit is None:
        raise BadInputError(field="unit", message=_("您当前没有任职岗位，请切换岗位后再提交。"))
    above: Unit | None = unit
    seen: set[UUID] = set()
    while above is not None and above.pk not in seen:
        seen.add(above.pk)
        if Appointment.objects.filter(post__unit=above, post__role=PostRole.DIGITAL_OFFICER).exists():
            return above
        above = above.block_parent
    return unit


def check_answer(*, actor: Actor, feedback_id: UUID, answer: str, key: str | None = None) -> FeedbackAnswer:
    """Answer in public, once; by head, office or digital officer of the owner unit.

    Raises: NotFoundError, ForbiddenError, SecrecyRefusedError, BadInputError.
        NotAllowedNowError: answered already (it says by whom and when), or withdrawn.
    """
    answer = _checked(actor, answer, field="answer", most=MOST_ANSWER)
    _access(actor, feedback_id)

    def deed() -> FeedbackAnswer:
        row = _lock(feedback_id)
        require(actor, VERB, _scope(row))
        _still_open(row)
        row.state, row.answer, row.answered_at = FeedbackState.ANSWERED, answer, clock.now()
        row.answered_by_name, row.answered_by_post = actor.name, actor.post_title
        row.answered_by_unit = actor.unit_name
        row.save()
        _record(actor, row, VERB, {"answer": answer})
        return FeedbackAnswer(message=_("已公开答复。"), feedback=_out(actor, row))

    return once(actor=actor, key=key, verb=VERB, subject_id=feedback_id, answer=FeedbackAnswer, deed=deed)


def check_withdraw(*, actor: Actor, feedback_id: UUID) -> FeedbackAnswer:
    """By the asker, while nobody has answered. Raises NotFoundError, NotAllowedNowError."""
    with transaction.atomic():
        row = _lock(feedback_id)
        if row.by_id != actor.staff_id:
            raise NotFoundError
        _still_open(row)
        row.state = FeedbackState.WITHDRAWN
        row.save(update_fields=["state"])
        _record(actor, row, "feedback.withdraw", {})
    return FeedbackAnswer(message=_("已撤回。"), feedback=_out(actor, row))


def list_feedback(actor: Actor, *, of: str = "answered", cursor: str | None = None) -> FeedbackPageOut:
    """`answered`: for everybody; `mine`; `owned`: what waits for the actor's unit. Raises BadInputError."""
    found = Feedback.objects.select_related("owner_unit")
    owned = found.filter(owner_unit_id=actor.unit_id, state=FeedbackState.RECEIVED)
    is_owner = may(actor, VERB, Scope(unit_id=actor.unit_id))
    match of:
        case "answered":
            rows = found.filter(state=FeedbackState.ANSWERED).order_by("-answered_at", "-id")
        case "mine":
            rows = found.filter(by_id=actor.staff_id)
        case "owned":
            rows = owned.order_by("due_at", "id") if is_owner else found.none()
        case _:
            raise BadInputError(field="of", message=_("请在已答复、我提的、待我单位答复中选择。"))
    start = offset_of(cursor)
    page = list(rows[start : start + PAGE + 1])
    more = str(start + PAGE) if len(page) > PAGE else None
    items = [_out(actor, row) for row in page[:PAGE]]
    return FeedbackPageOut(items=items, next=more, owned=owned.count() if is_owner else 0)


def _checked(actor: Actor, text: str, *, field: str, most: int) -> str:
    text = text.strip()
    if not text or len(text) > most or "\x00" in text:
        raise BadInputError(field=field, message=_("请填写内容，不超过{most}个字。").format(most=most))
    admission.check(text, actor=actor, where="feedback")
    return text


def _access(actor: Actor, feedback_id: UUID) -> Feedback:
    row = Feedback.objects.select_related("owner_unit").filter(pk=feedback_id).first()
    sees = row and (
        row.state == FeedbackState.ANSWERED
        or row.by_id == actor.staff_id
        or row.owner_unit_id == actor.unit_id
    )
    if row is None or not sees:
        raise NotFoundError
    return row


def _lock(feedback_id: UUID) -> Feedback:
    found = Feedback.objects.select_for_update(no_key=True, of=("self",)).select_related("owner_unit")
    row = found.filter(pk=feedback_id).first()
    if row is None:
        raise NotFoundError
    return row


def _still_open(row: Feedback) -> None:
    if row.state == FeedbackState.WITHDRAWN:
        raise NotAllowedNowError(message=_("提出人已撤回，无需办理。"))
    if row.answered_at:
        raise NotAllowedNowError(
            message=_("{name}已于{at}答复，无需再次答复。").format(
                name=row.answered_by_name, at=f"{clock.local(row.answered_at):%m月%d日 %H:%M}"
            )
        )


def _scope(row: Feedback) -> Scope:
    return Scope(unit_id=row.owner_unit_id)


def _record(actor: Actor, row: Feedback, verb: str, new: dict[str, str]) -> None:
    audit.record(
        actor=actor, verb=verb, subject="feedback", subject_id=row.pk, new={"state": row.state, **new}
    )


def _out(actor: Actor, row: Feedback) -> FeedbackOut:
    mine = row.by_id == actor.staff_id
    is_open = row.state == FeedbackState.RECEIVED
    owns = row.owner_unit_id == actor.unit_id and may(actor, VERB, _scope(row))
    abilities = [name for name, can in (("answer", owns and is_open), ("withdraw", mine and is_open)) if can]
    return FeedbackOut(
        id=row.pk, kind=row.kind, kind_word=row.get_kind_display(), text=row.text,
        page=row.page if mine or owns else "", owner_unit=row.owner_unit.name, state=row.state,
        state_word=row.get_state_display(), at=row.at, due_at=row.due_at, because=row.because,
        by=f"{row.by_unit} {row.by_post} {row.by_name}".strip() if mine or owns else "", mine=mine,
        answer=row.answer, answered_at=row.answered_at,
        answered_by=f"{row.answered_by_unit} {row.answered_by_post}".strip(), abilities=abilities,
    )  # fmt: skip
