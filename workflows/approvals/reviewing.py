"""送审, 发布: a draft is published by somebody else than its author."""

import hashlib
import json
from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from common import audit, clock
from common.errors import BadInputError, ForbiddenError
from directory.actors import Actor
from directory.services.rights import require
from workflows.approvals.definitions import build
from workflows.approvals.modelling import (
    DRAW,
    MAX_NOTE,
    PARTS,
    PUBLISH,
    ProcessDraftOut,
    access,
    in_state,
    out,
    refuse_errors,
    scope_of,
)
from workflows.approvals.trials import try_all
from workflows.store import approvals as store
from workflows.store.models import Process, ProcessVersion


def check_submit(*, actor: Actor, version_id: UUID, note: str) -> ProcessDraftOut:
    """Put to review. Raises BadInputError: errors, or tests that fail. NotAllowedNowError, ForbiddenError."""
    refuse_errors(access(actor, version_id))
    admission.check(note, actor=actor, where="reason")

    def change(version: ProcessVersion) -> None:
        require(actor, DRAW, scope_of(version))
        in_state(version, "draft")
        told = try_all(version)
        if told.failed:
            raise BadInputError(
                field="tests", message=_("有{count}个测试未通过，请改正。").format(count=told.failed)
            )
        version.tests, version.state, version.note = (
            told.model_dump(mode="json"),
            "in_review",
            note.strip()[:MAX_NOTE],
        )
        version.submitted_at = clock.now()

    return _moved(actor, version_id, "process.submit", change)


def check_take_back(*, actor: Actor, version_id: UUID) -> ProcessDraftOut:
    """撤回送审 by its author. Raises NotAllowedNowError, ForbiddenError."""

    def change(version: ProcessVersion) -> None:
        in_state(version, "in_review")
        if version.by_id != actor.staff_id:
            raise ForbiddenError(message=_("只有送审人可以撤回。"))
        version.state = "draft"

    return _moved(actor, version_id, "process.take_back", change)


def check_send_back(*, actor: Actor, version_id: UUID, note: str) -> ProcessDraftOut:
    """退回修改 with a reason. Raises BadInputError, NotAllowedNowError, ForbiddenError."""
    if not note.strip():
        raise BadInputError(field="note", message=_("退回须写明原因。"))
    admission.check(note, actor=actor, where="reason")

    def change(version: ProcessVersion) -> None:
        _reviewed(actor, version, note)
        version.state = "draft"

    return _moved(actor, version_id, "process.send_back", change)


def check_publish(*, actor: Actor, version_id: UUID, note: str = "") -> ProcessDraftOut:
    """发布 by somebody else than the author. New cases take it; running ones keep theirs.

    Raises: ForbiddenError: the author, or not entitled. NotAllowedNowError. BadInputError: errors.
    """
    refuse_errors(access(actor, version_id))
    admission.check(note, actor=actor, where="reason")

    def change(version: ProcessVersion) -> None:
        _reviewed(actor, version, note)
        Process.objects.select_for_update().get(pk=version.process_id)
        version.number = store.last_number(version.process_id) + 1
        ProcessVersion.objects.filter(process_id=version.process_id, state="published").update(
            state="retired"
        )
        version.meta = {**version.meta, "called": dict(build(version).called)}
        content = {part: getattr(version, part) for part in PARTS}
        version.digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        version.state = "published"

    return _moved(actor, version_id, PUBLISH, change)


def _reviewed(actor: Actor, version: ProcessVersion, note: str) -> None:
    in_state(version, "in_review")
    if version.by_id == actor.staff_id:
        raise ForbiddenError(message=_("流程须由设计人以外的人审核发布。"))
    require(actor, PUBLISH, scope_of(version))
    version.reviewed_at, version.reviewer_id, version.reviewer_name = clock.now(), actor.staff_id, actor.name
    version.review_note = note.strip()[:MAX_NOTE]


def _moved(
    actor: Actor, version_id: UUID, verb: str, change: Callable[[ProcessVersion], None]
) -> ProcessDraftOut:
    access(actor, version_id)
    with transaction.atomic():
        version = store.lock_version(version_id)
        change(version)
        version.save()
        audit.record(
            actor=actor, verb=verb, subject="process", subject_id=version.process_id,
            new={"version": str(version.pk), "number": version.number, "state": version.state},
        )  # fmt: skip
    return out(actor, version)
