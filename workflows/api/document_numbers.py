from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from common import clock
from common.cursors import key_of
from workflows.api.requests import Body, Key, Page, ReasonIn, actor_of
from workflows.services import document_numbers as services
from workflows.services.document_numbers import DocumentNumberOut, DocumentNumbersOut, OrganCodeOut

router = Router()


class OrganCodeIn(Body):
    code: str
    title: str
    unit_id: UUID | None = None


@router.get("/organ-codes", response=Page[OrganCodeOut])
def list_codes(request: HttpRequest) -> Page[OrganCodeOut]:
    """Code words of documents (机关代字), the own unit's first."""
    return Page(items=services.list_codes(actor_of(request)))


@router.post("/organ-codes", response={201: OrganCodeOut})
def add_code(request: HttpRequest, body: OrganCodeIn, key: Key = None) -> Status[OrganCodeOut]:
    return Status(201, services.check_add_code(actor=actor_of(request), key=key, **body.model_dump()))


@router.get("/document-numbers", response=DocumentNumbersOut)
def list_numbers(
    request: HttpRequest,
    organ_code: str,
    year: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> DocumentNumbersOut:
    """The register of a series, newest first, void numbers with their reason."""
    return services.list_numbers(
        actor_of(request),
        organ_code=organ_code,
        year=year or clock.today().year,
        before=key_of(cursor),
        limit=limit,
    )


@router.post("/document-numbers/{uuid:number_id}/void", response=DocumentNumberOut)
def void(request: HttpRequest, number_id: UUID, body: ReasonIn, key: Key = None) -> DocumentNumberOut:
    return services.check_void(actor=actor_of(request), number_id=number_id, reason=body.reason, key=key)
