"""What is done by itself: figures of hours and days, partitions ahead, letting go of what is old."""

from datetime import datetime, timedelta

from common import clock, timers
from connectors.store import history, intake, partitions, sources
from connectors.store.models import Connector, RollUp

HOURLY, DAILY = "connectors.roll_up", "connectors.keep_house"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NIGHT_HOUR = 3


def arm(now: datetime) -> None:
    """Set both timers; setting them again changes nothing."""
    local = clock.local(now)
    timers.set_timer(HOURLY, local.replace(minute=5, second=0, microsecond=0) + HOUR, HOURLY)
    night = local.replace(hour=NIGHT_HOUR, minute=20, second=0, microsecond=0)
    timers.set_timer(DAILY, night if night > local else night + DAY, DAILY)


def ensure_armed() -> bool:
    """The worker's chore: a site whose timers are missing gets them. There is never more to do."""
    if not timers.is_set(HOURLY) or not timers.is_set(DAILY):
        arm(clock.now())
    return False


def roll_up(now: datetime | None = None) -> int:
    """The figures of the last hours, and of every earlier hour for which something came late since; rows made."""
    now = now or clock.now()
    arm(now)  # first: a run that fails must not be the last one
    until = clock.local(now).replace(minute=0, second=0, microsecond=0)
    # Once more than the timer's hour, so that a run that was missed is made up.
    since = until - 3 * HOUR
    late = history.late_since(now - 3 * HOUR, since)
    return sum(_roll_up(one, late.get(one.pk, since), until, now) for one in Connector.objects.all())


def _roll_up(connector: Connector, oldest: datetime, until: datetime, now: datetime) -> int:
    since = clock.local(oldest).replace(minute=0, second=0, microsecond=0)
    made = history.roll_up(connector, RollUp.Span.HOUR, since, until)
    first = since.replace(hour=connector.day_starts_hour)
    day = first if first <= since else first - DAY
    return made + history.roll_up(connector, RollUp.Span.DAY, day, now)


def keep_house(now: datetime | None = None) -> dict[str, int]:
    """Every night. What a source's own limits say is deleted; partitions that nobody wants are dropped whole."""
    now = now or clock.now()
    arm(now)
    done = {
        "partitions_made": partitions.make_ahead(now),
        "intake": 0,
        "items": 0,
        "runs": sources.forget_runs(now),
    }
    connectors = list(Connector.objects.all())
    for connector in connectors:
        done["intake"] += intake.forget_before(connector.pk, now - timedelta(days=connector.intake_days))
        done["items"] += history.forget_items_before(connector, now - timedelta(days=connector.item_days))
    keep = {
        "connectors_rawintake": timedelta(days=max((one.intake_days for one in connectors), default=7)),
        "connectors_statusitem": timedelta(days=max((one.item_days for one in connectors), default=800)),
    }
    done["partitions_dropped"] = partitions.drop_before(now, keep)
    return done
