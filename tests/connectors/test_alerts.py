"""One alert for a subject's metric from start to recovery; flags, late and old data make none."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from common import clock
from connectors.events import AlertClosed, AlertOpened, AlertUpgraded
from connectors.items import Reading, Record
from connectors.services import alert_rules, freshness, intake
from connectors.store import sources
from connectors.store.models import Alert, AlertRule, Connector, Subject, ThresholdBand, ThresholdTable
from directory.actors import system_actor
from tests.connectors.gauge import at

pytestmark = pytest.mark.django_db
DEEDS = {AlertOpened: "opened", AlertUpgraded: "moved", AlertClosed: "closed"}


@pytest.fixture
def river(make_connector) -> Connector:
    connector: Connector = make_connector()
    return connector


@pytest.fixture
def give(river):
    """A reading of 西河桥站, taken in a minute after it was measured."""

    def at_time(moment: datetime, value: str, *, later: timedelta = timedelta(minutes=1), **changes) -> None:
        limits = {"warning": Decimal(28), "guarantee": Decimal("29.5"), "near_margin": Decimal("0.3")}
        about = {"metric_name": "水位", "unit": "米", "metric": "stage"} | limits | changes
        reading = Reading("1", "西河桥站", "淦河", value=Decimal(value), observed_at=moment, **about)
        with clock.travel(moment + later):
            intake.take(river.pk, [reading])

    return at_time


def told(alarms: list[object]) -> list[str]:
    return [DEEDS[type(one)] for one in alarms]


def test_a_flood_is_one_alert_from_start_to_recovery(give, alarms):
    for minute, value in enumerate(
        ("27.5", "28.05", "28.2", "29.6", "29.3", "28.1", "27.8", "27.69", "27.5")
    ):
        give(at(14, minute), value)
    assert told(alarms) == ["opened", "moved", "moved", "closed"]
    alert = Alert.objects.get()
    assert (alert.peak_value, alert.peak_at) == (Decimal("29.6"), at(14, 3))
    assert [(one.deed, one.level) for one in alert.changes.all()] == [
        ("opened", "orange"),
        ("upgraded", "red"),
        ("downgraded", "orange"),
        ("closed", "orange"),
    ]
    opened, upgraded, downgraded, closed = alert.changes.all()
    assert opened.words == "水位28.05米，达到或高于警戒28米"
    assert upgraded.words == "水位29.60米，达到或高于保证29.5米"
    assert downgraded.observed_at == at(14, 5), "29.3 在回差以内，仍为红色"
    assert (closed.value, closed.observed_at) == (Decimal("27.69"), at(14, 7))
    give(at(15), "28.4")
    assert Alert.objects.filter(closed_at__isnull=True).count() == 1, "再次超过是新的一次"


def test_the_same_and_late_readings_never_open_again(give, alarms):
    for minute, value in ((0, "28.5"), (10, "27")):
        give(at(14, minute), value)
    assert told(alarms) == ["opened", "closed"]
    give(at(14), "28.5")
    give(at(14, 5), "30")
    give(at(14, 10), "27")
    assert told(alarms) == ["opened", "closed"]


def test_what_was_lost_already_when_it_came_is_history(give, alarms):
    give(at(8), "30", later=timedelta(hours=6))
    assert Alert.objects.filter(metric_key="stage").count() == 0
    assert [one.kind for one in Alert.objects.all()] == ["missing"], "只报失联"


@pytest.mark.parametrize(
    "quality", ["stopped", "maintenance", "set_by_hand", "faulty", "calibration", "over_range", "no_contact"]
)
def test_a_flagged_value_never_exceeds(give, alarms, quality):
    give(at(14), "99", quality=quality)
    assert alarms == []
    give(at(14, 1), "28.1")
    give(at(14, 2), "20", quality=quality)
    assert told(alarms) == ["opened"], "也不解除"


def test_several_readings_at_once_are_judged_one_by_one(river, alarms):
    readings = [
        Reading("1", "桥", "", "stage", Decimal(value), at(14, minute), warning=Decimal(28))
        for minute, value in enumerate((27, 29, 27))
    ]
    with clock.travel(at(14, 5)):
        intake.take(river.pk, readings)
    assert told(alarms) == ["opened", "closed"]
    assert [one.deed for one in Alert.objects.get().changes.all()] == ["opened", "closed"]


def table(connector: Connector, subject: Subject | None = None, **band) -> ThresholdBand:
    made, _ = ThresholdTable.objects.get_or_create(
        connector=connector, subject=subject, metric="stage", defaults={"name": "汛限"}
    )
    return ThresholdBand.objects.create(table=made, **band)


def test_a_table_stands_before_the_source_and_the_subjects_own_before_both(river, give, alarms):
    table(river, level="yellow", limit=20, label="汛限水位", season_from="0501", season_to="0930")
    table(river, level="red", limit=90, season_from="1001", season_to="0430")
    give(at(14), "25")
    assert Alert.objects.get().words == "水位25.00米，达到或高于汛限水位20米"
    table(river, Subject.objects.get(), level="blue", limit=40)
    give(at(14, 1), "25")
    assert told(alarms) == ["opened", "closed"]
    give(at(14, 2), "95")
    assert Alert.objects.get(closed_at=None).level == "blue", "冬季的限值此时不适用"


def test_hours_of_the_day_and_dates(river, give, alarms):
    table(river, level="yellow", limit=10, hour_from=22, hour_to=6, valid_to=date(2026, 7, 18))
    give(at(21, 59), "50")
    assert alarms == []
    give(at(22), "50")
    assert told(alarms) == ["opened"]
    give(at(6) + timedelta(days=1), "50")
    assert told(alarms) == ["opened", "closed"], "限值不再适用即解除"
    give(at(23) + timedelta(days=2), "50")
    assert told(alarms) == ["opened", "closed"]


def rule(connector: Connector, level: str = "yellow", thread: str = "stage", fold=None, **when) -> AlertRule:
    spec = {"when": when, "fold": fold}
    about = {"name": "规则", "sentence": "……", "unit": connector.owner_unit, "created_at": clock.now()}
    return AlertRule.objects.create(connector=connector, metric=thread, level=level, spec=spec, **about)


def test_rules_and_limits_share_one_alert_whose_level_is_the_gravest(river, give, alarms):
    rule(river, "red", kind="rate", metric="stage", change="1", within_s=600)
    give(at(14), "27")
    give(at(14, 1), "28.1")
    alert = Alert.objects.get()
    assert (alert.level, alert.kind, min(alert.grounds)) == ("red", "rate", "limit")
    give(at(14, 30), "28.1")
    alert.refresh_from_db()
    assert (alert.level, alert.kind) == ("orange", "threshold"), "变化已缓，水位仍超"
    give(at(14, 31), "27")
    assert told(alarms) == ["opened", "moved", "closed"]


@pytest.mark.parametrize("how", ["delete", "disable", "elsewhere"])
def test_an_alert_does_not_outlive_the_rule_that_it_rests_on(river, give, alarms, how):
    fast = rule(river, "red", kind="rate", metric="stage", change="1", within_s=600)
    give(at(14), "26")
    give(at(14, 1), "27.1")
    assert Alert.objects.get().grounds.keys() == {f"rule:{fast.pk}"}
    actor = system_actor("测试")
    with clock.travel(at(14, 2)):
        if how == "delete":
            alert_rules.delete_rule(actor=actor, rule_id=fast.pk)
        else:
            same = alert_rules.RuleIn(fast.name, "red", fast.spec, metric="stage")
            change = {"is_enabled": False} if how == "disable" else {"metric": "flow"}
            alert_rules.check_put_rule(
                actor=actor, connector_id=river.pk, new=replace(same, **change), rule_id=fast.pk
            )
    alert = Alert.objects.get()
    assert alert.closed_at == at(14, 2)
    assert fast.name in alert.changes.get(deed="closed").words
    assert told(alarms) == ["opened", "closed"]


def test_what_else_holds_keeps_the_alert_when_a_rule_goes(river, give, alarms):
    fast = rule(river, "red", kind="rate", metric="stage", change="1", within_s=600)
    give(at(14), "27")
    give(at(14, 1), "28.1")
    with clock.travel(at(14, 2)):
        alert_rules.delete_rule(actor=system_actor("测试"), rule_id=fast.pk)
    alert = Alert.objects.get()
    assert (alert.level, alert.closed_at) == ("orange", None)
    give(at(14, 3), "27")
    assert told(alarms) == ["opened", "moved", "closed"]


def test_k_of_m_remembers_across_takes_and_not_twice(river, give, alarms):
    rule(river, kind="threshold", metric="stage", limit="20", fold={"need": 2, "of": 3, "within_s": 3600})
    give(at(14), "21", warning=None, guarantee=None)
    give(at(14), "21", warning=None, guarantee=None)
    assert alarms == []
    give(at(14, 1), "21", warning=None, guarantee=None)
    assert told(alarms) == ["opened"]


def judge(connector: Connector, moment: datetime) -> None:
    with clock.travel(moment):
        locked = sources.lock(connector.pk)
        assert locked is not None
        freshness.judge(locked, moment)


def test_lost_contact_is_an_alert_and_ends_with_the_next_reading(river, give, alarms):
    give(at(8), "27")
    judge(river, at(8, 59))
    assert alarms == []
    judge(river, at(9, 2))
    judge(river, at(9, 3))
    alert = Alert.objects.get()
    assert (alert.metric_key, alert.kind, alert.level) == ("", "missing", "yellow")
    assert "失联：最近一次数据在07月17日 08:00" in alert.words
    give(at(9, 5), "27")
    assert told(alarms) == ["opened", "closed"]


def test_no_alert_of_lost_contact_where_none_is_wanted(river, give, alarms):
    river.missing_level = ""
    river.save()
    give(at(8), "27")
    judge(river, at(12))
    assert alarms == []


def test_periods_without_data_and_a_value_that_is_late(river, give, alarms):
    rule(river, "blue", thread="", kind="missing", periods=3)
    rule(river, "yellow", kind="late", metric="stage", by="08:30", since="07:00")
    give(at(6, 50), "27")
    judge(river, at(6, 54))
    assert Alert.objects.get().level == "blue", "三个周期没有数据"
    judge(river, at(8, 30))
    assert {one.metric_key: one.level for one in Alert.objects.all()} == {"": "yellow", "stage": "yellow"}
    give(at(8, 35), "27")
    judge(river, at(8, 37))
    assert Alert.objects.filter(closed_at=None, metric_key="stage").count() == 0


def test_what_a_subject_does_not_measure_is_not_late_there(river, give, alarms):
    rule(river, "yellow", kind="late", metric="flow", by="08:30", since="07:00")
    give(at(8, 20), "27")
    judge(river, at(8, 31))
    assert alarms == [], "这个站只报水位"
    named = AlertRule.objects.get()
    named.subject = Subject.objects.get()
    named.save()
    judge(river, at(8, 32))
    assert told(alarms) == ["opened"], "点名要它报"


def test_a_warning_of_the_source_is_an_alert_that_follows_its_record(river, alarms):
    river.stages = {"Alert": {"state": "open"}, "Update": {"state": "open"}, "Cancel": {"state": "withdrawn"}}
    river.save()
    first = Record("A1", "warning", "暴雨黄色预警", "Alert", at(9), level="yellow")
    second = replace(
        first,
        source_id="A2",
        replaces=("A1",),
        title="暴雨红色预警",
        code="Update",
        stage_at=at(10),
        level="red",
    )
    last = replace(second, source_id="A3", replaces=("A2",), code="Cancel", stage_at=at(11))
    for item in (first, first, second, last, second):
        intake.take(river.pk, [item])
    assert told(alarms) == ["opened", "moved", "closed"]
    alert = Alert.objects.get()
    assert [(one.deed, one.level) for one in alert.changes.all()] == [
        ("opened", "yellow"),
        ("upgraded", "red"),
        ("closed", "red"),
    ]


def test_many_takes_ask_the_database_a_bounded_number_of_times(river, django_assert_max_num_queries):
    readings = [
        Reading(str(n), f"站{n}", "", "stage", Decimal(29), at(14), warning=Decimal(28)) for n in range(60)
    ]
    with clock.travel(at(14, 1)):
        intake.take(river.pk, readings)
        again = [replace(one, observed_at=at(14, 1)) for one in readings]
        with django_assert_max_num_queries(75):  # 60 of them ask who is subscribed
            intake.take(river.pk, again)
