"""The modeller: drafts of processes, checked, tried, put to review and published by somebody else."""

import json
from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from common import audit, clock
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from common.ids import new_uuid
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from directory.store.models import PostRole
from workflows.approvals import linting, route
from workflows.approvals.cases import KEY, stopped
from workflows.approvals.definitions import Definition, build
from workflows.approvals.specs import EngineError
from workflows.approvals.trials import TrialOut, try_all
from workflows.approvals.views import CaseStepOut
from workflows.errors import NotAllowedNowError
from workflows.rules import bpmn, bpmn_import, bpmn_import_forms
from workflows.rules.bpmn import BpmnUnreadable, Finding
from workflows.rules.process_parts import wrong_shape
from workflows.rules.texts import unkeepable
from workflows.services.stamps import stamp
from workflows.store import approvals as store
from workflows.store.models import Process, ProcessVersion

DRAW, PUBLISH = "process.draw", "process.publish"
PARTS = ("bpmn", "form", "clocks", "card", "meta", "decisions", "fixture")
MAX_BYTES = 2_000_000
MAX_NAME, MAX_NOTE = 80, 500


class DrawingFindingOut(BaseModel):
    element: str
    line: int
    name: str
    message: str
    severity: str


class ProcessDraftEntryOut(BaseModel):
    id: UUID
    key: str
    name: str
    category: str
    number: int
    state: str
    author: str
    at: datetime
    note: str
    reviewer: str
    review_note: str
    edit: int
    abilities: list[str]


class ProcessDraftOut(ProcessDraftEntryOut):
    description: str
    bpmn: str
    form: dict[str, Any]
    clocks: dict[str, Any]
    card: dict[str, Any]
    meta: dict[str, Any]
    decisions: dict[str, Any]
    fixture: dict[str, Any]
    tests: dict[str, Any]
    findings: list[DrawingFindingOut]


class ImportedOut(BaseModel):
    """`draft`: None when the file could not be read at all."""

    draft: ProcessDraftOut | None
    findings: list[DrawingFindingOut]


def scope_of(version: ProcessVersion) -> Scope:
    return Scope(unit_id=version.process.owner_unit_id or store.author_unit(version))


def _abilities(actor: Actor, version: ProcessVersion) -> list[str]:
    mine = version.by_id == actor.staff_id
    found = []
    if version.state == "draft" and may(actor, DRAW, scope_of(version)):
        found += ["edit", "submit"]
    if version.state == "in_review" and not mine and may(actor, PUBLISH, scope_of(version)):
        found += ["publish", "send_back"]
    if version.state == "in_review" and mine:
        found.append("take_back")
    return found


def _entry(actor: Actor, version: ProcessVersion) -> dict[str, Any]:
    plain = "number state at note review_note edit"
    return {
        "id": version.pk, "key": version.process.key, "name": version.process.name,
        "category": version.process.category, "author": version.by_name, "reviewer": version.reviewer_name,
        **{name: getattr(version, name) for name in plain.split()}, "abilities": _abilities(actor, version),
    }  # fmt: skip


def out(actor: Actor, version: ProcessVersion) -> ProcessDraftOut:
    return ProcessDraftOut(
        **_entry(actor, version),
        description=version.process.description,
        **{name: getattr(version, name) for name in PARTS},
        tests=version.tests,
        findings=[DrawingFindingOut(**vars(one)) for one in findings_of(version)],
    )


def findings_of(version: ProcessVersion) -> list[Finding]:
    try:
        return linting.problems_of(build(version))
    except BpmnUnreadable as error:
        return [Finding("definitions", error.line, "", error.message)]


def list_drafts(actor: Actor) -> list[ProcessDraftEntryOut]:
    """Drafts and what is in review, of the units for which the actor draws or reviews. Raises ForbiddenError."""
    if not (may(actor, DRAW) or may(actor, PUBLISH)):
        require(actor, DRAW)
    rows = [
        row
        for row in store.unpublished()
        if may(actor, DRAW, scope_of(row)) or may(actor, PUBLISH, scope_of(row))
    ]
    return [ProcessDraftEntryOut(**_entry(actor, row)) for row in rows]


def access(actor: Actor, version_id: UUID) -> ProcessVersion:
    """Raises NotFoundError also when it is not the actor's to see."""
    version = store.find_version(version_id)
    if version is None or not (may(actor, DRAW, scope_of(version)) or may(actor, PUBLISH, scope_of(version))):
        raise NotFoundError
    return version


