from typing import Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from chatops.api.media import file_response
from directory.actors import Actor
from workflows.api.case_bodies import BatchDecideIn, CaseBeginIn, CaseDeedIn, CaseDraftIn, RouteIn
from workflows.api.requests import Key, actor_of
from workflows.approvals import (
    batches,
    cases,
    deeds,
    moves,
    printing,
    processes,
    reading,
    returning,
    talk,
)
from workflows.approvals.answers import BegunOut, CaseDeedOut
from workflows.approvals.deeds import Said
from workflows.approvals.views import (
    BatchOut,
    CaseDiagramOut,
    CaseDraftOut,
    CaseListOut,
    CaseOut,
    CaseStepOut,
    ProcessEntryOut,
    ProcessOut,
)

router = Router()


class _Deed(Protocol):
    def __call__(self, *, actor: Actor, case_id: UUID, said: Said, key: str | None) -> CaseDeedOut: ...


def _do(deed: _Deed, request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: str | None) -> CaseDeedOut:
    said = Said(**body.model_dump(exclude={"to", "key"}), to=tuple(body.to))
    return deed(actor=actor_of(request), case_id=case_id, said=said, key=body.key or key)


@router.get("/processes", response=list[ProcessEntryOut])
def list_processes(request: HttpRequest) -> list[ProcessEntryOut]:
    """What the actor may start, in the order of the directory of processes."""
    return processes.list_startable(actor_of(request))


@router.get("/processes/{key}", response=ProcessOut)
def describe_process(request: HttpRequest, key: str) -> ProcessOut:
    return processes.describe(actor_of(request), key)


@router.post("/processes/{key}/route", response=list[CaseStepOut])
def route_of_process(request: HttpRequest, key: str, body: RouteIn) -> list[CaseStepOut]:
    """Who would decide this, were it sent now."""
    return processes.simulate(actor_of(request), key, body.data)


@router.get("/case-drafts", response=list[CaseDraftOut])
def list_case_drafts(request: HttpRequest) -> list[CaseDraftOut]:
    return processes.list_drafts(actor_of(request))


@router.get("/case-drafts/{uuid:draft_id}", response=CaseDraftOut)
def describe_case_draft(request: HttpRequest, draft_id: UUID) -> CaseDraftOut:
    return processes.find_draft(actor_of(request), draft_id)


@router.put("/case-drafts/{uuid:draft_id}", response=CaseDraftOut)
def keep_case_draft(request: HttpRequest, draft_id: UUID, body: CaseDraftIn) -> CaseDraftOut:
    """The client chooses the id: saving again is the same draft."""
    return processes.check_keep_draft(
        actor=actor_of(request), draft_id=draft_id, process=body.process, data=body.data, room=body.room
    )


@router.delete("/case-drafts/{uuid:draft_id}", response={204: None})
def drop_case_draft(request: HttpRequest, draft_id: UUID) -> Status[None]:
    processes.check_drop_draft(actor=actor_of(request), draft_id=draft_id)
    return Status(204, None)


@router.get("/cases", response=CaseListOut)
def list_cases(
    request: HttpRequest, box: str = "waiting", process: str = "", q: str = "", cursor: str | None = None
) -> CaseListOut:
    """`box`: waiting, mine, handled, cc or all."""
    return reading.list_cases(actor_of(request), box=box, process=process, query=q, cursor=cursor)


@router.post("/cases", response={201: BegunOut})
def begin_case(request: HttpRequest, body: CaseBeginIn, key: Key = None) -> Status[BegunOut]:
    begun = cases.begin(
        actor=actor_of(request),
        process=body.process,
        data=body.data,
        room_id=body.room,
        event_id=body.event,
        draft_id=body.draft,
        key=body.key or key,
    )
    return Status(201, begun)


@router.post("/cases/decide", response=BatchOut)
def decide_cases(request: HttpRequest, body: BatchDecideIn, key: Key = None) -> BatchOut:
    """Agree to several at once; what must be read first is refused by name."""
    return batches.check_agree_many(
        actor=actor_of(request), case_ids=body.ids, opinion=body.opinion, key=body.key or key
    )


