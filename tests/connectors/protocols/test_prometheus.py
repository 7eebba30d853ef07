"""Answers of Prometheus: vectors, matrices, scalars, failures, and anything else."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.protocols.prometheus import PrometheusError, read_rows

AT, SAID = 1_752_000_000, "2025-07-08T18:40:00+00:00"
LABELS = {"instance": "camera-7", "job": "video"}


def answer(kind: str, result: object) -> dict[str, object]:
    return {"status": "success", "data": {"resultType": kind, "result": result}}


def test_a_vector_is_a_row_for_each_series():
    rows = read_rows(answer("vector", [{"metric": LABELS, "value": [AT, "0.97"]}]))
    assert rows == [LABELS | {"value": "0.97", "time": SAID}]


def test_a_matrix_is_a_row_for_each_sample_and_nan_is_none():
    rows = read_rows(
        answer("matrix", [{"metric": LABELS, "values": [[AT, "1"], [AT + 60, "NaN"], [AT, "+Inf"]]}])
    )
    assert [row["value"] for row in rows] == ["1"]


def test_a_scalar_has_no_labels():
    assert read_rows(answer("scalar", [AT, "4"])) == [{"value": "4", "time": SAID}]


def test_a_failure_says_what_the_server_says():
    with pytest.raises(PrometheusError) as refused:
        read_rows({"status": "error", "error": "parse error at char 3"})
    assert (refused.value.reason, refused.value.said) == ("failed", "parse error at char 3")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "data", "result", "resultType", "metric", "value", "values"]), inner
        )
    ),
    max_leaves=12,
)


@example({"metric": {}, "values": 1.0}, "vector")
@given(JSON, st.sampled_from(["vector", "matrix", "scalar"]))
def test_no_answer_raises_anything_else(document, kind):
    for one in (document, answer(kind, document), answer(kind, [document])):
        try:
            read_rows(one)
        except PrometheusError:
            continue