def find_draft(actor: Actor, version_id: UUID) -> ProcessDraftOut:
    return out(actor, access(actor, version_id))


def _named(actor: Actor, key: str, name: str, category: str, description: str) -> Process:
    """The process of this key, made where it is new. Raises BadInputError, SecrecyRefusedError."""
    name = " ".join(name.split())
    if not KEY.match(key):
        raise BadInputError(field="key", message=_("编号须为1至40个小写字母、数字、横线或下划线，如 leave。"))
    if not 1 <= len(name) <= MAX_NAME:
        raise BadInputError(field="name", message=_("请填写流程名称，不超过80个字。"))
    _keepable({}, name, category, description)
    admission.check(f"{name}\n{category}\n{description}", actor=actor, where="title")
    known = store.find_process(key)
    if known is not None:
        if not may(actor, DRAW, Scope(unit_id=known.owner_unit_id or actor.unit_id)):
            raise ForbiddenError(message=_("该流程由其他单位维护，请换一个编号。"), verb=DRAW, reason="post")
        return known
    return Process.objects.create(
        key=key, name=name, category=category[:40], description=description[:500], owner_unit_id=actor.unit_id
    )


def check_new_draft(
    *, actor: Actor, key: str, name: str, category: str = "", description: str = "", copy: bool = True
) -> ProcessDraftOut:
    """A draft, as a copy of what is published where there is something. Raises ForbiddenError, BadInputError."""
    require(actor, DRAW, Scope(unit_id=actor.unit_id))
    with transaction.atomic():
        process = _named(actor, key, name, category, description)
        known = store.published(key) if copy else None
        content = (
            {part: getattr(known, part) for part in PARTS} if known else {"bpmn": empty_drawing(key, name)}
        )
        version = ProcessVersion(id=new_uuid(), process=process, **content, **stamp(actor, clock.now()))
        version.save(force_insert=True)
        audit.record(
            actor=actor,
            verb="process.draft",
            subject="process",
            subject_id=process.pk,
            new={"version": str(version.pk)},
        )
    return out(actor, version)


def empty_drawing(key: str, name: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        'xmlns:tz="http://tongzhou.org/schema/bpmn/1.0" targetNamespace="http://tongzhou.org/processes">\n'
        f'  <bpmn:process id="{key}" name="{escape(name)}" isExecutable="true">\n'
        '    <bpmn:startEvent id="begin" name="开始"/>\n  </bpmn:process>\n'
        f'  <bpmndi:BPMNDiagram id="diagram">\n    <bpmndi:BPMNPlane id="plane" bpmnElement="{key}">\n'
        '      <bpmndi:BPMNShape id="begin_di" bpmnElement="begin"><dc:Bounds x="160" y="100" width="36" height="36"/>'
        "</bpmndi:BPMNShape>\n    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n</bpmn:definitions>\n"
    )


def check_save_draft(
    *,
    actor: Actor,
    version_id: UUID,
    edit: int,
    parts: Mapping[str, Any],
    name: str = "",
    description: str = "",
) -> ProcessDraftOut:
    """Keep what is drawn, right or wrong: what is wrong comes back as findings.

    Raises: NotFoundError, ForbiddenError; ConflictError: somebody saved since `edit`; NotAllowedNowError: not a draft;
    BadInputError: too large, or of the wrong shape. SecrecyRefusedError.
    """
    access(actor, version_id)
    _keepable(parts, name, description)
    if len(json.dumps(dict(parts), ensure_ascii=False).encode()) > MAX_BYTES:
        raise BadInputError(field="bpmn", message=_("流程定义过大，请精简。"))
    admission.check(json.dumps(dict(parts), ensure_ascii=False), actor=actor, where="approval")
    admission.check(f"{name}\n{description}", actor=actor, where="title")
    with transaction.atomic():
        version = store.lock_version(version_id)
        require(actor, DRAW, scope_of(version))
        in_state(version, "draft")
        if version.edit != edit:
            raise ConflictError(message=_("草稿已被他人修改，请刷新后再保存；您的内容仍在页面上。"))
        for part in PARTS:
            if part in parts:
                setattr(version, part, parts[part])
        version.edit, version.tests = version.edit + 1, {}
        version.save()
        if name.strip() or description.strip():
            version.process.name = " ".join(name.split())[:MAX_NAME] or version.process.name
            version.process.description = description.strip()[:500] or version.process.description
            version.process.save(update_fields=["name", "description"])
    return out(actor, version)


