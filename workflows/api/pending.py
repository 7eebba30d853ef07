from django.http import HttpRequest
from ninja import Router

from workflows.api.requests import actor_of
from workflows.pending import (
    PendingCounts,
    PendingOut,
    PendingPage,
    count_pending,
    list_pending,
    page_pending,
)

router = Router()


@router.get("/pending", response=PendingOut)
def pending(request: HttpRequest) -> PendingOut:
    """Counts and the first fifty of each source by itself."""
    return list_pending(actor_of(request))


@router.get("/pending/counts", response=PendingCounts)
def counts(request: HttpRequest, q: str = "") -> PendingCounts:
    return count_pending(actor_of(request), words=q)


@router.get("/pending/entries", response=PendingPage)
def entries(
    request: HttpRequest, cursor: str | None = None, limit: int = 50, source: str = "", q: str = ""
) -> PendingPage:
    """All sources in one order, due first. `source`: names with commas between; `q`: words that it holds."""
    return page_pending(actor_of(request), cursor=cursor, limit=limit, source=source, words=q)
