from pathlib import Path

import pytest

from workflows.rules.working_days import WorkCalendar, read_day_rules

TABLE = Path(__file__).parents[3] / "workflows" / "data" / "work_calendar.csv"


@pytest.fixture(scope="session")
def calendar() -> WorkCalendar:
    with TABLE.open(encoding="utf-8") as lines:
        return WorkCalendar.of(read_day_rules(lines))