@router.get("/cases/{uuid:case_id}", response=CaseOut)
def describe_case(request: HttpRequest, case_id: UUID) -> CaseOut:
    return reading.describe(actor_of(request), case_id)


@router.post("/cases/{uuid:case_id}/open", response=CaseOut)
def open_case(request: HttpRequest, case_id: UUID) -> CaseOut:
    """Opened to be read: from now on the one before cannot withdraw, and a must-read case may be decided."""
    actor = actor_of(request)
    cases.check_open(actor=actor, case_id=case_id)
    return reading.describe(actor, case_id)


@router.get("/cases/{uuid:case_id}/diagram", response=CaseDiagramOut)
def diagram_of_case(request: HttpRequest, case_id: UUID) -> CaseDiagramOut:
    return reading.diagram(actor_of(request), case_id)


@router.get("/cases/{uuid:case_id}/print")
def print_case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """A page for the printer: form, opinions, who printed it and when across it."""
    return HttpResponse(printing.page(actor_of(request), case_id), content_type="text/html; charset=utf-8")


@router.get("/cases/{uuid:case_id}/files/{media_id}", response=None)
def file_of_case(request: HttpRequest, case_id: UUID, media_id: str, download: bool = False) -> HttpResponse:
    found = reading.file_of(actor_of(request), case_id, media_id)
    return file_response(request, found, download=download)  # type: ignore[arg-type, return-value]


@router.post("/cases/{uuid:case_id}/deeds/agree", response=CaseDeedOut)
def agree_to_case(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    """同意, 已阅, 已提交 by the node; `mode=read_mark` is 圈阅."""
    return _do(deeds.check_agree, request, case_id, body, key)


@router.post("/cases/{uuid:case_id}/deeds/resubmit", response=CaseDeedOut)
def resubmit_case(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    """What was returned to the starter, put right."""
    return _do(deeds.check_agree, request, case_id, body, key)


@router.post("/cases/{uuid:case_id}/deeds/refuse", response=CaseDeedOut)
def refuse_case(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    return _do(deeds.check_refuse, request, case_id, body, key)


@router.post("/cases/{uuid:case_id}/deeds/return", response=CaseDeedOut)
def return_case(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    """`node`: where to, `start` for the starter; `mode`: redo or back."""
    return _do(returning.check_return, request, case_id, body, key)


@router.post("/cases/{uuid:case_id}/deeds/withdraw", response=CaseDeedOut)
def withdraw_case(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    return _do(moves.check_withdraw, request, case_id, body, key)


@router.post("/cases/{uuid:case_id}/deeds/transfer", response=CaseDeedOut)
def transfer_case(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    return _do(moves.check_transfer, request, case_id, body, key)


@router.post("/cases/{uuid:case_id}/deeds/add_sign", response=CaseDeedOut)
def add_sign_to_case(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    """`mode`: before, after or parallel."""
    return _do(moves.check_add_sign, request, case_id, body, key)


@router.post("/cases/{uuid:case_id}/deeds/comment", response=CaseDeedOut)
def comment_on_case(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    return _do(talk.check_comment, request, case_id, body, key)


@router.post("/cases/{uuid:case_id}/deeds/cc", response=CaseDeedOut)
def copy_case(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    return _do(talk.check_cc, request, case_id, body, key)


@router.post("/cases/{uuid:case_id}/deeds/urge", response=CaseDeedOut)
def urge_case(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    """催办; to a leader it reads 提请审阅 and the office is told too."""
    return _do(talk.check_urge, request, case_id, body, key)


@router.post("/cases/{uuid:case_id}/deeds/record_instruction", response=CaseDeedOut)
def record_instruction(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    """代录批示 with the scan in `file`; `mode`: agree or refuse."""
    return _do(talk.check_record, request, case_id, body, key)


@router.post("/cases/{uuid:case_id}/deeds/answer_dissent", response=CaseDeedOut)
def answer_dissent(request: HttpRequest, case_id: UUID, body: CaseDeedIn, key: Key = None) -> CaseDeedOut:
    return _do(talk.check_answer, request, case_id, body, key)