def _keepable(parts: Mapping[str, Any], *texts: str) -> None:
    """Raises BadInputError: a part is of another shape, or has signs that cannot be kept."""
    if any(unkeepable([dict(parts), *texts])):
        raise BadInputError(field="bpmn", message=_("内容含有无法保存的字符，请删除后重试。"))
    for part, value in parts.items():
        if where := wrong_shape(part, value):
            words = _("“{where}”的格式不对，请按说明填写。")
            raise BadInputError(field=part, message=words.format(where=where), where=where)


def in_state(version: ProcessVersion, state: str) -> None:
    if version.state != state:
        words = {
            "draft": _("草稿"),
            "in_review": _("待审核"),
            "published": _("已发布"),
            "retired": _("已停用"),
        }
        raise NotAllowedNowError(
            message=_("该流程{words}，现在不能这样操作。").format(words=words[version.state])
        )


def lint(actor: Actor, version_id: UUID) -> list[DrawingFindingOut]:
    return [DrawingFindingOut(**vars(one)) for one in findings_of(access(actor, version_id))]


def definition_or_refused(version: ProcessVersion) -> Definition:
    """Raises BadInputError: the drawing cannot be read; element and line are named."""
    try:
        return build(version)
    except BpmnUnreadable as error:
        raise BadInputError(field="bpmn", message=error.message + "。", line=error.line) from error


def simulate(actor: Actor, version_id: UUID, data: dict[str, Any]) -> list[CaseStepOut]:
    """The route of a draft, as if the actor sent it. Raises NotFoundError, BadInputError, NotAllowedNowError."""
    version = access(actor, version_id)
    refuse_errors(version)
    try:
        return route.before_sending(actor, definition_or_refused(version), data, version.process)
    except EngineError as error:
        raise stopped(error) from error


def refuse_errors(version: ProcessVersion) -> None:
    """Raises BadInputError: the first error, with all of them in `findings`."""
    errors = [one for one in findings_of(version) if one.severity == "error"]
    if errors:
        first = errors[0]
        words = _("流程有{count}处错误，先改正再继续。“{name}”（第{line}行）：{message}")
        raise BadInputError(
            field="bpmn",
            message=words.format(
                count=len(errors), name=first.name or first.element, line=first.line, message=first.message
            ),
            findings=[vars(one) for one in errors[:50]],
        )


def check_try(*, actor: Actor, version_id: UUID) -> TrialOut:
    """Run the tests that lie beside the draft; the result is kept with it. Raises NotFoundError, BadInputError."""
    version = access(actor, version_id)
    refuse_errors(version)
    told = try_all(version)
    ProcessVersion.objects.filter(pk=version.pk).update(tests=told.model_dump(mode="json"))
    return told


def check_import(*, actor: Actor, xml: str, key: str, name: str, category: str = "") -> ImportedOut:
    """A drawing of another modeller as a draft, with what is to be put right. Raises ForbiddenError, BadInputError."""
    require(actor, DRAW, Scope(unit_id=actor.unit_id))
    _keepable({}, xml)
    admission.check(xml, actor=actor, where="import")
    try:
        ours, changed = bpmn_import.convert(xml, set(PostRole.values))
        form = bpmn_import_forms.form_of(xml, bpmn.read(ours))
    except BpmnUnreadable as error:
        wrong = Finding("definitions", error.line, "", error.message)
        return ImportedOut(draft=None, findings=[DrawingFindingOut(**vars(wrong))])
    made = check_new_draft(actor=actor, key=key, name=name, category=category, copy=False)
    draft = check_save_draft(
        actor=actor, version_id=made.id, edit=made.edit, parts={"bpmn": ours, "form": form}
    )
    return ImportedOut(
        draft=draft, findings=[*draft.findings, *(DrawingFindingOut(**vars(one)) for one in changed)]
    )


def versions_of(actor: Actor, key: str) -> list[ProcessDraftEntryOut]:
    """Published and retired ones, newest first. Raises NotFoundError, ForbiddenError."""
    if not (may(actor, DRAW) or may(actor, PUBLISH)):
        require(actor, DRAW)
    rows = store.versions_of(key)
    if not rows:
        raise NotFoundError
    return [ProcessDraftEntryOut(**_entry(actor, row)) for row in rows]


def export(actor: Actor, key: str) -> str:
    """The published drawing as it was saved. Raises NotFoundError, ForbiddenError."""
    if not may(actor, PUBLISH):
        require(actor, DRAW)
    version = store.published(key)
    if version is None:
        raise NotFoundError
    return version.bpmn
