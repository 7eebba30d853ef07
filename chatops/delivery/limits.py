"""How much one person may send: a token bucket per person and process, always answered with a retry time."""

import time
from dataclasses import dataclass, field

BURST_SHARE = 0.5
KEPT = 50_000


@dataclass(slots=True)
class SendLimits:
    """`per_minute` messages on average; half of it may come at once."""

    per_minute: int
    _buckets: dict[int, tuple[float, float]] = field(default_factory=dict)

    def take(self, staff_id: int, now: float | None = None) -> int:
        """Take one message. Returns 0 when it may go, else milliseconds until the next is welcome."""
        now = time.monotonic() if now is None else now
        burst = max(1.0, self.per_minute * BURST_SHARE)
        rate = self.per_minute / 60
        tokens, then = self._buckets.get(staff_id, (burst, now))
        tokens = min(burst, tokens + (now - then) * rate)
        if tokens < 1:
            return max(1, int((1 - tokens) / rate * 1000))
        if len(self._buckets) > KEPT:
            self._buckets.clear()  # full buckets are the default, so forgetting is generous, never wrong for long
        self._buckets[staff_id] = (tokens - 1, now)
        return 0
