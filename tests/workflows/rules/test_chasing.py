"""quiet_hours.csv, ladders.csv and rungs.csv were written by hand before the code."""

import csv
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.quiet import QuietHours, delivery
from workflows.rules.reminders import (
    DEFAULT_LADDER,
    OVERDUE,
    Audience,
    Step,
    audience,
    next_overdue,
    slots,
    spread_seconds,
)
from workflows.rules.rungs import Rung, RungNotNext, check_rung, next_rung
from workflows.rules.working_days import SHANGHAI

HERE = Path(__file__).parent
LADDERS = {
    "default": DEFAULT_LADDER,
    "urgent": (
        Step("wd5", -5, time(10, 30), (Audience.HANDLER, Audience.HEAD)),
        Step(OVERDUE, 1, time(9, 0), (Audience.HANDLER, Audience.LEADER)),
    ),
}


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("row", rows("quiet_hours.csv"), ids=lambda row: row["case"])
def test_quiet_hours(calendar, row):
    now = datetime.fromisoformat(row["now"])
    found = delivery(now, urgent=row["urgent"] == "yes", quiet=QuietHours(), calendar=calendar)
    assert found.at == datetime.fromisoformat(row["deliver_at"]), row["why"]
    assert found.sound == (row["sound"] == "yes")


@pytest.mark.parametrize("row", rows("ladders.csv"), ids=lambda row: row["case"])
def test_ladders(calendar, row):
    ladder, due_on = LADDERS[row["ladder"]], date.fromisoformat(row["due_on"])
    at = datetime.fromisoformat(row["at"]).replace(tzinfo=SHANGHAI)
    codes = [
        slot.rule for slot in slots(due_on, at - timedelta(minutes=1), calendar, ladder) if slot.at == at
    ]
    assert ";".join(codes) == row["code"], row["why"]
    asked = audience(ladder, row["code"], at, due_on, calendar) if codes else ()
    assert ";".join(asked) == row["audience"], row["why"]


@pytest.mark.parametrize("row", rows("rungs.csv"), ids=lambda row: row["case"])
def test_rungs(row):
    taken = [Rung(one) for one in row["taken"].split(";") if one]
    sentence = ""
    try:
        check_rung(Rung(row["wanted"]), taken, reminded=row["reminded"] == "yes")
    except RungNotNext as refusal:
        sentence = refusal.sentence
    assert sentence == row["sentence"], row["why"]
    assert (not sentence) == (row["allowed"] == "yes")


@given(st.lists(st.sampled_from(list(Rung)), max_size=12))
def test_rungs_are_taken_in_order_and_once(wanted):
    taken: list[Rung] = []
    for rung in wanted:
        try:
            check_rung(rung, taken, reminded=True)
        except RungNotNext:
            continue
        assert rung == next_rung(taken)
        taken.append(rung)
    assert taken == list(Rung)[: len(taken)]


DAYS = st.integers(0, 300).map(lambda days: date(2026, 1, 5) + timedelta(days=days))


@given(DAYS, st.integers(-40, 40), st.integers(0, 23))
def test_what_lies_ahead_is_ahead_on_working_days_and_once_a_moment(calendar, due_on, offset, hour):
    now = datetime.combine(due_on + timedelta(days=offset), time(hour), SHANGHAI)
    found = slots(due_on, now, calendar)
    assert all(
        slot.at > now and calendar.is_working_day(slot.at.astimezone(SHANGHAI).date()) for slot in found
    )
    assert len({slot.at for slot in found}) == len(found)
    assert all(audience(DEFAULT_LADDER, slot.rule, slot.at, due_on, calendar) for slot in found)
    following = next_overdue(due_on, now, calendar)
    assert following is not None
    assert following in found


def test_people_are_spread_over_the_window_and_always_alike():
    slot = datetime(2026, 7, 17, 9, tzinfo=SHANGHAI)
    places = [spread_seconds(staff, slot, 600) for staff in range(6000)]
    assert places == [spread_seconds(staff, slot, 600) for staff in range(6000)]
    per_minute = Counter(place // 60 for place in places)
    assert set(per_minute) == set(range(10))
    assert max(per_minute.values()) < 2 * min(per_minute.values())
    assert spread_seconds(1, slot, 0) == 0
