"""评论, 抄送, 催办, 代录批示, 答复不同意见."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from common import clock
from common.errors import BadInputError, ForbiddenError
from directory.actors import Actor
from directory.services.rights import Scope, require
from workflows.approvals import dissents, groups
from workflows.approvals.abilities import is_leaders
from workflows.approvals.answers import CaseDeedOut
from workflows.approvals.deeds import (
    Said,
    Turn,
    attach_file,
    check_ready,
    decide,
    deed,
    opinion_of,
    running,
    turn_of,
)
from workflows.approvals.moves import seats_of
from workflows.approvals.standing import Standing
from workflows.approvals.walk import TO_DO, Walk
from workflows.errors import NotAllowedNowError, UrgedLatelyError
from workflows.rules.case_words import agree_word
from workflows.services.stamps import stamp
from workflows.store import approval_people as people
from workflows.store.approval_people import Seat
from workflows.store.models import CaseCc, CaseTask


def check_comment(*, actor: Actor, case_id: UUID, said: Said, key: str | None = None) -> CaseDeedOut:
    """Raises NotFoundError; BadInputError without words. SecrecyRefusedError."""
    opinion = opinion_of(actor, said.opinion)
    if not opinion:
        raise BadInputError(field="opinion", message=_("请填写内容。"))

    def change(walk: Walk) -> str:
        file_id = attach_file(walk, said.file)
        walk.write("comment", opinion=opinion, file_id=file_id)
        walk.touched |= {task.assignee_id for task in walk.active() if task.assignee_id}
        return _("已评论：{title}").format(title=walk.case.title)

    return deed(actor, case_id, "comment", change, key)


def check_cc(*, actor: Actor, case_id: UUID, said: Said, key: str | None = None) -> CaseDeedOut:
    """抄送: they may read it from now on. Raises NotFoundError, BadInputError."""
    opinion = opinion_of(actor, said.opinion)
    seats = seats_of(said.to)

    def change(walk: Walk) -> str:
        CaseCc.objects.bulk_create(
            [
                CaseCc(case=walk.case, staff_id=seat.staff_id, name=seat.name, **stamp(actor, walk.now))
                for seat in seats
            ],
            ignore_conflicts=True,
        )
        names = _("、").join(seat.name for seat in seats)
        walk.write("cc", to_name=names, opinion=opinion)
        walk.touched |= {seat.staff_id for seat in seats}
        return _("已抄送{names}：{title}").format(names=names, title=walk.case.title)

    return deed(actor, case_id, "cc", change, key)


def check_urge(*, actor: Actor, case_id: UUID, said: Said, key: str | None = None) -> CaseDeedOut:
    """催办 by the starter, once in so many minutes (a setting). To a leader it reads 提请审阅, and the leader's office
    is told as well.

    Raises: ForbiddenError: not the starter. NotAllowedNowError: nobody to urge. UrgedLatelyError.
    """
    opinion = opinion_of(actor, said.opinion)

    def change(walk: Walk) -> str:
        running(walk.case)
        if walk.case.starter_id != actor.staff_id:
            raise ForbiddenError(message=_("只有拟稿人可以催办。"))
        waiting = [
            task for task in walk.active() if task.state in TO_DO and task.assignee_id != actor.staff_id
        ]
        if not waiting:
            raise NotAllowedNowError(message=_("当前没有他人待办的环节，无需催办。"))
        pause = timedelta(minutes=settings.CASE_URGE_PAUSE_MINUTES)
        free = [task for task in waiting if task.urged_at is None or task.urged_at + pause <= walk.now]
        if not free:
            last = max(task.urged_at for task in waiting if task.urged_at)
            raise UrgedLatelyError(
                retry_after_ms=max(1, int((last + pause - walk.now).total_seconds() * 1000))
            )
        upward: list[Seat] = []
        for task in free:
            task.urged_at = walk.now
            walk.save(task)
            if is_leaders(task):
                upward += office_of(task, walk.now)
        names = _("、").join(dict.fromkeys(task.assignee_name for task in free))
        word = _("提请审阅") if any(is_leaders(task) for task in free) else _("催办")
        told = tell_office(walk, upward)
        walk.write("urge", to_name=names, opinion=opinion, reason=word + told)
        return _("已{word}{names}：{title}").format(word=word, names=names, title=walk.case.title)

    return deed(actor, case_id, "urge", change, key)


def office_of(task: CaseTask, at: datetime) -> list[Seat]:
    """The leader's office: it is told too."""
    return people.in_role([task.unit_id], ["office"], clock.local(at).date()) if task.unit_id else []


