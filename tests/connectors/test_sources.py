"""Sources of other offices against the neighbours: ledger, alerts, metrics."""

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from connectors.adapters import cap, prometheus, rest
from connectors.errors import SourceError
from connectors.services import pull
from connectors.store.models import Metric, Record
from tests.connectors.asking import ask, connect, serving
from tests.support.bulletins import BulletinsProcess

LEDGER_MAPPING = {
    "rows": "data",
    "record": {
        "kind": "project", "id": "projectId", "title": "projectName", "code": "stage", "stage_name": "stageName",
        "stage_at": {"path": "changed"}, "owner_unit": "unit", "limit_days": "days",
        "fields": {"总投资（万元）": "budget"},
    },
}  # fmt: skip
CAP_STAGES = {
    "Alert": {"state": "open", "name": "发布"},
    "Update": {"state": "in_progress", "name": "更新"},
    "Cancel": {"state": "withdrawn", "name": "解除"},
}
LEDGER_STAGES = {
    code: {"state": state, "name": ""}
    for code, state in {
        "10": "open",
        "30": "in_progress",
        "50": "in_progress",
        "70": "closed",
        "99": "withdrawn",
    }.items()
}


@pytest.fixture(scope="module")
def offices() -> Iterator[BulletinsProcess]:
    with BulletinsProcess(slow_s=2.0) as process:
        yield process


def ledger(url: str, **changes: Any) -> dict[str, Any]:
    auth = {"kind": "oauth2", "user": "ledger", "secret": "LEDGER", "token_url": f"{url}/ledger/token"}
    paging = {"kind": "cursor", "page_param": "cursor", "next": "next", "size": 5}
    base = {
        "url": f"{url}/ledger/projects",
        "auth": auth,
        "paging": paging,
        "allow_private": True,
        "timeout_s": 5,
    }
    return base | {"mapping": LEDGER_MAPPING} | changes


def test_a_ledger_is_read_page_by_page_with_a_token(offices):
    pulled = rest.pull(ask(ledger(offices.url), LEDGER="ledger-secret"))
    assert pulled.parsed.rows == len(pulled.parsed.records) > 5
    assert len(pulled.raw) > 1
    first = pulled.parsed.records[0]
    assert (first.source_id, first.kind, first.limit_days) == ("XN20260001", "project", 21)
    assert first.fields["总投资（万元）"] == "700"
    assert "ledger-secret" not in repr(pulled)


def test_a_wrong_secret_is_said_without_it(offices):
    with pytest.raises(SourceError) as refused:
        rest.pull(ask(ledger(offices.url), LEDGER="wrong-secret"))
    assert refused.value.reason == "refused"
    assert (
        "wrong-secret" not in f"{refused.value.user_message()}{refused.value.sample}{refused.value.__cause__}"
    )


@pytest.mark.django_db
def test_a_record_moves_through_its_stages_and_closes(offices, monkeypatch):
    monkeypatch.setenv("CONNECTOR_SECRET_LEDGER", "ledger-secret")
    connector = connect("rest", ledger(offices.url), stages=LEDGER_STAGES)
    first, again = pull.pull(connector.pk), pull.pull(connector.pk)
    assert first is not None
    assert again is not None
    assert (first.outcome, first.rows_rejected, again.rows_rejected) == ("taken", 0, 0)
    count = Record.objects.count()
    offices.post("/ledger/projects/XN20260003", stage="70")
    time.sleep(1.1)
    pull.pull(connector.pk)
    moved = Record.objects.get(source_id="XN20260003")
    assert (moved.state, moved.stage) == ("closed", "已竣工")
    assert Record.objects.count() == count
    offices.post("/ledger/projects/XN20260004", stage="90")
    run = pull.pull(connector.pk)
    assert run is not None
    assert "没有对应的状态" in run.rejections[0]["reason"], "a code that is not mapped is refused"


@pytest.mark.django_db
def test_an_alert_its_update_and_its_cancel_are_one_record(offices):
    config = {"url": f"{offices.url}/cap/feed.xml", "allow_private": True}
    connector = connect("cap", config, stages=CAP_STAGES)
    for path, severity, state, level in [
        ("/cap/issue", "Yellow", "open", 2), ("/cap/update", "Orange", "in_progress", 3),
        ("/cap/cancel", "Orange", "withdrawn", 0),
    ]:  # fmt: skip
        offices.post(path, severity=severity)
        time.sleep(1.1)  # the neighbour writes whole seconds
        run = pull.pull(connector.pk)
        assert run is not None
        assert run.outcome == "taken"
        assert Record.objects.get().state == state
        assert Metric.objects.get(subject__place="咸安区").value == level
    unchanged = pull.pull(connector.pk)
    assert unchanged is not None
    assert unchanged.outcome == "unchanged"


def test_a_feed_does_not_lead_to_another_host(monkeypatch):
    feed = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="http://169.254.169.254/latest/"/></entry></feed>'
    with serving({"/feed": feed}) as url, pytest.raises(SourceError) as refused:
        cap.pull(ask({"url": f"{url}/feed", "allow_private": True}))
    assert "另一台主机" in refused.value.user_message()


def test_prometheus_is_asked_a_query():
    rows = [{"metric": {"channel": "c7", "place": "温泉"}, "value": [time.time(), "0.97"]}]
    body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": rows}}).encode()
    mapping = {
        "rows": "rows", "subject": {"code": "channel", "name": "channel", "place": "place"},
        "observed_at": {"path": "time"},
        "metrics": [{"key": "online", "name": "在线率", "unit": "%", "value": "value"}],
    }  # fmt: skip
    server = serving({"/api/v1/query": body})
    with server as url:
        config = {"url": url, "query": "avg(up) by (channel)", "allow_private": True, "mapping": mapping}
        (reading,) = prometheus.pull(ask(config)).parsed.readings
    assert (reading.subject_code, reading.value, reading.place) == ("c7", Decimal("0.97"), "温泉")
    assert "avg%28up%29" in server.asked[0][0]
