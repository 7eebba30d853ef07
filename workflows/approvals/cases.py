"""Begin a case, see it, open it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from chatops.services.rooms import room_to_post_in
from common import clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from common.ids import new_uuid
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from directory.store.models import Unit
from workflows.approvals import files, groups
from workflows.approvals.abilities import may_record
from workflows.approvals.answers import BegunOut
from workflows.approvals.definitions import Definition, definition_of
from workflows.approvals.specs import EngineError
from workflows.approvals.standing import Standings, acts_in
from workflows.approvals.walk import Walk
from workflows.errors import NotAllowedNowError
from workflows.rules import forms
from workflows.rules.forms import START, FormRefused
from workflows.rules.texts import can_be_kept, unkeepable
from workflows.services.deeds import once
from workflows.store import approvals as store
from workflows.store.models import Case, CaseDraft, CaseTask, ProcessVersion

VERB = "case.start"
MAX_PLACE = 255
KEY = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}$")


def published_version(key: str) -> ProcessVersion:
    """Raises NotFoundError: unknown, or nothing published."""
    version = store.published(key) if KEY.match(key) else None
    if version is None:
        raise NotFoundError(message=_("没有这个流程，或流程尚未发布，请从“发起审批”中选择。"))
    return version


def may_start(actor: Actor, meta: Mapping[str, Any], unit: Unit | None) -> bool:
    """`starter` of process.json: roles of posts and levels of units; empty is everybody with a post."""
    wanted = meta.get("starter") or {}
    if not may(actor, VERB, Scope(unit_id=actor.unit_id)):
        return False
    roles, levels, units = (wanted.get(name) or [] for name in ("roles", "levels", "units"))
    return (
        (not roles or actor.post_role in roles)
        and (not levels or (unit is not None and unit.level in levels))
        and (not units or (unit is not None and unit.code in units))
    )


def require_start(actor: Actor, version: ProcessVersion) -> None:
    """Raises ForbiddenError."""
    if not may_start(actor, version.meta, unit_of(actor)):
        words = _("当前岗位不能发起“{name}”，请切换岗位或请有权的岗位发起。")
        raise ForbiddenError(message=words.format(name=version.process.name))


def unit_of(actor: Actor) -> Unit | None:
    return Unit.objects.filter(pk=actor.unit_id).first() if actor.unit_id else None


def refused(error: FormRefused) -> BadInputError:
    return BadInputError(field=error.field, message=error.message + "。")


def stopped(error: EngineError) -> NotAllowedNowError:
    """The drawing cannot go on: who sees it can do nothing about it but tell the process's keeper."""
    words = _("流程在“{element}”处不能继续：{why}。内容已保留，请联系流程负责人。")
    return NotAllowedNowError(
        message=words.format(element=error.element or "-", why=error.message), element=error.element
    )


def check_texts(actor: Actor, data: Mapping[str, Any], *more: str) -> None:
    """Every text through the secrecy gate. Raises SecrecyRefusedError; BadInputError: signs that cannot be kept."""
    for field, value in [*data.items(), *(("opinion", text) for text in more)]:
        if any(unkeepable({field: value})):
            raise BadInputError(field=field, message=_("内容含有无法保存的字符，请删除后重试。"))
    admission.check("\n".join([*forms.texts_in(dict(data)), *more]), actor=actor, where="approval")


