"""Reports are filled in, and asked only where something may have changed."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from common import clock
from connectors.models import Connector, Metric, StatusItem, Subject
from workflows.models import ProgressReport


@pytest.fixture
def metric(city):
    connector = Connector.objects.create(key="site", name="工地用电", owner_unit=city.units["housing"])
    subject = Subject.objects.create(connector=connector, code="s1", name="智慧社区工地")
    return Metric.objects.create(subject=subject, key="power", name="日用电量", unit="千瓦时", decimals=1)


def measure(metric, value, **ago):
    at = clock.now() - timedelta(**ago)
    StatusItem.objects.create(metric=metric, value=Decimal(value), observed_at=at, received_at=at)
    metric.value, metric.observed_at = Decimal(value), at
    metric.save()


def test_the_first_report_is_asked(signed, call):
    found = call("civil_liaison").get(f"/items/{signed.id}/report-draft").json()
    assert (found["asked"], found["same"], found["because"]) == (True, False, "尚未反馈过进展，请填写。")
    refused = call("civil_liaison").post(f"/items/{signed.id}/reports/same")
    assert refused.status_code == 409


def test_a_report_starts_from_the_last_and_goes_out_in_one_tap(signed, call, later):
    liaison = call("civil_liaison")
    liaison.post(f"/items/{signed.id}/reports", {"percent": 30, "text": "已招标"})
    with later(days=7):
        found = liaison.get(f"/items/{signed.id}/report-draft").json()
        assert (found["percent"], found["text"], found["asked"], found["same"]) == (30, "已招标", False, True)
        first = liaison.post(f"/items/{signed.id}/reports/same", key="t1")
        again = liaison.post(f"/items/{signed.id}/reports/same", key="t1")
        assert first.status_code == again.status_code == 201
    reports = ProgressReport.objects.order_by("at")
    assert [(one.percent, one.text) for one in reports] == [(30, "已招标"), (30, "与07月01日反馈相同。")]


def test_a_linked_figure_that_moved_asks_for_a_report(signed, call, later, metric):
    liaison = call("civil_liaison")
    link = {"metric_id": str(metric.pk)}
    assert liaison.post(f"/items/{signed.id}/readings", link).status_code == 200
    measure(metric, "120.0", hours=1)
    liaison.post(f"/items/{signed.id}/reports", {"percent": 30, "text": "已开工"})
    with later(days=3):
        measure(metric, "120.0", hours=1)
        calm = liaison.get(f"/items/{signed.id}/report-draft").json()
        assert (calm["asked"], calm["same"]) == (False, True)
        assert "关联数据没有变化" in calm["because"]
    with later(days=4):
        measure(metric, "8.5", hours=1)
        found = liaison.get(f"/items/{signed.id}/report-draft").json()
        assert (found["asked"], found["same"]) == (True, False)
        assert found["text"] == "已开工；智慧社区工地日用电量8.5千瓦时"
        assert liaison.post(f"/items/{signed.id}/reports/same").status_code == 409


def test_who_links_a_figure(signed, call, metric):
    link = {"metric_id": str(metric.pk)}
    assert call("farm_head").post(f"/items/{signed.id}/readings", link).status_code == 403
    assert call("outside_head").post(f"/items/{signed.id}/readings", link).status_code == 404
    wrong = call("civil_liaison").post(f"/items/{signed.id}/readings", {"metric_id": str(uuid4())})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "metric_id")
    assert call("outside_head").get(f"/items/{signed.id}/report-draft").status_code == 404


def test_figures_to_link_are_found_by_their_names_by_who_reports(signed, call, metric):
    path = f"/items/{signed.id}/readings/choices"
    found = call("civil_liaison").get(f"{path}?q=工地 用电").json()["items"]
    assert [(one["metric_id"], one["name"]) for one in found] == [(str(metric.pk), "智慧社区工地日用电量")]
    assert call("civil_liaison").get(f"{path}?q=水位").json()["items"] == []
    assert call("outside_head").get(path).status_code == 404
    assert call("land_head").get(path).status_code == 403
    call("civil_liaison").post(f"/items/{signed.id}/readings", {"metric_id": str(metric.pk)})
    assert call("civil_liaison").get(path).json()["items"] == []
