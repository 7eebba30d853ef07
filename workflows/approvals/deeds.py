"""What people do to a case, under its lock; a second click is answered with the first's answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from directory.actors import Actor
from workflows.approvals import dissents, files
from workflows.approvals.answers import CaseDeedOut
from workflows.approvals.cases import check_texts, filled, may_see, stopped
from workflows.approvals.groups import rule_of, settle
from workflows.approvals.specs import EngineError
from workflows.approvals.standing import Standing, ended_delegation
from workflows.approvals.walk import TO_DO, Walk, forget_clock
from workflows.errors import NotAllowedNowError
from workflows.rules.case_words import CASE_WORDS, TASK_WORDS, agree_word
from workflows.rules.forms import title_of_field
from workflows.services.deeds import once
from workflows.store import approvals as store
from workflows.store.models import Case, CaseTask

MAX_OPINION = 2000
# At a register node a refusal is 退文 or 请假.
MAY_REFUSE = frozenset({"approve", "register"})


@dataclass(frozen=True)
class Said:
    """What came with the deed.

    Attributes:
        task: which of one's tasks; None where there is only one.
        to: people (user ids), for transfer, add_sign and cc; node, mode: as the deed says.
        data: fields of the form that this node may write. file: an uploaded file.
    """

    task: UUID | None = None
    opinion: str = ""
    to: tuple[str, ...] = ()
    node: str = ""
    mode: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""


@dataclass(frozen=True)
class Turn:
    """A task that the actor may do now, and in whose place."""

    walk: Walk
    task: CaseTask
    standing: Standing

    @property
    def act_for(self) -> str:
        return self.standing.for_name


Change = Callable[[Walk], str]


def deed(actor: Actor, case_id: UUID, name: str, change: Change, key: str | None) -> CaseDeedOut:
    """Lock the case, let `change` do its part, write all of it. `change` answers what was done, in a sentence."""

    def act() -> CaseDeedOut:
        case = store.lock_case(case_id)
        if case is None:
            raise NotFoundError
        walk = Walk.locked(actor, case)
        if not may_see(case, walk.tasks, walk.standings):
            raise NotFoundError
        try:
            message = change(walk)
        except EngineError as error:
            raise stopped(error) from error
        walk.finish()
        with_whom = [task.assignee_name for task in walk.active() if task.state in TO_DO]
        return CaseDeedOut(
            id=case.pk, message=message, state=case.state, shown=case.shown, to=list(dict.fromkeys(with_whom))
        )

    return once(actor=actor, key=key, verb=f"case.{name}", subject_id=case_id, answer=CaseDeedOut, deed=act)


def opinion_of(actor: Actor, text: str) -> str:
    """Raises BadInputError, SecrecyRefusedError."""
    text = text.strip()
    if len(text) > MAX_OPINION or "\x00" in text:
        raise BadInputError(
            field="opinion", message=_("意见不超过{most}个字，请压缩。").format(most=MAX_OPINION)
        )
    check_texts(actor, {}, text)
    return text


def running(case: Case) -> None:
    """Raises NotAllowedNowError."""
    if case.state != "running":
        raise NotAllowedNowError(
            message=_("该申请{words}，不能再办理。").format(words=CASE_WORDS[case.state])
        )


def turn_of(walk: Walk, task_id: UUID | None) -> Turn:
    """The actor's open task. Raises NotAllowedNowError (who was faster, not yet), ForbiddenError, BadInputError."""
    if task_id is not None:
        task = walk.task(task_id)
        if task is None:
            raise NotFoundError
        running_or_done(walk, task)
        standing = walk.standings.of(task, walk.case)
        if not standing.may:
            if walk.case.starter_id == walk.actor.staff_id:
                raise ForbiddenError(message=_("不能审批本人的申请。"))
            words = _("该事项由{name}办理，您不是办理人。").format(name=task.assignee_name)
            raise ForbiddenError(message=_over(walk, [task]) or words)
        return Turn(walk, task, standing)
    running(walk.case)
    mine = [
        (task, standing)
        for task in walk.active()
        if task.state in TO_DO and (standing := walk.standings.of(task, walk.case)).may
    ]
    if not mine:
        waiting = [task for task in walk.active() if task.state in TO_DO]
        raise ForbiddenError(message=_over(walk, waiting) or _("该申请当前没有由您办理的环节。"))
    if len(mine) > 1 and len({task.group for task, _s in mine}) > 1:
        names = _("、").join(task.name for task, _s in mine)
        words = _("您有多个待办环节（{names}），请选择其中一个。")
        raise BadInputError(field="task", message=words.format(names=names))
    own_first = sorted(mine, key=lambda one: bool(one[1].for_name))
    return Turn(walk, *own_first[0])


