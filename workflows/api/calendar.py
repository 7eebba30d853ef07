"""REST: the work calendar, what a limit or a phrase means, and the administrator's edits."""

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Router, Status
from ninja.files import UploadedFile

from workflows.api.requests import Body, actor_of
from workflows.services import calendar_days as days
from workflows.services import calendar_effects as effects
from workflows.services import calendar_hours as hours
from workflows.services import calendar_phrases as phrases
from workflows.services.calendar_days import CalendarChangeOut, CalendarGridOut, CalendarYearOut
from workflows.services.calendar_hours import HoursFields, HoursListOut, HoursOut
from workflows.services.calendar_phrases import DueOut

router = Router()


class PhraseIn(Body):
    phrase: str
    region: str = ""


class CalendarDayIn(Body):
    """`kind`: off or worked."""

    kind: str
    name: str
    source: str


class CalendarMoveIn(Body):
    to: date


class HoursIn(Body, HoursFields):
    pass


class CalendarYearsOut(Body):
    items: list[CalendarYearOut]


class RecomputedOut(Body):
    items: int
    colours: int


@router.post("/calendar/understand", response=DueOut, summary="What a due phrase means")
def understand(request: HttpRequest, body: PhraseIn) -> DueOut:
    """本周五下班前, 3个工作日内, 每月25日前. Nothing understood is no error: `due` is null, `hint` helps."""
    return phrases.understand_phrase(actor_of(request), body.phrase, body.region)


@router.get("/calendar/explain", response=DueOut, summary="When a limit ends, and why")
def explain(
    request: HttpRequest, amount: int, unit: str, received_at: datetime | None = None, region: str = ""
) -> DueOut:
    return phrases.explain(
        actor_of(request), amount=amount, unit=unit, received_at=received_at, region=region
    )


@router.get("/calendar/years", response=CalendarYearsOut)
def list_years(request: HttpRequest) -> CalendarYearsOut:
    return CalendarYearsOut(items=days.list_years(actor_of(request)))


@router.get("/calendar/years/{int:year}", response=CalendarGridOut)
def describe_year(request: HttpRequest, year: int) -> CalendarGridOut:
    return days.describe_year(actor_of(request), year)


@router.put("/calendar/days/{day}", response=CalendarChangeOut)
def put_day(request: HttpRequest, day: date, body: CalendarDayIn, dry_run: bool = False) -> CalendarChangeOut:
    return days.check_put_day(
        actor=actor_of(request), day=day, kind=body.kind, name=body.name, source=body.source, dry_run=dry_run
    )


@router.delete("/calendar/days/{day}", response=CalendarChangeOut)
def remove_day(request: HttpRequest, day: date, dry_run: bool = False) -> CalendarChangeOut:
    return days.check_remove_day(actor=actor_of(request), day=day, dry_run=dry_run)


@router.post("/calendar/days/{day}/move", response=CalendarChangeOut)
def move_day(
    request: HttpRequest, day: date, body: CalendarMoveIn, dry_run: bool = False
) -> CalendarChangeOut:
    return days.check_move_day(actor=actor_of(request), day=day, to=body.to, dry_run=dry_run)


@router.post(
    "/calendar/import", response=CalendarChangeOut, summary="Take a CSV file as the table of its years"
)
def import_table(request: HttpRequest, file: File[UploadedFile], dry_run: bool = True) -> CalendarChangeOut:
    data = file.read(days.MOST_BYTES + 1)
    return days.check_import(actor=actor_of(request), data=data, dry_run=dry_run)


@router.post("/calendar/recompute", response=RecomputedOut, summary="Reminders and colours by today's table")
def recompute(request: HttpRequest) -> RecomputedOut:
    return RecomputedOut(**effects.check_recompute(actor=actor_of(request)))


@router.get("/calendar/hours", response=HoursListOut)
def list_hours(request: HttpRequest) -> HoursListOut:
    return hours.list_hours(actor_of(request))


@router.post("/calendar/hours", response={201: HoursOut})
def add_hours(request: HttpRequest, body: HoursIn) -> Status[HoursOut]:
    return Status(201, hours.check_put_hours(actor=actor_of(request), fields=_fields(body)))


@router.put("/calendar/hours/{uuid:hours_id}", response=HoursOut)
def put_hours(request: HttpRequest, hours_id: UUID, body: HoursIn) -> HoursOut:
    return hours.check_put_hours(actor=actor_of(request), fields=_fields(body), key=hours_id)


@router.delete("/calendar/hours/{uuid:hours_id}", response={204: None})
def remove_hours(request: HttpRequest, hours_id: UUID) -> Status[None]:
    hours.check_remove_hours(actor=actor_of(request), key=hours_id)
    return Status(204, None)


def _fields(body: HoursIn) -> HoursFields:
    return HoursFields.model_validate(body.model_dump())
