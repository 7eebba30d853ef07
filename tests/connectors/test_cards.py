"""The status card says what the gauge said, how old that is, and never dresses old data as fresh."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from chatops.cards import Card, card_content
from common import clock
from connectors.cards import status_card
from connectors.services import status
from connectors.services.manage import subscribe, unsubscribe
from connectors.store.models import Connector, Subject
from directory.actors import system_actor
from tests.connectors import gauge
from tests.connectors.gauge import at, said

pytestmark = pytest.mark.django_db


def card_at(moment: datetime) -> Card:
    with clock.travel(moment):
        card = status_card(Subject.objects.get().pk)
    assert card is not None
    return card


def test_a_fresh_card(feed):
    feed(at(8), gauge.row(TM=said(8), Z="26.410"))
    feed(at(14, 30), gauge.row(TM=said(14, 30), Z="27.830"))
    card = card_at(at(14, 33))

    assert (card.kind, card.title, card.value) == ("status", "淦河·西河桥站水位", "27.83 米")
    assert card.as_of == at(14, 30)
    assert card.source == "市水利和湖泊局水情系统"
    assert card.state is not None
    assert (card.state.code, card.state.word) == ("yellow", "接近警戒")
    assert card.state.because == "低于警戒值 0.17 米"
    assert not card.stale
    assert [(field.label, field.value) for field in card.fields] == [
        ("流量", "46.2 立方米每秒"),
        ("观测时间", "07月17日 14:30"),
    ]
    assert card.series is not None
    assert (card.series.threshold, card.series.threshold_label) == (28000, "警戒")
    assert card.series.points == [
        (int(at(8).timestamp() * 1000), 26410),
        (int(at(14, 30).timestamp() * 1000), 27830),
    ]
    assert card.fallback == (
        "【淦河·西河桥站水位】27.83 米　接近警戒\n低于警戒值 0.17 米\n"
        "警戒：28.00 米　保证：29.50 米　流量：46.2 立方米每秒　观测时间：07月17日 14:30\n"
        "来源：市水利和湖泊局水情系统"
    )
    assert card_content(card)["body"] == card.fallback


@pytest.mark.parametrize(
    ("stage", "code", "word", "because"),
    [
        ("27.1", "green", "正常", "低于警戒值 0.90 米"),
        ("28.05", "red", "超警戒", "高于警戒值 0.05 米"),
        ("29.6", "red", "超保证", "高于保证值 0.10 米"),
    ],
)
def test_states_by_limits(feed, stage, code, word, because):
    feed(at(14, 30), gauge.row(TM=said(14, 30), Z=stage))
    state = card_at(at(14, 31)).state
    assert state is not None
    assert (state.code, state.word, state.because) == (code, word, because)


def test_old_data_say_so_even_between_two_pulls(feed):
    feed(at(14, 30), gauge.row(TM=said(14, 30), Z="28.05"))
    stale, lost = card_at(at(14, 45)), card_at(at(16))

    for card, word in ((stale, "数据偏旧"), (lost, "失联")):
        assert card.stale
        assert card.state is not None
        assert (card.state.code, card.state.word) == ("grey", word)
        assert card.state.because == "最近一次观测在 07月17日 14:30，当时为“超警戒”，此后没有新数据"
        assert word in card.fallback
        assert card.as_of == at(14, 30), "数据时间不因重画而变"


def test_the_version_rises_with_each_reading_and_with_staleness(feed):
    versions = []
    for minute, observed in ((30, 30), (31, 31), (42, 31), (43, 43)):
        feed(at(14, minute), gauge.row(TM=said(14, observed)))
        versions.append(card_at(at(14, minute)).version)
    assert all(a < b for a, b in pairwise(versions))


def test_the_day_before_is_shown_as_a_change(feed):
    feed(at(14, 30) - timedelta(days=1), gauge.row(TM="2026-07-16 14:30:00", Z="26.41"))
    feed(at(14, 30), gauge.row(TM=said(14, 30), Z="27.83"))
    assert "近24小时：+1.42" in card_at(at(14, 31)).fallback


def test_a_long_day_is_thinned_and_keeps_its_ends_and_its_peak():
    points = [(at(0) + timedelta(minutes=n), Decimal(n % 97)) for n in range(1440)]
    thin = status.thin(points, 48)
    assert len(thin) == 48
    assert (thin[0], thin[-1]) == (points[0], points[-1])
    assert thin == sorted(thin)
    assert max(value for _, value in thin) == 96
    assert status.thin(points[:10], 48) == points[:10]


def test_no_reading_no_card(make_connector):
    connector = make_connector()
    empty = Subject.objects.create(connector=connector, code="1", name="新站")
    assert status_card(empty.pk) is None
    assert status_card(connector.pk) is None


def test_rooms_get_what_they_subscribed_to(feed):
    feed(at(14, 30), gauge.row(TM=said(14, 30)), gauge.row(TM=said(14, 30), STCD="2", STNM="马桥站"))
    connector, actor = Connector.objects.get(), system_actor("测试")
    river, other = Subject.objects.order_by("-code")
    subscribe(actor=actor, connector=connector, room_id="!all:x", codes=[])
    subscribe(actor=actor, connector=connector, room_id="!one:x", codes=["2"])
    subscribe(actor=actor, connector=connector, room_id="!one:x", codes=["62310101"])

    assert status.subscribed_rooms(connector.pk, river.pk) == ["!all:x", "!one:x"]
    assert status.subscribed_rooms(connector.pk, other.pk) == ["!all:x"]
    assert [one.name for one in status.room_subjects("!one:x")] == ["西河桥站"]
    assert len(status.room_subjects("!all:x")) == 2
    assert unsubscribe(actor=actor, connector=connector, room_id="!one:x")
    assert not unsubscribe(actor=actor, connector=connector, room_id="!one:x")
    assert status.subscribed_rooms(connector.pk, river.pk) == ["!all:x"]
