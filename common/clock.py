"""The only clock (decisions 15).

UTC in storage and on the wire, Asia/Shanghai on screen. With `TZ_CLOCK=db` (demo, drills, tests) an offset row shifts
every process alike; `travel` fixes the moment for one thread or task, for making history by the real services.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")

_travelled: ContextVar[datetime | None] = ContextVar("travelled", default=None)
_offset = timedelta()


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _travelled.get() or datetime.now(UTC) + _offset  # noqa: TID251 - this is the clock


def now_ms() -> int:
    """Milliseconds since the epoch, as Matrix's `origin_server_ts` wants them."""
    return int(now().timestamp() * 1000)


def today() -> date:
    """The date in Asia/Shanghai."""
    return now().astimezone(SHANGHAI).date()


def local(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI)


@contextmanager
def travel(moment: datetime) -> Iterator[None]:
    """Let `now()` answer `moment` (aware) inside the block, in this thread or task only."""
    if moment.tzinfo is None:
        raise ValueError("travel needs an aware datetime")
    token = _travelled.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _travelled.reset(token)


def refresh() -> None:
    """Read the shared offset again. Long-lived loops call this about once a second; a no-op on the real clock."""
    if settings.TZ_CLOCK == "db":
        from common.store.clock import read_offset

        apply_offset(read_offset())


def apply_offset(offset: timedelta) -> None:
    """Take over an offset that the caller has read from `common_clockoffset` (async loops read it themselves)."""
    global _offset  # noqa: PLW0603 - one clock per process is the point
    if settings.TZ_CLOCK == "db":
        _offset = offset


def shift_to(moment: datetime | None) -> timedelta:
    """Move the clock of all processes to `moment` (aware; None: back to the real time); the offset from real time.

    Others follow at their next `refresh`, about a second later. Raises RuntimeError on the real clock.
    """
    if settings.TZ_CLOCK != "db":
        raise RuntimeError("the clock moves only with TZ_CLOCK=db")
    from common.store.clock import write_offset

    offset = timedelta() if moment is None else moment - datetime.now(UTC)  # noqa: TID251 - this is the clock
    write_offset(offset)
    apply_offset(offset)
    return offset
