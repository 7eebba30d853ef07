"""What a row probably means where names alone mislead: codes like times, names twice, values that are not there yet."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import suggest
from connectors.mapping import names_in


def suggested(*rows: dict[str, Any]) -> dict[str, Any]:
    found = suggest.suggest({"rows": list(rows)})
    assert found is not None
    return found


@pytest.mark.parametrize("code", ["6231010100", "1262310101", "6231010100123"])
def test_a_code_of_digits_is_not_taken_for_the_time(code):
    found = suggested({"stcd": code, "stnm": "西河桥站", "z": 27.5, "obs": "2026-07-17 14:50:00"})
    assert (found["subject"]["code"], found["observed_at"]["path"]) == ("stcd", "obs")


def test_seconds_since_1970_are_still_a_time():
    found = suggested({"stcd": "62310101", "z": 27.5, "sent": 1784271000})
    assert found["metrics"][0]["value"] == "z"
    row = {"stcd": "62310101", "z": 27.5, "sent": "1784271000"}
    assert suggested(row)["observed_at"] == {
        "path": "sent", "zone": "Asia/Shanghai", "format": "epoch_s",
    }  # fmt: skip


def test_of_two_fields_with_one_name_the_rows_own_counts():
    row = {"owner": {"id": 7, "name": "张三"}, "id": "62310101", "name": "西河桥站", "z": 27.5}
    for fields in (row, dict(reversed(row.items()))):
        assert suggested(fields)["subject"] == {"code": "id", "name": "name"}


def test_of_two_values_with_one_key_the_first_is_kept():
    found = suggested({"stcd": "62310101", "z": 27.5, "last_year": {"z": 26.1}})
    assert [(one["key"], one["value"]) for one in found["metrics"]] == [("stage", "z")]


def test_a_device_at_rest_in_the_first_row_hides_no_quantity():
    quiet = {"stcd": "62310101", "stnm": "西河桥站", "z": None, "tm": ""}
    found = suggested(quiet, quiet | {"stcd": "62310102", "z": 33.3, "tm": "2026-07-17 14:50:00"})
    assert [one["key"] for one in found["metrics"]] == ["stage"]
    assert found["observed_at"]["path"] == "tm"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # of a busy machine, not of us
@given(json_values)
def test_any_document_gets_a_suggestion_or_none(document):
    found = suggest.suggest(document)
    keys = [one["key"] for one in found["metrics"]] if found else []
    assert len(keys) == len(set(keys))


@given(st.text(max_size=20))
def test_a_field_of_any_name_can_be_named(name):
    assert names_in(suggest.quoted(name)) in ({name}, frozenset())
