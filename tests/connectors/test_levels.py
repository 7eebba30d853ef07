"""What a value means and how old it is."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connectors.levels import freshness_of, level_of

NOON = datetime(2026, 7, 17, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("27.699", "normal"),
        ("27.7", "near"),
        ("27.999", "near"),
        ("28", "warning"),
        ("29.499", "warning"),
        ("29.5", "guarantee"),
        ("-3", "normal"),
    ],
)
def test_reaching_a_limit_is_exceeding_it(value, level):
    limits = {"warning": Decimal(28), "guarantee": Decimal("29.5"), "near_margin": Decimal("0.3")}
    assert level_of(Decimal(value), **limits) == level


def test_without_limits_everything_is_normal_and_without_margin_nothing_is_near():
    assert level_of(Decimal(999), warning=None, guarantee=None) == "normal"
    assert level_of(Decimal("27.9999"), warning=Decimal(28), guarantee=None) == "normal"
    assert level_of(Decimal(30), warning=None, guarantee=Decimal(29)) == "guarantee"


@pytest.mark.parametrize(
    ("age_s", "freshness"),
    [(-5, "fresh"), (0, "fresh"), (600, "fresh"), (601, "stale"), (3600, "stale"), (3601, "lost")],
)
def test_age_decides_freshness(age_s, freshness):
    observed = NOON - timedelta(seconds=age_s)
    assert freshness_of(observed, NOON, fresh_for_s=600, lost_after_s=3600) == freshness
