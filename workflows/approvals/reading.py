"""Cases as pages and lists read them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from chatops.services.media import Found
from common import ids
from common.cursors import offset_of
from common.errors import BadInputError
from directory.actors import Actor
from directory.services.rights import Scope, may
from directory.store.models import Staff
from workflows.approvals import definitions, files, route
from workflows.approvals.abilities import abilities
from workflows.approvals.cases import look_at
from workflows.approvals.deeds import outcome_word
from workflows.approvals.returning import targets
from workflows.approvals.standing import Principals, acts_in, stood_for
from workflows.approvals.views import (
    CaseCopyOut,
    CaseCountsOut,
    CaseDiagramOut,
    CaseEntry,
    CaseEntryOut,
    CaseFileOut,
    CaseListOut,
    CaseOut,
    CasePersonOut,
    CaseTaskOut,
)
from workflows.rules import forms
from workflows.rules.bpmn_calls import name_within
from workflows.rules.case_words import CASE_WORDS, DEED_WORDS, TASK_WORDS, agree_word
from workflows.rules.forms import START
from workflows.store import approvals as store
from workflows.store.models import Case, CaseTask
from workflows.store.models import CaseEntry as EntryRow

BOXES = ("waiting", "mine", "handled", "cc", "all")
PAGE = 50


def describe(actor: Actor, case_id: UUID) -> CaseOut:
    """The page of a case. Raises NotFoundError."""
    sight = look_at(actor, case_id)
    case, tasks, mine = sight.case, sight.tasks, sight.mine
    definition = definitions.definition_of(case.version_id)
    node = node_of(actor, case, tasks, mine)
    numbers = _numbers({task.assignee_id for task in tasks if task.assignee_id} | {case.starter_id})
    first = mine[0][0] if mine else None
    return CaseOut(
        id=case.pk, serial=case.serial, number=case.number, title=case.title, process=case.process.key,
        process_name=case.process.name, version=definition.number, state=case.state,
        state_words=CASE_WORDS[case.state],
        starter=CasePersonOut(
            user_id=ids.user_id(numbers[case.starter_id]), name=case.starter_name, post=case.starter_post_title,
            unit=case.starter_unit_name,
        ),
        started_at=case.started_at, finished_at=case.finished_at,
        data=forms.visible(definition.form, node, case.data), form=dict(definition.form), card=dict(definition.card),
        rights=dict(forms.rights_of(definition.form, node)) if mine else _read_only(definition.form, node),
        node=node, task=first.pk if first else None, as_who=mine[0][1] if mine else "",
        tasks=[task_out(task, numbers, mine) for task in tasks],
        trail=[entry_out(row, tasks) for row in store.entries_of(case.pk)],
        route=route.ahead(case, definition, tasks, numbers),
        attachments=[
            CaseFileOut(
                media_id=one.media_id, field=one.field, name=one.name, mimetype=one.mimetype, by=one.by_name, at=one.at
            )
            for one in store.files_of(case.pk)
            if not one.field or forms.right_of(definition.form, node, one.field) != "hidden"
        ],
        copies=[
            CaseCopyOut(name=one.name, by=one.by_name, at=one.at, is_read=one.is_read)
            for one in store.copies_of(case.pk)
        ],
        returns=targets(case, definition, first, tasks) if first else [],
        abilities=abilities(actor, case, tasks, mine),
        must_read=definition.must_read or any(task.reading for task, _who in mine),
        opened=all(task.opened_at is not None for task, _who in mine),
        shown=case.shown, room_id=case.room_id, source=case.source_id,
        caused=[line_of(other, []) for other in store.caused_by(case.pk)],
    )  # fmt: skip


def file_of(actor: Actor, case_id: UUID, media_id: str) -> Found:
    """An attachment, where the page shows it to the actor. Raises NotFoundError."""
    sight = look_at(actor, case_id)
    node = node_of(actor, sight.case, sight.tasks, sight.mine)
    form = definitions.definition_of(sight.case.version_id).form
    return files.find_file(sight.case, form, node, media_id)


def node_of(actor: Actor, case: Case, tasks: list[CaseTask], mine: list[tuple[CaseTask, str]]) -> str:
    """As which node the viewer looks at the form: what waits for them, what they did last, or none ("view").

    Who began it sees what was filled in later too, unless the form hides it at "view".
    """
    if mine:
        return mine[0][0].node
    if case.starter_id == actor.staff_id:
        return "view"
    done = [task for task in tasks if task.decided_by_id == actor.staff_id]
    return done[-1].node if done else "view"


def _read_only(form: Any, node: str) -> dict[str, str]:
    return {
        name: "hidden" if right == "hidden" else "read" for name, right in forms.rights_of(form, node).items()
    }


def _numbers(staff_ids: Iterable[int]) -> dict[int, str]:
    return dict(Staff.objects.filter(pk__in=list(staff_ids)).values_list("pk", "staff_number"))


def task_out(task: CaseTask, numbers: dict[int, str], mine: list[tuple[CaseTask, str]]) -> CaseTaskOut:
    who = next((name for one, name in mine if one.pk == task.pk), None)
    plain = "id node name kind group why is_fallback state due_at opened_at decided_at decided_for recorded_by outcome"
    return CaseTaskOut(
        **{name: getattr(task, name) for name in (*plain.split(), "opinion", "added_by", "added_how", "answer")},
        assignee=CasePersonOut(
            user_id=ids.user_id(numbers.get(task.assignee_id, "")), name=task.assignee_name, post=task.post_title,
            unit=task.unit_name,
        )
        if task.assignee_id
        else None,
        state_words=TASK_WORDS[task.state],
        decided_by=task.decided_by_name,
        outcome_words=outcome_word(task) if task.outcome else "",
        answers=task.answer_to_id,
        reading=task.reading,
        mine=who is not None,
        as_who=who or "",
    )  # fmt: skip


def entry_out(row: EntryRow, tasks: list[CaseTask]) -> CaseEntryOut:
    task = next((one for one in tasks if one.pk == row.task_id), None)
    words = (
        agree_word(task.kind)
        if row.deed == "agree" and task is not None
        else DEED_WORDS.get(row.deed, row.deed)
    )
    return CaseEntryOut(
        at=row.at, deed=row.deed, deed_words=words, by=row.by_name, post=row.by_post, unit=row.by_unit,
        act_for=row.act_for, recorded_for=row.recorded_for, node=row.node, node_name=row.node_name,
        to_node=row.to_node, to_name=row.to_name, opinion=row.opinion, reason=row.reason, file=row.file_id,
    )  # fmt: skip


def line_of(case: Case, with_whom: list[str]) -> CaseEntry:
    plain = "serial number title state started_at moved_at shown"
    return CaseEntry(
        id=case.pk,
        **{name: getattr(case, name) for name in plain.split()},
        process=case.process.key,
        process_name=case.process.name,
        state_words=CASE_WORDS[case.state],
        starter=case.starter_name,
        starter_unit=case.starter_unit_name,
        with_whom=with_whom,
    )


def list_cases(
    actor: Actor, *, box: str = "waiting", process: str = "", query: str = "", cursor: str | None = None
) -> CaseListOut:
    """One box, newest first; `waiting` by what is due first. Raises BadInputError."""
    if box not in BOXES:
        raise BadInputError(field="box", message=_("请选择待我审批、我发起的、我已办的、抄送我的或全部。"))
    query, process = (text.replace("\x00", "") for text in (query, process))
    offset, others = offset_of(cursor), stood_for(actor)
    if box == "waiting":
        items, more = _waiting(actor, others, process, query, offset)
    else:
        rows = _boxed(actor, box)
        if process:
            rows = rows.filter(process__key=process)
        page = list(_holding(rows, query).order_by("-started_at", "-id")[offset : offset + PAGE + 1])
        more, page = len(page) > PAGE, page[:PAGE]
        whom = _with_whom([case.pk for case in page])
        items = [line_of(case, whom.get(case.pk, [])) for case in page]
    return CaseListOut(items=items, next=str(offset + PAGE) if more else None, counts=_counts(actor, others))


def _boxed(actor: Actor, box: str) -> QuerySet[Case]:
    match box:
        case "mine":
            return store.begun_by(actor.staff_id)
        case "handled":
            return store.handled_by(actor.staff_id)
        case "cc":
            return store.copied_to(actor.staff_id)
        case _:
            return store.seen_by(actor.staff_id, _watched_unit(actor))


def _watched_unit(actor: Actor) -> UUID | None:
    return actor.unit_id if actor.unit_id and may(actor, "case.view", Scope(unit_id=actor.unit_id)) else None


def _holding(rows: QuerySet[Case], query: str, prefix: str = "") -> QuerySet[Any]:
    for word in query.split()[:5]:
        match = Q(**{f"{prefix}title__icontains": word}) | Q(**{f"{prefix}serial__icontains": word})
        match |= Q(**{f"{prefix}number__icontains": word}) | Q(**{f"{prefix}starter_name__icontains": word})
        rows = rows.filter(match)
    return rows


def waiting_tasks(actor: Actor) -> QuerySet[CaseTask]:
    """What waits for the actor, and for those in whose place they act, their delegations' processes only."""
    return _waiting_tasks(actor, stood_for(actor))


