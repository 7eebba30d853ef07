"""What may be started, and what it looks like."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from workflows.approvals import route
from workflows.approvals.cases import (
    check_place,
    check_texts,
    may_start,
    published_version,
    refused,
    require_start,
    stopped,
    unit_of,
)
from workflows.approvals.definitions import definition_of
from workflows.approvals.specs import EngineError
from workflows.approvals.views import CaseDraftOut, CaseStepOut, ProcessEntryOut, ProcessOut
from workflows.rules import forms
from workflows.rules.forms import START, FormRefused
from workflows.store import approvals as store
from workflows.store.models import CaseDraft, ProcessVersion

MOST_DRAFTS = 100


def _entry(version: ProcessVersion) -> dict[str, Any]:
    process, meta = version.process, version.meta
    return {
        "key": process.key, "name": process.name, "category": process.category, "description": process.description,
        "version": version.number, "must_read": bool(meta.get("must_read")), "starter": meta.get("starter") or {},
    }  # fmt: skip


def list_startable(actor: Actor) -> list[ProcessEntryOut]:
    unit = unit_of(actor)
    return [
        ProcessEntryOut(**_entry(version))
        for version in store.all_published()
        if may_start(actor, version.meta, unit)
    ]


def describe(actor: Actor, key: str) -> ProcessOut:
    """The form as at the start. Raises NotFoundError; ForbiddenError: not for this post or level."""
    version = published_version(key)
    require_start(actor, version)
    return ProcessOut(
        **_entry(version),
        form=version.form,
        card=version.card,
        rights=dict(forms.rights_of(version.form, START)),
    )


def simulate(actor: Actor, key: str, data: dict[str, Any]) -> list[CaseStepOut]:
    """Who would decide this. Raises NotFoundError, ForbiddenError, BadInputError, NotAllowedNowError."""
    version = published_version(key)
    require_start(actor, version)
    check_texts(actor, data)
    definition = definition_of(version.pk)
    try:
        known = forms.merged(definition.form, START, {}, data)
    except FormRefused as error:
        raise refused(error) from error
    try:
        return route.before_sending(actor, definition, known, version.process)
    except EngineError as error:
        raise stopped(error) from error


def _draft_out(row: CaseDraft) -> CaseDraftOut:
    return CaseDraftOut(
        id=row.pk, process=row.process.key, process_name=row.process.name, data=row.data, room=row.room_id,
        saved_at=row.saved_at,
    )  # fmt: skip


def list_drafts(actor: Actor) -> list[CaseDraftOut]:
    rows = CaseDraft.objects.filter(staff_id=actor.staff_id).select_related("process")
    return [_draft_out(row) for row in rows[:MOST_DRAFTS]]


def find_draft(actor: Actor, draft_id: UUID) -> CaseDraftOut:
    """Raises NotFoundError: not one's own."""
    row = CaseDraft.objects.select_related("process").filter(pk=draft_id, staff_id=actor.staff_id).first()
    if row is None:
        raise NotFoundError
    return _draft_out(row)


def check_keep_draft(
    *, actor: Actor, draft_id: UUID, process: str, data: dict[str, Any], room: str = ""
) -> CaseDraftOut:
    """Keep what is filled in, finished or not. The client chooses the id, so saving twice is one draft.

    Raises: NotFoundError; BadInputError: too large, too many drafts, the id is somebody else's. SecrecyRefusedError.
    """
    version = published_version(process)
    check_place(room=room)
    check_texts(actor, data)
    known = CaseDraft.objects.filter(pk=draft_id).first()
    if known is not None and known.staff_id != actor.staff_id:
        raise NotFoundError
    if len(str(data)) > forms.MAX_BYTES:
        raise BadInputError(field="data", message=_("表单内容过大，请精简或改用附件。"))
    if known is None and CaseDraft.objects.filter(staff_id=actor.staff_id).count() >= MOST_DRAFTS:
        raise BadInputError(
            field="data", message=_("草稿已有{most}份，请先提交或删除。").format(most=MOST_DRAFTS)
        )
    row, _made = CaseDraft.objects.update_or_create(
        pk=draft_id,
        defaults={
            "staff_id": actor.staff_id, "process": version.process, "data": data, "room_id": room,
            "saved_at": clock.now(),
        },
    )  # fmt: skip
    return _draft_out(row)


def check_drop_draft(*, actor: Actor, draft_id: UUID) -> None:
    CaseDraft.objects.filter(pk=draft_id, staff_id=actor.staff_id).delete()