def filled(
    definition: Definition, node: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> dict[str, Any]:
    """Raises BadInputError: the field at fault is named."""
    try:
        data = forms.merged(definition.form, node, old, new)
        known = forms.fields_of(definition.form)
        # What decision tables have answered lies beside the form.
        forms.check(definition.form, {name: value for name, value in data.items() if name in known})
    except FormRefused as error:
        raise refused(error) from error
    return data


def check_place(**places: str) -> None:
    """Raises BadInputError: no id of a room or message."""
    for field, text in places.items():
        if len(text) > MAX_PLACE or not can_be_kept(text):
            raise BadInputError(field=field, message=_("群或消息的编号无效，请从群聊中重新发起。"))


def begin(
    *,
    actor: Actor,
    process: str,
    data: Mapping[str, Any],
    room_id: str = "",
    event_id: str = "",
    draft_id: UUID | None = None,
    source: Case | None = None,
    key: str | None = None,
) -> BegunOut:
    """Send an application.

    Args:
        room_id: whose members are told how the case stands.

    Raises:
        NotFoundError: no such process, or not a member of the room. ForbiddenError: not for this post or level.
        What `room_to_post_in` raises.
        BadInputError: what is filled in violates the form; the field is named, a draft is kept.
        NotAllowedNowError: the drawing cannot go on. SecrecyRefusedError.
    """
    check_place(room=room_id, event=event_id)
    version = published_version(process)
    require(actor, VERB, Scope(unit_id=actor.unit_id))
    definition = definition_of(version.pk)
    require_start(actor, version)
    new = filled(definition, START, {}, data)
    check_texts(actor, new)
    attached = files.check(actor, definition.form, new)
    if room_id:
        room_to_post_in(actor, room_id)

    def deed() -> BegunOut:
        case = begin_in(
            actor,
            version,
            definition,
            new,
            room_id=room_id,
            event_id=event_id,
            source=source,
            attached=attached,
        )
        if draft_id is not None:
            CaseDraft.objects.filter(pk=draft_id, staff_id=actor.staff_id).delete()
        return BegunOut(id=case.pk, serial=case.serial, title=case.title, state=case.state)

    return once(actor=actor, key=key, verb=VERB, subject_id=process, answer=BegunOut, deed=deed)


def begin_in(
    actor: Actor,
    version: ProcessVersion,
    definition: Definition,
    data: dict[str, Any],
    *,
    room_id: str = "",
    event_id: str = "",
    source: Case | None = None,
    attached: list[files.Attached] | None = None,
) -> Case:
    """The same inside a transaction of somebody who has checked already; a service that causes a case calls this."""
    now = clock.now()
    year = clock.local(now).year
    case = Case(
        id=new_uuid(), process=version.process, version=version,
        serial=f"{year}-{store.take_serial(year):06d}", data=data,
        title=forms.title(definition.form, data, name=definition.name, starter=actor.name),
        starter_id=actor.staff_id, starter_post_id=actor.post_id, starter_unit_id=actor.unit_id,
        starter_name=actor.name, starter_post_title=actor.post_title, starter_unit_name=actor.unit_name,
        room_id=room_id, event_id=event_id, source=source, started_at=now, moved_at=now,
    )  # fmt: skip
    case.save(force_insert=True)
    files.attach(actor, case, attached or [], now)
    walk = Walk(actor, case, definition, [], now)
    walk.write("start", node=START)
    try:
        groups.advance_from_start(walk, walk.run(afresh=True), previous=None)
    except EngineError as error:
        raise stopped(error) from error
    walk.finish()
    return case


def may_see(case: Case, tasks: list[CaseTask], standings: Standings) -> bool:
    """Who began it, took part or was sent a copy; whose post may watch its unit; who stands in for somebody who took
    part or records for them (代录批示), while it runs.
    """
    actor = standings.actor
    if case.starter_id == actor.staff_id:
        return True
    if _took_part(tasks, {actor.staff_id}):
        return True
    if case.state == "running" and may_record(actor, tasks):
        return True
    if may(actor, "case.view", Scope(unit_id=case.starter_unit_id)):
        return True
    held = standings.principals if case.state == "running" else {}
    principals = {who for who in held if acts_in(held, who, case.process.key)}
    return _took_part(tasks, principals) or store.has_copy(case.pk, {actor.staff_id, *principals})


def _took_part(tasks: list[CaseTask], people: set[int]) -> bool:
    """Whether one of them has or had a task whose turn had come, or decided one."""
    return any(
        task.state != "waiting" and (task.assignee_id in people or task.decided_by_id in people)
        for task in tasks
    )


@dataclass(frozen=True)
class Sight:
    """A case that somebody may see, with what it takes to show it to them."""

    case: Case
    tasks: list[CaseTask]
    standings: Standings

    @property
    def mine(self) -> list[tuple[CaseTask, str]]:
        return tasks_for(self.case, self.tasks, self.standings)


def look_at(actor: Actor, case_id: UUID) -> Sight:
    """Raises NotFoundError also when it is not the actor's to see."""
    case = store.find_case(case_id)
    if case is None:
        raise NotFoundError
    sight = Sight(case, store.tasks_of(case.pk), Standings(actor))
    if not may_see(case, sight.tasks, sight.standings):
        raise NotFoundError
    return sight


def access(actor: Actor, case_id: UUID) -> Case:
    """Raises NotFoundError also when it is not the actor's to see."""
    return look_at(actor, case_id).case


def tasks_for(case: Case, tasks: list[CaseTask], standings: Standings) -> list[tuple[CaseTask, str]]:
    """The open tasks that this person may do, and in whose place."""
    if case.state != "running":
        return []
    return [
        (task, standing.for_name)
        for task in tasks
        if task.state in {"open", "opened"} and (standing := standings.of(task, case)).may
    ]


def check_open(*, actor: Actor, case_id: UUID) -> None:
    """打开: from now on the one before cannot withdraw, and must-read is met. Opening again changes nothing."""
    with transaction.atomic():
        case = store.lock_case(case_id)
        if case is None:
            raise NotFoundError
        tasks, standings, now = store.tasks_of(case.pk), Standings(actor), clock.now()
        if not may_see(case, tasks, standings):
            raise NotFoundError
        for task, _name in tasks_for(case, tasks, standings):
            if task.opened_at is None:
                task.state, task.opened_at = "opened", now
                task.save(update_fields=["state", "opened_at"])
        store.mark_copy_read(case.pk, actor.staff_id)
