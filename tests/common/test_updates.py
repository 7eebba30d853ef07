"""Arrays as text: whatever the values are, the database reads them as they were."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from common.store.updates import array_text, insert_new, update_many
from directory.store.models import Unit
from tests.support.world import make_unit

pytestmark = pytest.mark.django_db
# What PostgreSQL's text can hold: no NUL, no half of a pair.
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3, minutes=30))])
KINDS: list[tuple[str, st.SearchStrategy[Any]]] = [
    ("text", TEXTS | st.text('"\\{},\n\t\' NULnul', max_size=9)),
    ("numeric", st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**11), max_value=10**11, places=6)),
    ("uuid", st.uuids()),
    ("timestamptz", st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=ZONES)),  # noqa: DTZ001
    ("date", st.dates(date(1, 1, 1))),
    ("bigint", st.integers(-(2**63), 2**63 - 1)),
    ("boolean", st.booleans()),
    ("double precision", st.floats(allow_nan=False)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values"), KINDS, ids=[kind for kind, _values in KINDS])
def test_an_array_is_read_as_it_was(kind, values):
    @given(st.lists(st.none() | values, max_size=8))
    def holds(given_values: list[Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT %s::{kind}[]", [array_text(given_values)])
            assert cursor.fetchone()[0] == given_values

    holds()


@pytest.mark.parametrize("value", [b"x", {"a": 1}, ["x"], timedelta(days=1), object()])
def test_what_has_no_sure_text_is_refused(value):
    with pytest.raises(TypeError):
        array_text([value])


def test_text_is_never_cut_in_silence():
    unit = make_unit()
    unit.short_name = "名" * 2000
    with pytest.raises(Exception, match="too long"):
        update_many([unit], ["short_name"])


def test_fields_are_written_and_counted_and_no_rows_are_no_statement(django_assert_num_queries):
    units = [make_unit(f"第{number}局") for number in range(3)]
    for unit in units:
        unit.short_name = f'"{unit.name}\\'
    with django_assert_num_queries(1):
        assert update_many(units, ["short_name"]) == 3
    assert set(
        Unit.objects.filter(pk__in=[one.pk for one in units]).values_list("short_name", flat=True)
    ) == {unit.short_name for unit in units}
    with django_assert_num_queries(0):
        assert update_many([], ["short_name"]) == 0
        insert_new(Unit, ["id"], [])


def test_a_decimal_with_an_exponent_is_its_number():
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::numeric[]", [array_text([Decimal("1E+3"), Decimal("-1E-6")])])
        assert cursor.fetchone()[0] == [Decimal(1000), Decimal("-0.000001")]
    assert array_text([UUID(int=0)]) == '{"00000000-0000-0000-0000-000000000000"}'