def tell_office(walk: Walk, seats: list[Seat]) -> str:
    """A copy for each of them, unread again with each urging. What the trail says of it."""
    holders = {task.assignee_id for task in walk.active()} | {walk.case.starter_id}
    told = {seat.staff_id: seat.name for seat in seats if seat.staff_id not in holders}
    for staff_id, name in told.items():
        CaseCc.objects.update_or_create(
            case=walk.case,
            staff_id=staff_id,
            defaults={"is_read": False},
            create_defaults={"name": name, **stamp(walk.actor, walk.now)},
        )
    walk.touched |= told.keys()
    return _("，同时告知{names}").format(names=_("、").join(told.values())) if told else ""


def check_record(*, actor: Actor, case_id: UUID, said: Said, key: str | None = None) -> CaseDeedOut:
    """代录批示: a secretary writes down what the leader wrote on paper, with the scan; both names are shown.

    `mode`: agree (default) or refuse. Raises: NotFoundError, ForbiddenError, BadInputError without words or scan.
    """
    opinion = opinion_of(actor, said.opinion)
    if not opinion:
        raise BadInputError(field="opinion", message=_("请填写批示原文。"))
    if not said.file:
        raise BadInputError(field="file", message=_("代录批示须附批示件扫描件。"))

    def change(walk: Walk) -> str:
        running(walk.case)
        task = recordable(walk, actor, said.task)
        require(actor, "case.record_instruction", Scope(unit_id=task.unit_id))
        if task.is_fallback:
            check_ready(Turn(walk, task, Standing(True)))
        file_id = attach_file(walk, said.file)
        task.recorded_by = actor.name
        refuses = said.mode == "refuse" and task.kind == "approve"
        turn = Turn(walk, task, Standing(True))
        dissent = refuses and groups.rule_of(walk, task.node).records_dissent
        outcome = (
            "dissent" if dissent else "refuse" if refuses else "read" if task.kind == "read" else "agree"
        )
        decide(
            turn,
            outcome=outcome,
            opinion=opinion,
            entry="record",
            file_id=file_id,
            recorded_for=task.assignee_name,
        )
        task.decided_by_id, task.decided_by_name = task.assignee_id, task.assignee_name
        walk.save(task)
        if dissent:
            dissents.ask(walk, task)
        groups.settle(walk, task.group, task)
        return _("已代录{name}批示：{title}").format(name=task.assignee_name, title=walk.case.title)

    return deed(actor, case_id, "record_instruction", change, key)


def recordable(walk: Walk, actor: Actor, task_id: UUID | None) -> CaseTask:
    """The leader's open task. Raises BadInputError: several, name one. ForbiddenError: none, or one's own."""
    open_tasks = [
        task
        for task in walk.active()
        if task.state in TO_DO and task.kind in {"approve", "read"} and is_leaders(task)
    ]
    if task_id is not None:
        open_tasks = [task for task in open_tasks if task.pk == task_id]
    found = [task for task in open_tasks if task.assignee_id != actor.staff_id]
    own_unit = [task for task in found if task.unit_id == actor.unit_id]
    if len(own_unit or found) > 1:
        raise BadInputError(field="task", message=_("有多位领导待批，请选择代录哪一位。"))
    if not found:
        raise ForbiddenError(message=_("当前没有可由您代录的批示。"))
    task = (own_unit or found)[0]
    if walk.case.starter_id == actor.staff_id and task.kind == "approve":
        raise ForbiddenError(message=_("不能为本人的申请代录批示，请由其他同志代录。"))
    return task


def check_answer(*, actor: Actor, case_id: UUID, said: Said, key: str | None = None) -> CaseDeedOut:
    """答复不同意见 by the starter; the case goes on when all are answered. Raises: as `turn_of`; BadInputError."""
    opinion = opinion_of(actor, said.opinion)
    if not opinion:
        raise BadInputError(field="opinion", message=_("请写明如何采纳或不采纳的理由。"))

    def change(walk: Walk) -> str:
        wanted = said.task or next(
            (
                task.pk
                for task in walk.active()
                if task.kind == "answer" and (task.assignee_id == actor.staff_id)
            ),
            None,
        )
        turn = turn_of(walk, wanted)
        task = turn.task
        if task.answer_to_id is None:
            raise NotAllowedNowError(message=_("当前没有待答复的不同意见。"))
        decide(turn, outcome="agree", opinion=opinion, entry="answer")
        dissent = walk.task(task.answer_to_id)
        if dissent is not None:
            dissent.answer = opinion
            walk.save(dissent)
            groups.settle(walk, task.group, dissent)
        return _("{word}不同意见：{title}").format(word=agree_word("answer"), title=walk.case.title)

    return deed(actor, case_id, "answer_dissent", change, key)
