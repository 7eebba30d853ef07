"""What limits and rules would have done in the past is what they do when they are there."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import clock
from connectors.items import Reading
from connectors.services import alert_rules, foresight, intake, limits
from connectors.store.models import (
    Alert,
    AlertRule,
    Connector,
    RuleMemory,
    StatusItem,
    Subject,
    ThresholdTable,
)
from directory.actors import system_actor
from tests.connectors.gauge import at

pytestmark = pytest.mark.django_db
ACTOR = system_actor("测试")
PERIOD = timedelta(minutes=5)
BAND = {"level": "red", "op": ">=", "limit": "28", "margin": "0.5"}
RULES: list[dict[str, Any]] = [
    {"when": {"kind": "threshold", "metric": "stage", "limit": "28"}, "fold": {"need": 3, "of": 5}},
    {"when": {"kind": "threshold", "metric": "stage", "limit": "28"}, "fold": {"more_than": 4, "within_s": 3600}},
    {"when": {"kind": "trend", "metric": "stage", "readings": 3}},
    {"when": {"kind": "rate", "metric": "stage", "change": "1", "within_s": 600}},
    {"when": {"kind": "rate", "metric": "stage", "change": "2", "within_s": 3600, "direction": "either"}},
]  # fmt: skip


@pytest.fixture
def river(make_connector) -> Connector:
    connector: Connector = make_connector(fresh_for_s=6 * 3600, lost_after_s=6 * 3600)
    return connector


def readings(values: list[int], code: str = "1") -> list[Reading]:
    first = at(15) - len(values) * PERIOD
    return [
        Reading(
            code, f"{code}号站", "淦河", "stage", Decimal(value), first + number * PERIOD, metric_name="水位"
        )
        for number, value in enumerate(values, 1)
    ]


def foreseen(connector: Connector, spec: dict[str, Any]) -> int:
    new = alert_rules.RuleIn("试算", "red", spec, metric="stage")
    found = foresight.preview_rule(actor=ACTOR, connector_id=connector.pk, new=new).foreseen
    assert found is not None
    return found.opened


def table(subject_id=None, **band: str) -> limits.TableIn:
    return limits.TableIn("stage", "汛限", [BAND | band], subject_id=subject_id)


def foreseen_by(connector: Connector, new: limits.TableIn) -> int:
    found = foresight.preview_table(actor=ACTOR, connector_id=connector.pk, new=new).foreseen
    assert found is not None
    return found.opened


def forget() -> None:
    for model in (Alert, AlertRule, RuleMemory, ThresholdTable, StatusItem, Subject):
        model.objects.all().delete()


@pytest.mark.parametrize("spec", [None, *RULES])
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.sampled_from([26, 27, 28, 29]), min_size=1, max_size=24))
def test_it_is_what_they_do(river, spec, values):
    forget()
    with clock.travel(at(15)):
        if spec is None:
            limits.check_put_table(actor=ACTOR, connector_id=river.pk, new=table())
        else:
            new = alert_rules.RuleIn("急涨", "red", spec, metric="stage")
            alert_rules.check_put_rule(actor=ACTOR, connector_id=river.pk, new=new)
        intake.take(river.pk, readings([26, 27, *values]))
        opened = Alert.objects.count()
        assert (foreseen_by(river, table()) if spec is None else foreseen(river, spec)) == opened


def test_a_value_that_stays_counts_as_often_as_it_was_read(river):
    with clock.travel(at(15)):
        intake.take(river.pk, readings([26, 28, 28, 28, 28, 26]))
        assert StatusItem.objects.count() == 3, "未变化的读数没有逐条存储"
        assert foreseen(river, RULES[0]) == 1
        steps = [26, 27, 27, 28, 28]
        intake.take(river.pk, readings(steps, "2"))
        assert foreseen(river, RULES[2]) == 0, "中间停过，不是连续上升"


def test_what_came_late_was_never_judged(river):
    past = readings([26, 26, 26, 26])
    high = replace(past[1], value=Decimal(29))
    with clock.travel(at(15)):
        intake.take(river.pk, [past[0], past[2], past[3]])
    with clock.travel(at(15, 1)):
        intake.take(river.pk, [high])
        assert foreseen_by(river, table()) == 0
    with clock.travel(at(22)):
        intake.take(river.pk, [replace(past[3], subject_code="2", value=Decimal(29), observed_at=at(15, 30))])
        assert foreseen_by(river, table()) == 0, "取得时已失联的数据只算历史"
        assert foreseen_by(river, table(limit="26")) == 1


def test_a_subject_with_limits_of_its_own_is_not_judged_by_those_of_its_source(river):
    with clock.travel(at(15)):
        intake.take(river.pk, readings([26, 29]) + readings([26, 29], "2"))
        own = Subject.objects.get(code="2")
        assert foreseen_by(river, table()) == 2
        limits.check_put_table(actor=ACTOR, connector_id=river.pk, new=table(own.pk, limit="30"))
        assert foreseen_by(river, table()) == 1
        assert foreseen_by(river, table(own.pk)) == 1