def _waiting_tasks(actor: Actor, others: Principals) -> QuerySet[CaseTask]:
    rows = store.waiting_for(
        actor.staff_id, [staff for staff, (_n, processes) in others.items() if not processes]
    )
    narrow = Q(pk__in=[])
    for staff, (_name, processes) in others.items():
        if processes:
            narrow |= Q(assignee_id=staff, case__process__key__in=processes) & ~Q(
                case__starter_id=actor.staff_id
            )
    if narrow:
        rows = rows | store.waiting_where(narrow)
    return rows


def _waiting(
    actor: Actor, others: Principals, process: str, query: str, offset: int
) -> tuple[list[CaseEntry], bool]:
    rows = _waiting_tasks(actor, others)
    if process:
        rows = rows.filter(case__process__key=process)
    rows = _holding(rows, query, "case__")  # type: ignore[arg-type]
    page = list(rows.order_by("due_at", "created_at", "id")[offset : offset + PAGE + 1])
    items = [
        line_of(task.case, [task.assignee_name]).model_copy(
            update={
                "task": task.pk,
                "node_name": task.name,
                "as_who": acts_in(others, task.assignee_id, task.case.process.key)
                if task.assignee_id != actor.staff_id
                else "",
                "due_at": task.due_at,
                "must_read": task.reading,
            }
        )
        for task in page[:PAGE]
    ]
    return items, len(page) > PAGE


