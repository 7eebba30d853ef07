"""The cards of a case: in one's own chat what is asked and the buttons, in a group its state alone."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.cards import Action, Card, CardResult, CardState, Field, Input, State, register
from common import clock
from common.errors import NotFoundError
from directory.actors import Actor
from directory.store.models import Unit
from workflows.approvals import deeds, reading, returning
from workflows.approvals.deeds import Said
from workflows.approvals.definitions import Definition, definition_of
from workflows.approvals.standing import stand_ins
from workflows.errors import NotAllowedNowError
from workflows.processes.common import people_in, units_in
from workflows.rules import forms
from workflows.rules.case_words import CASE_WORDS, agree_word
from workflows.store import approvals as store
from workflows.store import case_results as results
from workflows.store.models import Case, CaseTask

KIND, GROUP_KIND = "case", "case_state"
LINK = "/appr/{id}"
MOST_VALUE = 300
OPINION = Input(key="reason", label="意见", type="text", required=False)
REASON = Input(key="reason", label="理由", type="text")
REFUSE = Action(name="refuse", label="不同意", input=[REASON])
RETURN = Action(name="send_back", label="退回", input=[REASON])
READ_MARK = Action(name="read_mark", label="圈阅")
CODES = {"running": "none", "finished": "done", "refused": "grey", "withdrawn": "grey"}


def link_of(case: Case) -> str:
    return LINK.format(id=case.pk)


def short_number(case: Case) -> str:
    """The running number without year and zeros: what one types."""
    return str(int(case.serial.rpartition("-")[2]))


def state_card(case: Case) -> Card:
    """For a group: who asks for what, and where it stands. No opinion, no instruction, no button."""
    tasks = store.tasks_of(case.pk)
    fields = [
        Field(key="process", label="流程", value=case.process.name),
        Field(key="starter", label="申请", value=f"{case.starter_unit_name} {case.starter_name}".strip()),
        *_stands(case, tasks),
    ]
    return _card(GROUP_KIND, case, fields, [], [], tasks)


def person_card(case: Case, staff_id: int) -> Card:
    """For one person's own chat: the fields that the process puts on its card, as this person may see them."""
    definition, tasks = definition_of(case.version_id), store.tasks_of(case.pk)
    mine = _tasks_of(case, tasks, staff_id)
    node = mine[0].node if mine else "view"
    shown = forms.visible(definition.form, node, case.data)
    fields = [
        Field(key="starter", label="申请", value=f"{case.starter_unit_name} {case.starter_name}".strip()),
        *_filled(definition, shown),
        *_stands(case, tasks),
    ]
    if mine and mine[0].due_at:
        fields.append(Field(key="due", label="时限", value=moment(mine[0].due_at)))
    told = next((task for task in tasks if task.decided_by_id == staff_id and task.decided_at), None)
    if told is not None and not mine:
        fields.append(
            Field(key="told", label="您的办理", value=f"{deeds.outcome_word(told)} {moment(told.decided_at)}")
        )
    actions, menu = _buttons(definition, mine[0]) if mine else ([], [])
    return _card(KIND, case, fields, actions, menu, tasks)


def _tasks_of(case: Case, tasks: Sequence[CaseTask], staff_id: int) -> list[CaseTask]:
    """What this person may do: their own, then what they do in somebody's place, never on their own request."""
    waiting = [task for task in tasks if task.state in {"open", "opened"} and task.assignee_id]
    own = [task for task in waiting if task.assignee_id == staff_id]
    if own or case.starter_id == staff_id:
        return own
    held = stand_ins({task.assignee_id or 0 for task in waiting}, case.process.key)
    return [task for task in waiting if staff_id in held.get(task.assignee_id or 0, {})]


def _card(
    kind: str,
    case: Case,
    fields: list[Field],
    actions: list[Action],
    menu: list[Action],
    tasks: list[CaseTask],
) -> Card:
    red = any(
        task.state in {"open", "opened"} and task.due_at and task.due_at <= clock.now() for task in tasks
    )
    word = CASE_WORDS[case.state] + ("，已超时限" if red and case.state == "running" else "")
    number = short_number(case)
    name = case.process.name
    title = case.title if case.title.startswith(name) else f"{name}：{case.title}"[:200]
    lines = [f"【审批 {number}】{title}", word, *(f"{field.label}：{field.value}" for field in fields)]
    if labels := [one.label for one in (*actions, *menu)]:
        lines.append(f"可回复本条办理：{'；'.join(labels)}，可附意见。")
    elif kind == KIND and case.state == "running":
        lines.append(f"请打开办理：{link_of(case)}")
    return Card(
        kind=kind,
        subject=str(case.pk),
        version=case.shown,
        title=title,
        number=number,
        as_of=clock.now(),
        state=State(code="red" if red and case.state == "running" else CODES[case.state], word=word),
        fields=fields[:20],
        actions=actions,
        menu=menu,
        link=link_of(case),
        fallback="\n".join(lines),
    )


def _stands(case: Case, tasks: Sequence[CaseTask]) -> list[Field]:
    found = [Field(key="number", label="文号", value=case.number)] if case.number else []
    waiting = [task for task in tasks if task.state in {"open", "opened"}]
    if case.state == "running" and waiting:
        names = "、".join(dict.fromkeys(task.assignee_name for task in waiting))
        found.append(
            Field(key="stands", label="当前环节", value=f"{waiting[0].name}（{names}）"[:MOST_VALUE])
        )
    return found


