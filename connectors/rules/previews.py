"""How many alerts limits or a rule would have opened on readings of the past. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from connectors.rules import bands, judging
from connectors.rules.bands import Band
from connectors.rules.judging import Seen
from connectors.rules.levels import weight
from connectors.rules.specs import Spec


@dataclass
class Foreseen:
    """`opened` alerts, by the level at which each stood at its gravest; `last_at` is when the newest began."""

    opened: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    last_at: datetime | None = None

    def add(self, other: "Foreseen") -> None:
        self.opened += other.opened
        self.levels.update(other.levels)
        moments = [at for at in (self.last_at, other.last_at) if at is not None]
        self.last_at = max(moments, default=None)


def as_they_came(changes: Sequence[Seen], newest_at: datetime, again_after: timedelta) -> Iterator[Seen]:
    """One metric's readings, newest first, of what is stored: changes, and an unchanged value again after that long.

    Rules count readings, so those between are put back; the source's period is the least time between two stored ones.

    Args:
        changes: newest first. newest_at: the time of the last reading, which may have changed nothing.
    """
    times = [newest_at, *(one.at for one in changes)]
    period = min((later - one for later, one in pairwise(times) if later > one), default=again_after)
    ends = newest_at + period / 2
    for one in changes:
        spare = min(ends - one.at, again_after)
        for number in range(-(-spare // period) - 1, 0, -1):
            yield Seen(one.metric, one.at + number * period, one.value)
        yield one
        ends = one.at


def foresee_limits(limits: Sequence[Band], readings: Iterable[Seen], zone: tzinfo) -> Foreseen:
    """Readings of one metric of one subject, oldest first; an alert lasts until the value is back by its margin."""
    found, held, worst = Foreseen(), "", ""
    for seen in readings:
        now = bands.judge(seen.value, limits, seen.at.astimezone(zone), held).level
        if now and not held:
            found.opened, found.last_at, worst = found.opened + 1, seen.at, now
            found.levels[now] += 1
        elif now and weight(now) > weight(worst):
            found.levels[worst] -= 1
            found.levels[now] += 1
            worst = now
        held = now
    return found


def foresee_rule(spec: Spec, level: str, readings: Iterable[Seen], zone: tzinfo) -> Foreseen:
    """Readings of one subject, oldest first, of every metric that the rule looks at."""
    found, held = Foreseen(), False
    memory: dict[str, object] = {}
    for seen in readings:
        done = judging.step(spec, memory, seen, seen.at.astimezone(zone))
        memory = done.memory
        if done.holds is None:
            continue
        if done.holds and not held:
            found.opened, found.last_at = found.opened + 1, seen.at
            found.levels[level] += 1
        held = done.holds
    return found
