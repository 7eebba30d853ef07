from datetime import date
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from workflows.api.requests import RowPatchIn, actor_of
from workflows.rules.importing import MAX_BYTES
from workflows.services import imports
from workflows.services.import_previews import ListImportOut

router = Router()


@router.post("/taskforces/{uuid:taskforce_id}/imports", response={201: ListImportOut})
def upload(
    request: HttpRequest,
    taskforce_id: UUID,
    file: Annotated[UploadedFile, File()],
    starts_on: Annotated[date | None, Form()] = None,
    due_on: Annotated[date | None, Form()] = None,
) -> Status[ListImportOut]:
    return Status(
        201,
        imports.check_upload(
            actor=actor_of(request),
            taskforce_id=taskforce_id,
            file_name=file.name or "",
            data=file.read(MAX_BYTES + 1),  # one more than may be: the service refuses the rest
            starts_on=starts_on,
            due_on=due_on,
        ),
    )


@router.post("/ledgers/{uuid:ledger_id}/imports", response={201: ListImportOut})
def upload_to_ledger(
    request: HttpRequest,
    ledger_id: UUID,
    file: Annotated[UploadedFile, File()],
    starts_on: Annotated[date | None, Form()] = None,
    due_on: Annotated[date | None, Form()] = None,
) -> Status[ListImportOut]:
    return Status(
        201,
        imports.check_upload(
            actor=actor_of(request),
            ledger_id=ledger_id,
            file_name=file.name or "",
            data=file.read(MAX_BYTES + 1),
            starts_on=starts_on,
            due_on=due_on,
        ),
    )


@router.get("/imports/{uuid:batch_id}", response=ListImportOut)
def describe(request: HttpRequest, batch_id: UUID) -> ListImportOut:
    return imports.describe_import(actor_of(request), batch_id)


@router.patch("/imports/{uuid:batch_id}/rows/{int:line}", response=ListImportOut)
def fix_row(request: HttpRequest, batch_id: UUID, line: int, body: RowPatchIn) -> ListImportOut:
    cells = body.model_dump(exclude={"lead_unit_id"}, exclude_none=True)
    return imports.check_fix_row(
        actor=actor_of(request), batch_id=batch_id, line=line, lead_unit_id=body.lead_unit_id, cells=cells
    )


@router.post("/imports/{uuid:batch_id}/apply", response=ListImportOut)
def apply(request: HttpRequest, batch_id: UUID) -> ListImportOut:
    return imports.check_apply(actor=actor_of(request), batch_id=batch_id)