def _over(walk: Walk, tasks: list[CaseTask]) -> str:
    """Why who decided in another's place does so no more; "" for anybody else."""
    holders = {task.assignee_id for task in tasks if task.assignee_id}
    found = ended_delegation(walk.actor, holders, walk.case.process.key) if holders else None
    if found is None or walk.case.starter_id == walk.actor.staff_id:
        return ""
    ended = min(one for one in (found.ends_at, found.ended_at) if one)
    words = _("{name}对您的委托已于{when}结束，该事项由{name}本人办理。")
    return words.format(name=found.staff.name, when=f"{clock.local(ended):%Y-%m-%d %H:%M}")


def running_or_done(walk: Walk, task: CaseTask) -> None:
    if task.state == "done":
        words = _("{name}已办理（{outcome}），无需再次处理。")
        raise NotAllowedNowError(message=words.format(name=task.decided_by_name, outcome=outcome_word(task)))
    running(walk.case)
    if task.state not in TO_DO:
        raise NotAllowedNowError(
            message=_("该环节{words}，现在不能办理。").format(words=TASK_WORDS[task.state])
        )


def outcome_word(task: CaseTask) -> str:
    match task.outcome:
        case "refuse":
            return _("不同意")
        case "dissent":
            return _("有不同意见")
        case "read":
            return _("已阅")
        case _:
            return agree_word(task.kind)


def check_ready(turn: Turn) -> None:
    """Raises NotAllowedNowError: it came here only to be handed on, or is to be opened first."""
    task = turn.task
    if task.is_fallback:
        raise NotAllowedNowError(
            message=_("该环节未找到办理人，转到您处指定办理人：{why}。请用“转办”指定。").format(why=task.why),
            reason="fallback",
        )
    if task.reading and task.opened_at is None:
        raise NotAllowedNowError(
            message=_("“{title}”须先打开阅读再办理。").format(title=turn.walk.case.title), reason="must_read"
        )


def decide(
    turn: Turn, *, outcome: str, opinion: str, entry: str, file_id: str = "", recorded_for: str = ""
) -> None:
    """Write the decision down and let the group be counted."""
    walk, task = turn.walk, turn.task
    task.state, task.outcome, task.opinion = "done", outcome, opinion
    task.decided_at, task.decided_by_id, task.decided_by_name = walk.now, walk.actor.staff_id, walk.actor.name
    task.decided_for, task.file_id = turn.act_for, file_id
    forget_clock(task)
    walk.save(task)
    said = walk.write(
        entry, task=task, opinion=opinion, file_id=file_id, act_for=turn.act_for, recorded_for=recorded_for
    )
    task.decided_seq = said.seq