def _filled(definition: Definition, data: Mapping[str, Any]) -> list[Field]:
    known = forms.fields_of(definition.form)
    return [
        Field(key=name, label=forms.title_of_field(definition.form, name), value=text)
        for name in definition.card.get("fields", [])
        if name in known and (text := words_of(known[name], data, name))
    ]


def words_of(schema: Mapping[str, Any], data: Mapping[str, Any], name: str) -> str:
    """A value as a card shows it: names of units and people, yes and no, how many rows."""
    value = data.get(name)
    inner = schema.get("items", schema)
    match inner.get("format"):
        case "unit":
            return "、".join(_name(one) for one in units_in(data, [name]))[:MOST_VALUE]
        case "person":
            return "、".join(one.name for one in people_in(data, [name]))[:MOST_VALUE]
    match value:
        case None | "" | []:
            return ""
        case bool():
            return "是" if value else "否"
        case list():
            return f"{len(value)}项"
        case _:
            choices = schema.get("oneOf", [])
            titled = next((one.get("title") for one in choices if one.get("const") == value), None)
            return str(titled or value)[:MOST_VALUE]


def _name(unit: Unit) -> str:
    return unit.display_name


def _buttons(definition: Definition, task: CaseTask) -> tuple[list[Action], list[Action]]:
    """What a tap can decide. A node whose form must be filled in, or that must be read first, is done on the page."""
    if task.is_fallback or task.kind == "answer" or not task.engine_task:
        return [], []
    if definition.reads_first(task.node) and task.opened_at is None:
        return [], []
    if definition.form.get("needed", {}).get(task.node):
        return [], []
    wanted = definition.node(task.node)
    opinion = REASON.model_copy(update={"label": "意见"}) if wanted.opinion == "true" else OPINION
    agree = Action(
        name="agree", label=agree_word(task.kind).removeprefix("已"), style="primary", input=[opinion]
    )
    refuse = [REFUSE] if task.kind in {"approve", "register"} else []
    mark = [READ_MARK] if task.kind in {"approve", "read"} else []
    return [agree, *refuse], [RETURN, *mark]


def moment(at: Any) -> str:
    return f"{clock.local(at):%m月%d日 %H:%M}"


def find(subject: str) -> Case:
    """Raises NotFoundError."""
    try:
        case = store.find_case(UUID(subject))
    except ValueError as error:
        raise NotFoundError from error
    if case is None:
        raise NotFoundError
    return case


def handle(
    *, actor: Actor, subject: str, action: str, params: Mapping[str, Any], key: str | None
) -> CardResult:
    """Raises: as the deed; one that must be read first is answered with where to open it."""
    return decide(
        actor=actor, case=find(subject), action=action, opinion=str(params.get("reason") or ""), key=key
    )


def decide(*, actor: Actor, case: Case, action: str, opinion: str, key: str | None) -> CardResult:
    """A decision from a card or by command; the same deeds as on the page."""
    said = Said(opinion=opinion, mode="read_mark" if action == "read_mark" else "")
    try:
        match action:
            case "agree" | "read_mark":
                done = deeds.check_agree(actor=actor, case_id=case.pk, said=said, key=key)
            case "refuse":
                done = deeds.check_refuse(actor=actor, case_id=case.pk, said=said, key=key)
            case "send_back":
                done = returning.check_return(actor=actor, case_id=case.pk, said=said, key=key)
            case _:
                raise NotFoundError
    except NotAllowedNowError as error:
        if error.facts.get("reason") != "must_read":
            raise
        words = _("“{title}”须先打开阅读再办理：{link}")
        raise NotAllowedNowError(
            message=words.format(title=case.title, link=link_of(case)), reason="must_read", link=link_of(case)
        ) from error
    words = f"{done.message}。"
    if done.state == "running" and done.to:
        words += _("现由{names}办理。").format(names=_("、").join(done.to[:5]))
    return CardResult(message=words, facts={"case": done.model_dump(mode="json")})


def refuse_in_group(**_pressed: object) -> CardResult:
    """A group's card has no buttons: what is said there would be read by everybody. Raises NotFoundError."""
    raise NotFoundError


def abilities(actor: Actor, subjects: Sequence[str]) -> Mapping[str, CardState]:
    """In a fixed number of queries."""
    wanted = [key for one in subjects if (key := _uuid(one))]
    found = {case.pk: case for case in results.cases_of(wanted)}
    waiting = {
        task.case_id: task for task in reversed(list(reading.waiting_tasks(actor).filter(case_id__in=wanted)))
    }
    done = {task.case_id: task for task in results.decided_by(actor.staff_id, wanted)}
    answers = {}
    for key, case in found.items():
        if key in waiting:
            actions, menu = _buttons(definition_of(case.version_id), waiting[key])
            answers[str(key)] = CardState(
                version=case.shown, abilities=[one.name for one in (*actions, *menu)]
            )
        elif key in done:
            words = _("您{did} {at}").format(
                did=deeds.outcome_word(done[key]), at=moment(done[key].decided_at)
            )
            answers[str(key)] = CardState(version=case.shown, done={"agree": words})
    return answers


def no_abilities(_actor: Actor, _subjects: Sequence[str]) -> Mapping[str, CardState]:
    return {}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def connect() -> None:
    """Called once at start."""
    register(KIND, handle, abilities)
    register(GROUP_KIND, refuse_in_group, no_abilities)
