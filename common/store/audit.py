"""Queries on the audit trail."""

from collections.abc import Callable, Iterator

from django.db import connection, transaction

from common.store.models import AuditEntry

SEALER_LOCK = 0x745A_0001


def add(entry: AuditEntry) -> None:
    entry.save(force_insert=True)


def seal(limit: int, digest: Callable[[AuditEntry, int, bytes], bytes]) -> int:
    """Number and chain visible unsealed rows. The lock is taken before the read: its snapshot sees all sealed rows."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER_LOCK])
            if not cursor.fetchone()[0]:
                return 0
        last = AuditEntry.objects.filter(seal_no__isnull=False).order_by("-seal_no").first()
        number = last.seal_no or 0 if last else 0
        previous = bytes(last.hash or b"") if last else b""
        entries = list(AuditEntry.objects.filter(seal_no__isnull=True).order_by("pk")[:limit])
        for entry in entries:
            number += 1
            entry.seal_no, entry.previous_hash = number, previous
            entry.hash = previous = digest(entry, number, previous)
        AuditEntry.objects.bulk_update(entries, ["seal_no", "previous_hash", "hash"])
    return len(entries)


def sealed() -> Iterator[AuditEntry]:
    return AuditEntry.objects.filter(seal_no__isnull=False).order_by("seal_no").iterator(chunk_size=2000)