def _with_whom(case_ids: list[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for case_id, name in store.open_names(case_ids):
        if name not in found.setdefault(case_id, []):
            found[case_id].append(name)
    return found


def _counts(actor: Actor, others: Principals) -> CaseCountsOut:
    return CaseCountsOut(
        waiting=_waiting_tasks(actor, others).count(),
        mine=store.begun_by(actor.staff_id).filter(state="running").count(),
        handled=store.handled_by(actor.staff_id).count(),
        cc=store.unread_copies(actor.staff_id),
    )


def _calling(definition: definitions.Definition, nodes: set[str]) -> set[str]:
    """The elements of the drawing through which a case stands in called drawings."""
    found, ahead = set[str](), set(nodes)
    while ahead:
        inside = {
            key for key in definition.called if any(one.startswith(name_within(key, "")) for one in ahead)
        }
        ahead = {element for element, wanted in definition.drawing.calls.items() if wanted in inside} - found
        found |= ahead
    return found


def diagram(actor: Actor, case_id: UUID) -> CaseDiagramOut:
    """The drawing with what is done and what stands. Raises NotFoundError."""
    sight = look_at(actor, case_id)
    tasks, definition = sight.tasks, definitions.definition_of(sight.case.version_id)
    current = {task.node for task in tasks if task.state in {"waiting", "open", "opened"}}
    done = {task.node for task in tasks if task.state == "done"} - current
    current |= _calling(definition, current)
    started = [one.id for one in definition.drawing.elements.values() if one.tag == "startEvent"]
    return CaseDiagramOut(
        bpmn=definition.bpmn, done=sorted({*done, *started} - {START}), current=sorted(current - {START})
    )
