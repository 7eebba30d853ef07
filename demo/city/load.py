"""Loading the demo city: once, all or nothing, in one transaction."""

import time
from dataclasses import dataclass

from django.db import connection, transaction

from bots.services.accounts import ensure_bots
from chatops.store.models import Event
from common import audit, clock
from common.errors import ConflictError
from common.store.models import AuditEntry
from connectors.services.pull import TASK as PULL
from demo.city import gauges, sources
from demo.city.cast import Cast
from demo.city.clockwork import Clockwork
from demo.city.days import Days
from demo.city.desk import PastDesk
from demo.city.directory import load_directory
from demo.city.reading import mark_as_read
from demo.city.script import Script
from directory.actors import system_actor
from directory.store.models import Staff, StaffKind
from workflows.services.calendar import work_calendar

VERB = "demo.load"
LOCK = 7_421_200
FLOOD_FORCE = "fx"


class NotEmptyError(ConflictError):
    """There are people already, and no mark of a demo city: this may be somebody's real data."""

    code = "demo_not_empty"

    def default_message(self) -> str:
        return "通讯录中已有人员，演示数据未载入。演示请使用空数据库；正式使用请以 DEMO=0 启动。"


@dataclass(frozen=True)
class Loaded:
    """`made` is False when the city was there already."""

    made: bool
    people: int
    events: int
    seconds: float


def load() -> Loaded:
    """Load the demo city unless it is there; then only move the sources to their addresses of this start.

    Raises:
        NotEmptyError: the directory holds people that this did not make.
    """
    started = time.monotonic()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        made = not AuditEntry.objects.filter(verb=VERB).exists()
        if made:
            _make()
        else:
            gauges.connect(Cast())
        sources.connect(Cast())
    seconds = time.monotonic() - started
    return Loaded(made, Staff.objects.filter(kind=StaffKind.PERSON).count(), Event.objects.count(), seconds)


def _make() -> None:
    if Staff.objects.filter(kind=StaffKind.PERSON).exists():
        raise NotEmptyError
    load_directory()
    ensure_bots()
    cast, now = Cast(), clock.now()
    script = Script(cast, Days(clock.local(now).date(), work_calendar()))
    # The gauge is asked for real as soon as the worker runs; in the past there was nobody to ask.
    player = Clockwork(now, {**PastDesk().stand_ins(), PULL: lambda **_ids: None})
    player.play(script.entries())
    gauges.load_gauges(cast, script.rooms[FLOOD_FORCE], now)
    player.run_jobs()  # the status card
    mark_as_read(cast)
    audit.record(actor=system_actor("演示数据"), verb=VERB, subject="demo", subject_id="xianning")
