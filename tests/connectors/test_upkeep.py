"""What is derived, written back, folded, let go of and ended: the parts of a source's life that nobody watches."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from common import clock, timers
from common.store.models import Timer
from connectors.items import Raw, Reading, Record
from connectors.services import administration, housekeeping, intake, records, secrets
from connectors.store import records as records_store
from connectors.store.models import Alert, AlertRule, Connector, Metric, RawIntake, StatusItem, WriteBack
from directory.actors import system_actor
from tests.connectors.gauge import at

pytestmark = pytest.mark.django_db
SECRET = "k-7Q2-very-secret"


@pytest.fixture
def source(make_connector) -> Connector:
    connector: Connector = make_connector()
    return connector


def reading(minute: int, value: str, *, metric: str = "planned", **changes: object) -> Reading:
    about = {"metric_name": metric, "unit": "人", "decimals": 0}
    return Reading("1", "温泉街道", "咸安区", metric, Decimal(value), at(14, minute), **(about | changes))  # type: ignore[arg-type]


def take(source: Connector, *items: Reading | Record, minute: int = 0) -> None:
    with clock.travel(at(14, minute) + timedelta(seconds=30)):
        intake.take(source.pk, items, Raw(b"payload"))


def test_a_derived_value_is_computed_of_its_moment_marked_and_judged(source, alarms):
    source.derived = [
        {"key": "share", "name": "转移率", "unit": "%", "decimals": 1, "formula": "moved / planned * 100"}
    ]
    source.save()
    spec = {"when": {"kind": "threshold", "metric": "share", "op": "<", "limit": "80"}}
    AlertRule.objects.create(
        created_at=at(14),
        unit_id=source.owner_unit_id,
        connector=source,
        metric="share",
        level="yellow",
        spec=spec,
        name="转移不足",
        sentence="低于80%",
    )
    take(source, reading(0, "200"), reading(0, "150", metric="moved"))
    share = Metric.objects.get(key="share")
    assert (share.value, share.quality, share.unit) == (Decimal(75), "derived", "%")
    assert Alert.objects.get().level == "yellow"
    take(source, reading(1, "190", metric="moved"), minute=1)
    assert Metric.objects.get(key="share").observed_at == at(14, 0), "另一个时刻缺少分母，不推算"
    take(source, reading(2, "0"), reading(2, "190", metric="moved"), minute=2)
    share.refresh_from_db()
    assert share.observed_at == at(14, 0), "除数为零不推算"
    take(source, reading(3, "200", quality="faulty"), reading(3, "190", metric="moved"), minute=3)
    share.refresh_from_db()
    assert share.observed_at == at(14, 0), "故障值不参与推算"
    take(source, reading(4, "200"), reading(4, "190", metric="moved"), minute=4)
    assert Alert.objects.get().closed_at is not None


def test_more_than_n_an_hour_is_one_alert(source, alarms):
    spec = {
        "when": {"kind": "threshold", "metric": "planned", "limit": "100"},
        "fold": {"more_than": 2, "within_s": 3600},
    }
    AlertRule.objects.create(
        created_at=at(14),
        unit_id=source.owner_unit_id,
        connector=source,
        metric="planned",
        level="red",
        spec=spec,
        name="频繁超限",
        sentence="多次",
    )
    for minute, open_alerts in ((0, 0), (5, 0), (10, 1), (15, 1)):
        take(source, reading(minute, f"{101 + minute}"), minute=minute)
        assert Alert.objects.filter(closed_at__isnull=True).count() == open_alerts, minute
    assert Alert.objects.count() == 1


class Office(BaseHTTPRequestHandler):
    """Takes results; answers as it was told, the last answer from then on. It says back what it was asked with."""

    answers: list[int] = []
    got: list[tuple[str, dict[str, str], dict[str, object]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.got.append((self.path, dict(self.headers), body))
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        said = f"you said {self.headers['Authorization']}\x00".encode() + b"x" * 100_000
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def office() -> Iterator[str]:
    Office.answers, Office.got = [200], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Office)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def result(source, office) -> WriteBack:
    source.write_back = {
        "url": f"{office}/cases/{{source_id}}/result", "allow_private": True, "timeout_s": 2,
        "auth": {"kind": "bearer", "secret": "OFFICE"},
    }  # fmt: skip
    source.secrets = secrets.seal({"OFFICE": SECRET})
    source.stages = {"01": {"state": "open", "name": "立案"}}
    source.save()
    take(source, Record("AJ/7 号", "case", "违章占道", "01", at(14)))
    record = records_store.find_by_source(source, "AJ/7 号")
    assert record is not None
    return records.give_result(record=record, result={"结论": "已整改"}, key="k", actor=system_actor("测试"))


def test_a_result_goes_back_over_http_under_the_sources_id_and_again_until_taken(result):
    Office.answers = [503, 429, 200]
    for _ in range(2):
        with pytest.raises(records.SourceBusyError) as busy:
            records.send_result(result.pk)
        assert SECRET not in str(busy.value)
    for _ in range(2):
        records.send_result(result.pk)
    result.refresh_from_db()
    assert (result.state, result.attempts, len(Office.got)) == ("sent", 3, 3)
    path, head, body = Office.got[0]
    assert path == "/cases/AJ%2F7%20%E5%8F%B7/result"
    assert head["Authorization"] == f"Bearer {SECRET}"
    assert body == {"id": "AJ/7 号", "result": {"结论": "已整改"}}
    assert {one[1]["Idempotency-Key"] for one in Office.got} == {str(result.pk)}


@pytest.mark.parametrize("status", [302, 400, 404])
def test_a_refused_result_is_told_without_the_secret_that_the_source_repeats(result, status):
    Office.answers = [status]
    records.send_result(result.pk)
    result.refresh_from_db()
    assert result.state == "refused"
    assert result.last_error.startswith(f"{status} you said Bearer ***")
    assert len(Office.got) == 1


def test_the_nightly_job_lets_go_of_what_is_too_old_and_sets_itself_again(source):
    source.intake_days, source.item_days = 2, 3
    source.save()
    take(source, reading(0, "1"))
    with clock.travel(at(14) + timedelta(days=4)):
        intake.take(
            source.pk, [Reading("1", "温泉街道", "咸安区", "planned", Decimal(2), clock.now())], Raw(b"new")
        )
    done = housekeeping.keep_house(at(14) + timedelta(days=4, hours=1))
    assert (done["intake"], done["items"]) == (1, 1)
    assert [bytes(one.payload) for one in RawIntake.objects.all()] == [b"new"]
    assert [one.value for one in StatusItem.objects.all()] == [Decimal(2)]
    assert Metric.objects.get().value == Decimal(2)
    assert timers.is_set(housekeeping.DAILY)


def test_a_site_whose_timers_are_missing_gets_them_once(source):
    Timer.objects.all().delete()
    with clock.travel(at(14)):
        assert housekeeping.ensure_armed() is False
        due = dict(
            Timer.objects.filter(task__in=[housekeeping.HOURLY, housekeeping.DAILY]).values_list(
                "task", "due_at"
            )
        )
        assert due == {housekeeping.HOURLY: at(15, 5), housekeeping.DAILY: at(3, 20) + timedelta(days=1)}
    with clock.travel(at(14, 30)):
        housekeeping.ensure_armed()
    assert Timer.objects.get(task=housekeeping.HOURLY).due_at == at(15, 5)


def test_a_source_that_is_removed_ends_its_alerts_with_the_reason(source, alarms):
    take(source, reading(0, "30", warning=Decimal(28)))
    source.stages = {"01": {"state": "open", "name": "发布"}}
    source.save()
    take(source, Record("YJ-1", "cap", "暴雨橙色预警", "01", at(14), level="orange"))
    assert Alert.objects.filter(closed_at__isnull=True).count() == 2
    administration.remove(actor=system_actor("测试"), connector_id=source.pk, reason="系统停用")
    assert not Alert.objects.filter(closed_at__isnull=True).exists()
    for alert in Alert.objects.all():
        newest = alert.changes.order_by("at", "pk").last()
        assert newest is not None
        assert (newest.deed, newest.words) == ("closed", "数据源已移除：系统停用")
    assert [type(one).__name__ for one in alarms][-2:] == ["AlertClosed", "AlertClosed"]
