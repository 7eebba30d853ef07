"""Refusals for the security officer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from chatops.store.models import Decision, SecrecyRefusal
from common import clock
from common.audit import ActorLike
from directory.store.models import Appointment, PostRole

# A refusal rolls the deed's transaction back, so the record needs a connection of its own: one thread, rare use.
_writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="refusals")
# The same text again by the same person within this time is the same refusal: retries flood nobody's list.
SAME_WITHIN = timedelta(days=1)


def is_granted(digest: str) -> bool:
    return SecrecyRefusal.objects.filter(digest=digest, decision=Decision.GRANTED).exists()


def record_refusal(
    *, actor: ActorLike, where: str, mark: str, digest: str, then: Callable[[SecrecyRefusal], None]
) -> UUID:
    """Keep a refusal whatever becomes of the caller's transaction; `then` runs with a new one, in its transaction."""
    known = _known(actor.staff_number, digest)
    if known is not None:
        return known
    row = SecrecyRefusal(
        at=clock.now(),
        staff_number=actor.staff_number,
        name=actor.name,
        unit_name=actor.unit_name,
        door=actor.door,
        where=where,
        mark=mark,
        digest=digest,
    )
    if connection.in_atomic_block:
        _writer.submit(_save_apart, row, then).result(timeout=5)
    else:
        _save(row, then)
    return row.pk


def _known(staff_number: str, digest: str) -> UUID | None:
    mine = SecrecyRefusal.objects.filter(
        staff_number=staff_number, digest=digest, at__gt=clock.now() - SAME_WITHIN
    ).exclude(decision=Decision.GRANTED)
    return mine.order_by("-at").values_list("pk", flat=True).first()


def _save(row: SecrecyRefusal, then: Callable[[SecrecyRefusal], None]) -> None:
    row.save(force_insert=True)
    then(row)


def _save_apart(row: SecrecyRefusal, then: Callable[[SecrecyRefusal], None]) -> None:
    try:
        _save(row, then)
    finally:
        connection.close()


def officers() -> list[int]:
    """Who holds a security administrator's post today."""
    today = clock.today()
    held = Appointment.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=today), post__role=PostRole.SECURITY_ADMIN, valid_from__lte=today
    )
    return list(held.values_list("staff_id", flat=True).distinct())


def lock(pk: UUID) -> SecrecyRefusal | None:
    return SecrecyRefusal.objects.select_for_update(no_key=True).filter(pk=pk).first()


def newest(state: str, before: tuple[datetime, UUID] | None, limit: int) -> list[SecrecyRefusal]:
    """state: all, open (neither appealed nor decided), appealed (waiting for a decision), granted, upheld."""
    rows: QuerySet[SecrecyRefusal] = SecrecyRefusal.objects.order_by("-at", "-pk")
    match state:
        case "open":
            rows = rows.filter(decision="", appealed_at=None)
        case "appealed":
            rows = rows.filter(decision="").exclude(appealed_at=None)
        case "granted" | "upheld":
            rows = rows.filter(decision=state)
    if before is not None:
        at, pk = before
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    return list(rows[:limit])


def count_waiting() -> int:
    return SecrecyRefusal.objects.filter(decision="").exclude(appealed_at=None).count()
