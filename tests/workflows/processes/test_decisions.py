"""The shipped decision tables answer what their cases say."""

from pathlib import Path

import pytest

from workflows.approvals.trials import try_table

TABLES = sorted(Path("workflows/processes").glob("*/decisions/*.dmn"))


@pytest.mark.django_db
@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_each_case_of_a_table(path):
    cases = path.with_suffix(".cases.csv").read_text(encoding="utf-8")
    tried = try_table(path.stem, {"dmn": path.read_text(encoding="utf-8"), "cases": cases})
    assert tried
    assert [row.message for row in tried if not row.ok] == []


def test_a_case_without_a_result_is_no_case():
    [path, *_] = TABLES
    cases = path.with_suffix(".cases.csv").read_text(encoding="utf-8").replace("=", "", 1)
    tried = try_table(path.stem, {"dmn": path.read_text(encoding="utf-8"), "cases": cases})
    assert not any(row.ok for row in tried)
