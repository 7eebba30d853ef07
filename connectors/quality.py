"""Which values may exceed a limit."""

from connectors.store.models.sources import Quality

# Flagged by the device as stopped, faulty, under calibration and the like: shown with the flag, never an exceedance.
COUNTS = frozenset({Quality.GOOD, Quality.REVISED, Quality.ENTERED, Quality.DERIVED})


def counts(quality: str) -> bool:
    return quality in COUNTS
