"""What an app's calls came to: counted by minute, deed and refusal, so that a flood of them is one row a minute."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from common import clock
from common.cursors import offset_of
from common.errors import DomainError, NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, require
from workflows.store.models import AppCall, AppTally, AttachedApp

KEPT = timedelta(days=30)
MINUTE, DAY = timedelta(minutes=1), timedelta(hours=24)
PAGE = 50
MOST_DETAIL = 300


@dataclass(frozen=True)
class Use:
    """Calls of the last minute, against the app's own limit; of the last day, and how many of these were refused."""

    minute: int
    day: int
    refused: int


@contextmanager
def counted(app: AttachedApp, deed: str) -> Iterator[None]:
    """Around one call that was let in. Raises what it raises."""
    try:
        yield
    except DomainError as refusal:
        tally(app, deed, refusal)
        raise
    tally(app, deed)


def tally(app: AttachedApp, deed: str, refusal: DomainError | None = None) -> None:
    minute = clock.now().replace(second=0, microsecond=0)
    reason = refusal.code if refusal else ""
    row, is_new = AppTally.objects.get_or_create(app=app, minute=minute, deed=deed, reason=reason)
    detail = f"{refusal.field or ''} {refusal.user_message()}".strip()[:MOST_DETAIL] if refusal else ""
    AppTally.objects.filter(pk=row.pk).update(count=F("count") + 1, detail=detail)
    if is_new:
        AppTally.objects.filter(app=app, minute__lt=minute - KEPT).delete()


def uses_of(apps: Sequence[AttachedApp]) -> dict[UUID, Use]:
    """By the app's key; two queries for all of them."""
    now, keys = clock.now(), [app.pk for app in apps]
    recent = AppCall.objects.filter(app__in=keys, at__gt=now - MINUTE).values_list("app")
    minute = dict(recent.annotate(count=Count("pk")))
    rows = AppTally.objects.filter(app__in=keys, minute__gt=now - DAY).order_by().values_list("app")
    refused = Coalesce(Sum("count", filter=~Q(reason="")), 0)
    day = {app: (count, bad) for app, count, bad in rows.annotate(all=Sum("count"), bad=refused)}
    return {key: Use(minute.get(key, 0), *day.get(key, (0, 0))) for key in keys}


def list_calls(
    actor: Actor, app_id: UUID, *, only_refused: bool = False, cursor: str | None = None
) -> tuple[list[AppTally], str | None]:
    """By minute, newest first, of thirty days. Raises NotFoundError, ForbiddenError, BadInputError(cursor)."""
    app = AttachedApp.objects.filter(pk=app_id).first()
    if app is None:
        raise NotFoundError
    require(actor, "app.manage", Scope(unit_id=app.unit_id))
    rows, offset = AppTally.objects.filter(app=app), offset_of(cursor)
    if only_refused:
        rows = rows.exclude(reason="")
    found = list(rows[offset : offset + PAGE + 1])
    return found[:PAGE], str(offset + PAGE) if len(found) > PAGE else None
