"""REST: 投诉建议, monthly counts, reports that are filled in already."""

from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from workflows.api.requests import Body, Key, Page, actor_of
from workflows.burden import counts, feedback, reports
from workflows.burden.counts import BurdenOut
from workflows.burden.feedback import FeedbackAnswer, FeedbackPageOut
from workflows.burden.reports import ReadingOut, ReportDraftOut
from workflows.services.shapes import ItemAnswer

router = Router()


class FeedbackIn(Body):
    """`kind`: complaint or suggestion. `page`: the path where it was said."""

    kind: str
    text: str
    page: str = ""


class FeedbackAnswerIn(Body):
    answer: str


class ReadingLinkIn(Body):
    metric_id: UUID
    linked: bool = True


@router.get("/feedback", response=FeedbackPageOut)
def list_feedback(request: HttpRequest, of: str = "answered", cursor: str | None = None) -> FeedbackPageOut:
    """`of`: answered (everybody sees them), mine, owned (what waits for the own unit)."""
    return feedback.list_feedback(actor_of(request), of=of, cursor=cursor)


@router.post("/feedback", response={201: FeedbackAnswer})
def say(request: HttpRequest, body: FeedbackIn, key: Key = None) -> Status[FeedbackAnswer]:
    return Status(
        201,
        feedback.check_say(actor=actor_of(request), kind=body.kind, text=body.text, page=body.page, key=key),
    )


@router.post("/feedback/{uuid:feedback_id}/answer", response=FeedbackAnswer)
def answer(
    request: HttpRequest, feedback_id: UUID, body: FeedbackAnswerIn, key: Key = None
) -> FeedbackAnswer:
    return feedback.check_answer(
        actor=actor_of(request), feedback_id=feedback_id, answer=body.answer, key=key
    )


@router.post("/feedback/{uuid:feedback_id}/withdraw", response=FeedbackAnswer)
def withdraw(request: HttpRequest, feedback_id: UUID) -> FeedbackAnswer:
    return feedback.check_withdraw(actor=actor_of(request), feedback_id=feedback_id)


@router.get("/burden", response=BurdenOut, summary="What the platform cost people in a month")
def describe_burden(request: HttpRequest, month: str = "") -> BurdenOut:
    return counts.describe(actor_of(request), month)


@router.get("/burden/export.csv", response={200: None})
def export_burden(request: HttpRequest, month: str = "") -> HttpResponse:
    name, text = counts.export(actor_of(request), month)
    found = HttpResponse(text, content_type="text/csv; charset=utf-8")
    found["Content-Disposition"] = f"attachment; filename=burden.csv; filename*=UTF-8''{quote(name)}.csv"
    found["Cache-Control"] = "no-store"
    return found


@router.get("/items/{uuid:item_id}/report-draft", response=ReportDraftOut)
def report_draft(request: HttpRequest, item_id: UUID) -> ReportDraftOut:
    return reports.draft(actor_of(request), item_id)


@router.post("/items/{uuid:item_id}/reports/same", response={201: ItemAnswer})
def report_same(request: HttpRequest, item_id: UUID, key: Key = None) -> Status[ItemAnswer]:
    return Status(201, reports.check_report_same(actor=actor_of(request), item_id=item_id, key=key))


@router.get("/items/{uuid:item_id}/readings/choices", response=Page[ReadingOut])
def reading_choices(request: HttpRequest, item_id: UUID, q: str = "") -> Page[ReadingOut]:
    """Figures of connectors that may be linked to the item."""
    return Page(items=reports.choices(actor_of(request), item_id, q))


@router.post("/items/{uuid:item_id}/readings", response=ReportDraftOut)
def link_reading(request: HttpRequest, item_id: UUID, body: ReadingLinkIn) -> ReportDraftOut:
    return reports.check_link_reading(
        actor=actor_of(request), item_id=item_id, metric_id=body.metric_id, linked=body.linked
    )
