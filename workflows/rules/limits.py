"""Limits of single steps as data (workflows/data/limits.csv): general practice, edited where a place differs. Pure."""

import csv
import functools
from collections.abc import Mapping
from pathlib import Path

from workflows.rules.clocks import Limit, LimitUnit

TABLE = Path(__file__).resolve().parent.parent / "data" / "limits.csv"


@functools.cache
def limits() -> Mapping[str, Limit]:
    """Key → limit. Raises ValueError for a table that cannot be read."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["key"]: Limit(int(row["amount"]), LimitUnit(row["unit"])) for row in csv.DictReader(file)}
