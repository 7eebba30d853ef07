"""Answers of Prometheus' query interface (`/api/v1/query`, `/api/v1/query_range`) as rows of plain values."""

import math
from datetime import UTC, datetime
from typing import Any

MOST_ROWS = 50_000


class PrometheusError(Exception):
    """Reasons: failed (the server says so; `said` is its word), shape (not an answer of this interface)."""

    def __init__(self, reason: str, said: str = "") -> None:
        super().__init__(f"{reason} {said}".strip())
        self.reason, self.said = reason, said[:300]


def read_rows(document: Any) -> list[dict[str, str]]:
    """A row for each sample: its labels, `value`, and `time` in ISO 8601. NaN and infinities are left out.

    Raises PrometheusError.
    """
    if not isinstance(document, dict):
        raise PrometheusError("shape")
    if document.get("status") != "success":
        raise PrometheusError("failed", str(document.get("error") or document.get("status") or ""))
    data = document.get("data")
    result = data.get("result") if isinstance(data, dict) else None
    kind = data.get("resultType") if isinstance(data, dict) else None
    if kind == "scalar":
        result = [{"metric": {}, "value": result}]
    if kind not in {"vector", "matrix", "scalar"} or not isinstance(result, list):
        raise PrometheusError("shape")
    rows: list[dict[str, str]] = []
    for series in result:
        if not isinstance(series, dict) or not isinstance(series.get("metric"), dict):
            raise PrometheusError("shape")
        labels = {str(name): str(value)[:200] for name, value in series["metric"].items()}
        for sample in _samples(series):
            if (row := _row(sample)) is not None:
                rows.append(labels | row)
            if len(rows) >= MOST_ROWS:
                return rows
    return rows


def _samples(series: dict[str, Any]) -> list[Any]:
    samples = series.get("values") or [series.get("value")]
    if not isinstance(samples, list):
        raise PrometheusError("shape")
    return samples


def _row(sample: Any) -> dict[str, str] | None:
    if not isinstance(sample, list) or len(sample) != 2:  # noqa: PLR2004 - moment and value
        raise PrometheusError("shape")
    try:
        at, value = float(sample[0]), float(sample[1])
        if not math.isfinite(value):
            return None
        return {"value": str(sample[1]), "time": datetime.fromtimestamp(at, UTC).isoformat()}
    except (TypeError, ValueError, OverflowError, OSError) as err:
        raise PrometheusError("shape") from err
