"""Limits of single steps as data (workflows/data/limits.csv): general practice, edited where a place differs. Pure."""

import csv
import functools
from collections.abc import Mapping
from pathlib import Path

from workflows.rules.clocks import Limit, LimitUnit

TABLE = Path(__file__).resolve().parent.parent / "data" / "limits.csv"
TIMES = "times"


@functools.cache
def limits() -> Mapping[str, Limit]:
    """Key → limit in time. Raises ValueError for a table that cannot be read."""
    return {
        row["key"]: Limit(int(row["amount"]), LimitUnit(row["unit"]))
        for row in _rows()
        if row["unit"] != TIMES
    }


@functools.cache
def counts() -> Mapping[str, int]:
    """Key → how many times. Raises ValueError for a table that cannot be read."""
    return {row["key"]: int(row["amount"]) for row in _rows() if row["unit"] == TIMES}


def _rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
