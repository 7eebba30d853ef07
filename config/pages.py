"""The web client's one page; WhiteNoise serves its assets."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

NOT_BUILT = "网页客户端尚未构建，请在项目目录执行 make web。 The web client is not built: run `make web`."


@require_safe
@never_cache
@ensure_csrf_cookie
def client(_request: HttpRequest) -> HttpResponse:
    """index.html for every address of the client; its router does the rest."""
    page = Path(settings.WEB_DIST) / "index.html"
    if not page.is_file():
        return HttpResponse(NOT_BUILT, status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(_read(page, page.stat().st_mtime_ns), content_type="text/html; charset=utf-8")


@cache
def _read(page: Path, _modified: int) -> str:
    return page.read_text(encoding="utf-8")