def check_agree(*, actor: Actor, case_id: UUID, said: Said, key: str | None = None) -> CaseDeedOut:
    """同意, 已阅, 已提交 …, by the kind of the node. `mode="read_mark"` is 圈阅: on a 阅件 read, elsewhere agreed.

    Raises: as `turn_of` and `check_ready`; BadInputError for an opinion that is missing or a field of the form.
    """
    opinion = opinion_of(actor, said.opinion)
    check_texts(actor, said.data)

    def change(walk: Walk) -> str:
        turn = turn_of(walk, said.task)
        check_ready(turn)
        task, wanted = turn.task, walk.definition.node(turn.task.node)
        if task.answer_to_id is not None:
            raise NotAllowedNowError(message=_("请用“答复不同意见”办理。"))
        if wanted.opinion == "true" and not opinion and said.mode != "read_mark":
            raise BadInputError(field="opinion", message=_("“{name}”须填写意见。").format(name=task.name))
        fill_in(turn, said.data)
        check_needed(turn)
        file_id = attach_file(walk, said.file)
        outcome = "read" if task.kind == "read" else "agree"
        decide(turn, outcome=outcome, opinion=opinion, entry=entry_word(task, said.mode), file_id=file_id)
        settle(walk, task.group, task)
        word = _("圈阅") if said.mode == "read_mark" else agree_word(task.kind)
        return _("{word}：{title}").format(word=word, title=walk.case.title)

    return deed(actor, case_id, "agree", change, key)


def entry_word(task: CaseTask, mode: str) -> str:
    if mode == "read_mark":
        return "read_mark"
    return "resubmit" if task.kind == "fill" and not task.engine_task else "agree"


def fill_in(turn: Turn, data: Mapping[str, Any]) -> None:
    """What this node may write, checked against the whole form. Raises BadInputError: the field is named."""
    walk = turn.walk
    if not data:
        return
    node = turn.task.node
    walk.case.data = filled(walk.definition, node, walk.case.data, data)
    found = files.check(walk.actor, walk.definition.form, walk.case.data, known=files.known_of(walk.case.pk))
    files.attach(walk.actor, walk.case, found, walk.now)


def check_needed(turn: Turn) -> None:
    """`needed` of form.json: fields that this node must have filled in. Raises BadInputError: the field is named."""
    form, data = turn.walk.definition.form, turn.walk.case.data
    for name in form.get("needed", {}).get(turn.task.node, []):
        if data.get(name) in (None, "", []):
            words = _("请填写“{title}”后再办理。")
            raise BadInputError(field=name, message=words.format(title=title_of_field(form, name)))


def attach_file(walk: Walk, media_id: str) -> str:
    """The file of an opinion; its id as the case keeps it. Raises BadInputError, SecrecyRefusedError."""
    if not media_id:
        return ""
    one = files.checked(walk.actor, media_id, "", field="file", title=_("附件"))
    files.attach(walk.actor, walk.case, [files.Attached("", one.media_id, one.name, one.mimetype)], walk.now)
    return one.media_id


def check_refuse(*, actor: Actor, case_id: UUID, said: Said, key: str | None = None) -> CaseDeedOut:
    """不同意. In a countersign without veto it is recorded as a dissent, which the starter answers.

    Raises: as `check_agree`; BadInputError without a reason.
    """
    opinion = opinion_of(actor, said.opinion)

    def change(walk: Walk) -> str:
        turn = turn_of(walk, said.task)
        check_ready(turn)
        task = turn.task
        if task.kind not in MAY_REFUSE:
            words = _("“{name}”是{word}环节，不能不同意；如有问题请退回。")
            raise NotAllowedNowError(message=words.format(name=task.name, word=agree_word(task.kind)))
        if not opinion and walk.definition.node(task.node).opinion != "false":
            raise BadInputError(field="opinion", message=_("不同意须写明理由。"))
        file_id = attach_file(walk, said.file)
        if rule_of(walk, task.node).records_dissent:
            decide(turn, outcome="dissent", opinion=opinion, entry="dissent", file_id=file_id)
            dissents.ask(walk, task)
        else:
            decide(turn, outcome="refuse", opinion=opinion, entry="refuse", file_id=file_id)
        settle(walk, task.group, task)
        return _("不同意：{title}").format(title=walk.case.title)

    return deed(actor, case_id, "refuse", change, key)
