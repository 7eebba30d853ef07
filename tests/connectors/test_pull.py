"""Pulling from the real neighbour process: what is stored, published, goes stale and recovers."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest

from common import clock, timers
from common.store.models import AuditEntry, Timer
from connectors.asking import Pulled
from connectors.errors import SourceError
from connectors.events import ReadingsChanged, SourceRecovered, SourceStale
from connectors.items import Parsed
from connectors.services import housekeeping, manage, pull
from connectors.store import sources
from connectors.store.models import Connector, Metric, PullRun, StatusItem, Subject
from directory.actors import system_actor
from tests.connectors import gauge
from tests.connectors.gauge import at, said
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db
SEVEN = 7


@pytest.fixture(autouse=True)
def _normal(gauges):
    gauges.control(mode="normal")


def test_a_pull_stores_stations_with_units_limits_and_data_time(gauges, make_connector, heard):
    connector = make_connector(gauges.url)
    run = pull.pull(connector.pk)

    assert run is not None
    assert (run.outcome, run.rows_taken, run.rows_rejected, run.error) == ("taken", SEVEN, 0, "")
    stage = Metric.objects.get(subject__code="62310101", key="stage")
    assert (stage.subject.place, stage.subject.name, stage.unit) == ("淦河", "西河桥站", "米")
    assert (stage.warning, stage.guarantee) == (Decimal(28), Decimal("29.5"))
    assert stage.value is not None
    assert Decimal(26) < stage.value < Decimal(28)
    assert stage.observed_at is not None
    assert abs(clock.now() - stage.observed_at) < timedelta(seconds=30)
    assert {event.subject_id for event in heard} == set(Subject.objects.values_list("pk", flat=True))
    assert {type(event) for event in heard} == {ReadingsChanged}
    lake = Subject.objects.get(name="西凉湖站")
    assert [metric.key for metric in lake.metrics.all()] == ["stage"], "没有流量的站不编造流量"


def test_pages_are_followed_to_the_end(gauges, make_connector):
    connector = make_connector(gauges.url, paging={"size": 3})
    run = pull.pull(connector.pk)
    assert run is not None
    assert run.rows_taken == SEVEN
    assert Subject.objects.count() == SEVEN


def test_what_has_not_changed_is_not_taken_again(gauges, make_connector, heard):
    gauges.control(mode="stop")
    connector = make_connector(gauges.url, paging={"size": 3})
    first = pull.pull(connector.pk)
    heard.clear()
    second = pull.pull(connector.pk)

    assert first is not None
    assert second is not None
    assert (first.outcome, second.outcome) == ("taken", "unchanged")
    assert heard == []
    assert StatusItem.objects.count() == Metric.objects.count()
    connector.refresh_from_db()
    assert connector.health == "ok"


@pytest.mark.parametrize(
    ("mode", "reason"), [("error", "refused"), ("garbage", "not_json"), ("slow", "timed_out")]
)
def test_a_source_that_fails_is_a_recorded_outcome_and_loses_nothing(
    gauges, make_connector, mode, reason, heard
):
    connector = make_connector(gauges.url, timeout_s=0.5)
    pull.pull(connector.pk)
    before = list(Metric.objects.order_by("pk").values_list("value", flat=True))
    heard.clear()
    gauges.control(mode=mode)
    run = pull.pull(connector.pk)

    assert run is not None
    assert (run.outcome, run.error_code) == ("failed", reason)
    assert "请" in run.error
    connector.refresh_from_db()
    assert (connector.health, connector.failures, connector.last_error) == ("failing", 1, run.error)
    assert list(Metric.objects.order_by("pk").values_list("value", flat=True)) == before
    assert heard == []

    gauges.control(mode="normal")
    pull.pull(connector.pk)
    connector.refresh_from_db()
    assert (connector.health, connector.failures, connector.last_error) == ("ok", 0, "")


def test_a_source_that_is_not_there_is_said_to_be_unreachable(make_connector):
    run = pull.pull(make_connector("http://127.0.0.1:9").pk)
    assert run is not None
    assert run.error_code == "unreachable"
    assert "请" in run.error


def test_a_body_without_end_is_cut(gauges, make_connector):
    run = pull.pull(make_connector(gauges.url, max_bytes=200).pk)
    assert run is not None
    assert run.error_code == "too_large"


def test_the_inside_of_the_house_is_closed_unless_opened(gauges, make_connector):
    run = pull.pull(make_connector(gauges.url, allow_private=False).pk)
    assert run is not None
    assert run.error_code == "private_target"


def test_a_secret_comes_from_the_environment_and_is_never_kept(gauges, make_connector, monkeypatch):
    auth = {"kind": "bearer", "secret": "GAUGES"}
    missing = pull.pull(make_connector(gauges.url, auth=auth).pk)
    assert missing is not None
    assert missing.error_code == "bad_config"
    monkeypatch.setenv("CONNECTOR_SECRET_GAUGES", "s3cret-of-the-river")
    connector = Connector.objects.get()
    taken = pull.pull(connector.pk)
    assert taken is not None
    assert taken.outcome == "taken"
    kept = f"{Connector.objects.values()}{PullRun.objects.values()}{AuditEntry.objects.values()}"
    assert "s3cret" not in kept


def test_a_source_that_stops_goes_stale_then_lost_and_recovers(feed, heard):
    feed(at(14, 30), gauge.row(TM=said(14, 30)))
    subject = Subject.objects.get()
    heard.clear()

    feed(at(14, 39), gauge.row(TM=said(14, 30)))
    assert heard == [], "十分钟之内仍算新鲜"
    feed(at(14, 41), gauge.row(TM=said(14, 30)))
    feed(at(14, 42), gauge.row(TM=said(14, 30)))
    feed(at(15, 31), gauge.row(TM=said(14, 30)))
    feed(at(15, 32), gauge.row(TM=said(15, 32)))

    connector_id = subject.connector_id
    observed = at(14, 30)
    assert heard == [
        SourceStale(connector_id, subject.pk, "stale", observed),
        SourceStale(connector_id, subject.pk, "lost", observed),
        ReadingsChanged(connector_id, subject.pk),
        SourceRecovered(connector_id, subject.pk),
    ]


def test_yesterdays_data_never_look_fresh(feed, heard):
    feed(at(14, 30), gauge.row(TM="2026-07-16 14:30:00"))
    assert Subject.objects.get().freshness == "lost"
    assert [type(event) for event in heard] == [ReadingsChanged, SourceStale]


def test_one_silent_gauge_does_not_hide_behind_the_others(feed, heard):
    other = {"STCD": "62310102", "STNM": "马桥站"}
    feed(at(14, 30), gauge.row(TM=said(14, 30)), gauge.row(TM=said(14, 30), **other))
    feed(at(14, 45), gauge.row(TM=said(14, 30)), gauge.row(TM=said(14, 45), **other))
    assert dict(Subject.objects.values_list("name", "freshness")) == {"西河桥站": "stale", "马桥站": "fresh"}


def test_a_failing_source_grows_stale_as_well(feed, heard, monkeypatch):
    feed(at(14, 30), gauge.row(TM=said(14, 30)))

    def fails(_ask):
        raise SourceError("refused", "数据源答复了错误码 503。")

    monkeypatch.setitem(pull.ADAPTERS, "rest", fails)
    with clock.travel(at(14, 45)):
        pull.pull(Connector.objects.get().pk)
    assert Subject.objects.get().freshness == "stale"
    assert isinstance(heard[-1], SourceStale)


def test_late_data_fill_the_past_and_change_nothing_now(feed, heard):
    feed(at(14, 30), gauge.row(TM=said(14, 30), Z="27.8"))
    heard.clear()
    feed(at(14, 31), gauge.row(TM=said(14, 10), Z="29.9"))

    stage = Metric.objects.get(key="stage")
    assert (stage.value, stage.observed_at) == (Decimal("27.8"), at(14, 30))
    assert heard == []
    assert stage.items.filter(observed_at=at(14, 10), value=Decimal("29.9")).exists()


def test_the_same_value_is_stored_once_an_interval_and_its_time_moves_on(feed):
    for minute in range(0, 30, 5):
        feed(at(14, minute), gauge.row(TM=said(14, minute)))
    stage = Metric.objects.get(key="stage")
    assert stage.items.count() == 1
    assert stage.observed_at == at(14, 25)
    feed(at(14, 30), gauge.row(TM=said(14, 30)))
    assert stage.items.count() == 2, "半小时后为图表再存一点"


def test_a_revision_keeps_the_old_value(feed, heard):
    feed(at(14, 30), gauge.row(TM=said(14, 30), Z="27.8"))
    heard.clear()
    feed(at(14, 31), gauge.row(TM=said(14, 30), Z="27.6"))
    feed(at(14, 32), gauge.row(TM=said(14, 30), Z="27.7"))
    feed(at(14, 33), gauge.row(TM=said(14, 30), Z="27.7"))

    stage = Metric.objects.get(key="stage")
    kept = list(stage.items.order_by("revision").values_list("revision", "value", "quality"))
    assert kept == [
        (0, Decimal("27.8"), "good"),
        (1, Decimal("27.6"), "revised"),
        (2, Decimal("27.7"), "revised"),
    ]
    assert stage.value == Decimal("27.7")
    assert len(heard) == 2


def test_bad_rows_are_counted_and_shown(feed):
    run = feed(at(14, 30), gauge.row(TM=said(14, 30), Z="坏", Q="坏"), gauge.row(STCD="2", TM=said(14, 30)))
    assert (run.rows_taken, run.rows_rejected) == (2, 1)
    assert [one["field"] for one in run.rejections] == ["Z", "Q"]


@pytest.mark.parametrize("renamed", [{"TM": "SJ"}, {"Z": "SW", "Q": "LL"}])
def test_a_source_whose_fields_have_other_names_now_is_failing(feed, renamed):
    feed(at(14, 30), gauge.row(TM=said(14, 30)))
    row = {renamed.get(name, name): value for name, value in gauge.row(TM=said(14, 31)).items()}
    run = feed(at(14, 31), row)
    connector = Connector.objects.get()
    assert (run.outcome, run.error_code, run.rows_rejected) == ("failed", "wrong_shape", 1)
    assert (connector.health, connector.last_error) == ("failing", run.error)
    assert "没有一行可以取用" in run.error
    feed(at(14, 33), gauge.row(TM=said(14, 33)))
    connector.refresh_from_db()
    assert (connector.health, connector.failures) == ("ok", 0)


def test_only_one_pull_at_a_time_and_a_crash_ends_the_claim_by_itself(feed):
    feed(at(14, 30), gauge.row(TM=said(14, 30)))
    connector = Connector.objects.get()
    assert connector.claimed_until is None
    with clock.travel(at(14, 31)):
        sources.claim(connector.pk, clock.now(), at(14, 32))
        assert pull.pull(connector.pk) is None
    with clock.travel(at(14, 33)):
        assert pull.pull(connector.pk) is not None


def test_connecting_sets_the_first_time_and_each_pull_the_next(make_connector, monkeypatch):
    with clock.travel(at(9)):
        connector = make_connector(interval_s=120)
        timer = Timer.objects.get()
        assert (timer.task, timer.due_at, timer.args) == (
            "connectors.pull",
            at(9),
            {"connector_id": str(connector.pk)},
        )
        timers.tick()
        assert not Timer.objects.exists()
    monkeypatch.setitem(pull.ADAPTERS, "rest", lambda _ask: Pulled(Parsed(0, (), ()), True, {}))
    with clock.travel(at(9, 1)):
        pull.pull_and_rearm(connector.pk)
        assert Timer.objects.get().due_at == at(9, 3)


def test_a_crash_during_the_pull_leaves_the_next_time_set(make_connector, monkeypatch):
    connector = make_connector()
    Timer.objects.all().delete()

    def crash(_ask):
        raise MemoryError

    monkeypatch.setitem(pull.ADAPTERS, "rest", crash)
    with pytest.raises(MemoryError):
        pull.pull_and_rearm(connector.pk)
    assert Timer.objects.count() == 1
    connector.refresh_from_db()
    assert connector.claimed_until is None


def test_a_source_switched_off_is_not_asked_but_its_data_grow_old(feed, heard):
    feed(at(14, 30), gauge.row(TM=said(14, 30)))
    connector = Connector.objects.get()
    heard.clear()
    with clock.travel(at(14, 31)):
        manage.set_enabled(actor=system_actor("测试"), connector_id=connector.pk, is_enabled=False)
        assert pull.pull(connector.pk) is None
    for minute in (32, 45, 50):
        with clock.travel(at(14, minute)):
            pull.pull_and_rearm(connector.pk)
    with clock.travel(at(15, 45)):
        pull.pull_and_rearm(connector.pk)
    assert [event.freshness for event in heard if isinstance(event, SourceStale)] == ["stale", "lost"]
    assert PullRun.objects.count() == 1

    Timer.objects.all().delete()
    pull.pull_and_rearm(connector.pk)
    assert not Timer.objects.exists(), "全部失联后不再计时"
    manage.set_enabled(actor=system_actor("测试"), connector_id=connector.pk, is_enabled=True)
    assert Timer.objects.count() == 1


def test_connecting_twice_is_one_connector_and_a_new_address_starts_afresh(make_connector):
    first = make_connector()
    Connector.objects.update(cursor={"1": {"etag": "x", "rows": 3}})
    source = manage.Source("gauges", first.name, gauge.config("http://127.0.0.1:10"))
    again = manage.connect(actor=system_actor("测试"), owner=first.owner_unit, source=source)
    assert again.pk == first.pk
    assert Connector.objects.get().cursor == {}
    assert AuditEntry.objects.filter(subject="connector").count() == 2
    manage.connect(actor=system_actor("测试"), owner=first.owner_unit, source=source)
    assert AuditEntry.objects.filter(subject="connector").count() == 2, "没有变化就不记"


def test_only_the_digital_officer_of_the_unit_or_an_administrator_connects():
    unit, other = make_unit(), make_unit("市民政局")
    source = manage.Source("gauges", "水情系统", gauge.config("http://127.0.0.1:9"))
    from common.errors import ForbiddenError

    for person in (make_person(unit=unit, role="handler"), make_person(unit=other, role="digital_officer")):
        with pytest.raises(ForbiddenError):
            manage.connect(actor=person.actor(), owner=unit, source=source)
    officer = make_person(unit=unit, role="digital_officer")
    assert manage.connect(actor=officer.actor(), owner=unit, source=source).key == "gauges"


def test_runs_are_kept_for_a_week(feed):
    feed(at(9), gauge.row(TM=said(9)))
    later = at(9) + timedelta(days=8)
    feed(later, gauge.row(TM=later.strftime("%Y-%m-%d %H:%M:%S")))
    assert housekeeping.keep_house(later)["runs"] == 1
    assert [run.started_at for run in sources.last_runs(Connector.objects.get().pk, 10)] == [
        later.astimezone(UTC)
    ]
