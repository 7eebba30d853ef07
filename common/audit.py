"""The audit trail: written in the deed's transaction, chained in commit order afterwards.

Sealing runs apart so that no lock is held on the way of a deed. Each hash covers the entry and the hash before it, so
a change, a gap or a swap is found by `manage.py verify_audit`.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Protocol

from common import clock, jobs
from common.store import audit as store
from common.store.models import AuditEntry

SEALED_FIELDS = (
    "staff_number",
    "name",
    "post_title",
    "unit_name",
    "door",
    "verb",
    "subject",
    "subject_id",
    "old",
    "new",
)


class ActorLike(Protocol):
    """What the trail keeps of a person: all as the names stood at that moment."""

    @property
    def staff_number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def post_title(self) -> str: ...
    @property
    def unit_name(self) -> str: ...
    @property
    def door(self) -> str: ...


def record(
    *,
    actor: ActorLike | None,
    verb: str,
    subject: str,
    subject_id: object,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> None:
    """Write one entry in the current transaction. `actor` None means the system itself (timers, migrations)."""
    who = {
        key: getattr(actor, key, "") for key in ("staff_number", "name", "post_title", "unit_name", "door")
    }
    store.add(
        AuditEntry(
            at=clock.now(), verb=verb, subject=subject, subject_id=str(subject_id), old=old, new=new, **who
        )
    )


def seal(limit: int = 1000) -> int:
    """Chain up to `limit` committed, unsealed entries; returns how many. One sealer works at a time."""
    return store.seal(limit, digest)


def digest(entry: AuditEntry, seal_no: int, previous: bytes) -> bytes:
    """SHA-256 over seal number, previous hash, moment and the sealed fields as canonical JSON."""
    fields = {name: getattr(entry, name) for name in SEALED_FIELDS}
    body = json.dumps(
        [seal_no, previous.hex(), entry.at.isoformat(), fields], sort_keys=True, ensure_ascii=False
    )
    return hashlib.sha256(body.encode()).digest()


def find_breaks() -> Iterator[str]:
    """Walk the chain and yield one sentence for each entry that does not fit."""
    previous, expected = b"", 1
    for entry in store.sealed():
        if entry.seal_no != expected:
            yield f"seal {expected} is missing (next is {entry.seal_no})"
            expected = entry.seal_no or expected
        if bytes(entry.previous_hash or b"") != previous:
            yield f"seal {entry.seal_no} does not follow the entry before it"
        if bytes(entry.hash or b"") != digest(entry, expected, bytes(entry.previous_hash or b"")):
            yield f"seal {entry.seal_no} was changed after it was sealed"
        previous, expected = bytes(entry.hash or b""), expected + 1


@jobs.task(name="common.seal_audit", queue="timers")
def seal_audit() -> None:
    while seal():
        pass
