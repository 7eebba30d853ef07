from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from workflows.api.case_bodies import (
    ImportDrawingIn,
    ProcessDraftIn,
    ProcessPartsIn,
    ReviewNoteIn,
    RouteIn,
)
from workflows.api.requests import actor_of
from workflows.approvals import modelling, reviewing
from workflows.approvals.modelling import (
    DrawingFindingOut,
    ImportedOut,
    ProcessDraftEntryOut,
    ProcessDraftOut,
)
from workflows.approvals.trials import TrialOut
from workflows.approvals.views import CaseStepOut

router = Router()


@router.get("/process-drafts", response=list[ProcessDraftEntryOut])
def list_process_drafts(request: HttpRequest) -> list[ProcessDraftEntryOut]:
    """Drafts and what is in review."""
    return modelling.list_drafts(actor_of(request))


@router.post("/process-drafts", response={201: ProcessDraftOut})
def new_process_draft(request: HttpRequest, body: ProcessDraftIn) -> Status[ProcessDraftOut]:
    made = modelling.check_new_draft(
        actor=actor_of(request),
        key=body.key,
        name=body.name,
        category=body.category,
        description=body.description,
        copy=body.copy_published,
    )
    return Status(201, made)


@router.post("/process-drafts/import", response={201: ImportedOut})
def import_drawing(request: HttpRequest, body: ImportDrawingIn) -> Status[ImportedOut]:
    """BPMN of Camunda 7, Flowable or Activiti; what cannot be taken over is named by element and line."""
    told = modelling.check_import(
        actor=actor_of(request), xml=body.xml, key=body.key, name=body.name, category=body.category
    )
    return Status(201, told)


@router.get("/process-drafts/{uuid:draft_id}", response=ProcessDraftOut)
def describe_process_draft(request: HttpRequest, draft_id: UUID) -> ProcessDraftOut:
    return modelling.find_draft(actor_of(request), draft_id)


@router.put("/process-drafts/{uuid:draft_id}", response=ProcessDraftOut)
def save_process_draft(request: HttpRequest, draft_id: UUID, body: ProcessPartsIn) -> ProcessDraftOut:
    """Right or wrong, it is kept; what is wrong is in `findings`."""
    parts = body.model_dump(exclude_none=True, exclude={"edit", "name", "description"})
    return modelling.check_save_draft(
        actor=actor_of(request),
        version_id=draft_id,
        edit=body.edit,
        parts=parts,
        name=body.name,
        description=body.description,
    )


@router.post("/process-drafts/{uuid:draft_id}/lint", response=list[DrawingFindingOut])
def lint_process_draft(request: HttpRequest, draft_id: UUID) -> list[DrawingFindingOut]:
    return modelling.lint(actor_of(request), draft_id)


@router.post("/process-drafts/{uuid:draft_id}/route", response=list[CaseStepOut])
def route_of_process_draft(request: HttpRequest, draft_id: UUID, body: RouteIn) -> list[CaseStepOut]:
    return modelling.simulate(actor_of(request), draft_id, body.data)


@router.post("/process-drafts/{uuid:draft_id}/test", response=TrialOut)
def try_process_draft(request: HttpRequest, draft_id: UUID) -> TrialOut:
    """The rows of its decision tables and its fixture, run and undone."""
    return modelling.check_try(actor=actor_of(request), version_id=draft_id)


@router.post("/process-drafts/{uuid:draft_id}/submit", response=ProcessDraftOut)
def submit_process_draft(request: HttpRequest, draft_id: UUID, body: ReviewNoteIn) -> ProcessDraftOut:
    return reviewing.check_submit(actor=actor_of(request), version_id=draft_id, note=body.note)


@router.post("/process-drafts/{uuid:draft_id}/take_back", response=ProcessDraftOut)
def take_back_process_draft(request: HttpRequest, draft_id: UUID) -> ProcessDraftOut:
    return reviewing.check_take_back(actor=actor_of(request), version_id=draft_id)


@router.post("/process-drafts/{uuid:draft_id}/send_back", response=ProcessDraftOut)
def send_back_process_draft(request: HttpRequest, draft_id: UUID, body: ReviewNoteIn) -> ProcessDraftOut:
    return reviewing.check_send_back(actor=actor_of(request), version_id=draft_id, note=body.note)


@router.post("/process-drafts/{uuid:draft_id}/publish", response=ProcessDraftOut)
def publish_process_draft(request: HttpRequest, draft_id: UUID, body: ReviewNoteIn) -> ProcessDraftOut:
    """By somebody else than its author."""
    return reviewing.check_publish(actor=actor_of(request), version_id=draft_id, note=body.note)


@router.get("/processes/{key}/versions", response=list[ProcessDraftEntryOut])
def versions_of_process(request: HttpRequest, key: str) -> list[ProcessDraftEntryOut]:
    return modelling.versions_of(actor_of(request), key)


@router.get("/processes/{key}/bpmn")
def export_process(request: HttpRequest, key: str) -> HttpResponse:
    """The published drawing, byte for byte as it was saved."""
    return HttpResponse(
        modelling.export(actor_of(request), key).encode(),
        content_type="application/xml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{key}.bpmn"'},
    )
