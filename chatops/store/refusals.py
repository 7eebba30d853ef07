"""Refusals for the security officer."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from chatops.store.models import SecrecyRefusal
from common import clock
from common.audit import ActorLike

# A refusal rolls the deed's transaction back, so the record needs a connection of its own: one thread, rare use.
_writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="refusals")


def record_refusal(*, actor: ActorLike, where: str, mark: str) -> None:
    row = SecrecyRefusal(
        at=clock.now(),
        staff_number=actor.staff_number,
        name=actor.name,
        unit_name=actor.unit_name,
        door=actor.door,
        where=where,
        mark=mark,
    )
    if connection.in_atomic_block:
        _writer.submit(_save_apart, row).result(timeout=5)
    else:
        row.save(force_insert=True)


def _save_apart(row: SecrecyRefusal) -> None:
    try:
        row.save(force_insert=True)
    finally:
        connection.close()
