"""What changes a subject: readings of one station at a rate, by the intake that all sources use. A machine that is
slower than the rate takes several at once, as from a logger.

`python -m benchmarks.changes CONNECTOR RATE SECONDS` prints one JSON line: how many, and when the first was begun and
the last stored, by the clock that all processes of a machine share.
"""

import json
import sys
import time
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from connectors.items import Reading

CODE, NAME = "42130000", "量测站"


def value(number: int) -> Decimal:
    return Decimal(number) / 100 + Decimal("20.00")


def reading(number: int) -> "Reading":
    """The station's level at this moment, another one for each number."""
    from common import clock
    from connectors.items import Reading

    return Reading(CODE, NAME, "", "stage", value(number), clock.now(), metric_name="水位", unit="米")


def main() -> None:
    import django

    django.setup()
    from connectors.services import intake

    connector, rate, seconds = UUID(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    began, total, made = time.perf_counter(), rate * seconds, 0
    while made < total:
        time.sleep(max(0.0, began + (made + 1) / rate - time.perf_counter()))
        due = min(total, int((time.perf_counter() - began) * rate))
        intake.take(connector, [reading(number) for number in range(made + 1, due + 1)])
        made = max(made, due)
    print(json.dumps({"made": total, "began": began, "ended": time.perf_counter()}))


if __name__ == "__main__":
    main()
