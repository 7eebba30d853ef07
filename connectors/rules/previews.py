"""How many alerts limits or a rule would have opened on readings of the past. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

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
