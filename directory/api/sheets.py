"""REST: the directory as CSV files."""

from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from ninja import File, Router
from ninja.files import UploadedFile

from common import clock
from directory.api.schemas import ErrorOut, ImportOut
from directory.requests import ApiRequest
from directory.services.sheets import engine
from directory.services.sheets.reading import MOST_BYTES

router = Router(tags=["directory"])
REFUSALS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}


@router.post("/directory/import/{kind}", response={200: ImportOut, **REFUSALS}, summary="Import a CSV file")
def import_file(
    request: ApiRequest, kind: str, file: File[UploadedFile], dry_run: bool = True, digest: str = ""
) -> ImportOut:
    """Kinds in this order: regions, units, divisions, posts, people, appointments, relations.

    A dry run answers what would change and every problem by line and column. The real import applies the
    whole file
    or nothing: with problems it answers 400 `import_refused`, whose facts hold the same report.
    """
    report = engine.import_csv(
        actor=request.actor,
        kind=kind,
        data=file.read(MOST_BYTES + 1),
        dry_run=dry_run,
        digest=digest or None,
    )
    return ImportOut.model_validate(report.as_json())


@router.get("/directory/export/{kind}.csv", summary="Export as CSV", response={200: None, **REFUSALS})
def export_file(request: ApiRequest, kind: str) -> HttpResponse:
    """UTF-8 with a byte order mark. Importing it again changes nothing."""
    text = engine.export_csv(actor=request.actor, kind=kind)
    title = engine.kind_named(kind).title
    mark = "演示数据-" if settings.DEMO else ""
    name = f"{mark}{title}-{clock.today():%Y%m%d}.csv"
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f"attachment; filename={kind}.csv; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "no-store"
    return answer
