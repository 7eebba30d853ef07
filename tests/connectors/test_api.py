"""The REST door: who sees the sources, and who may read a series."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from chatops.services.rooms import create_room
from common import clock
from connectors.items import Reading, Record
from connectors.services import intake
from connectors.services.manage import subscribe
from connectors.store.models import Alert, Connector, Subject, Subscription
from directory.actors import system_actor
from tests.connectors import gauge
from tests.connectors.gauge import at, said
from tests.support.world import Person, make_person, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _afternoon():
    with clock.travel(at(14, 33)):
        yield


@pytest.fixture
def river(feed) -> Subject:
    """西河桥站 with two readings; the second one is three minutes old."""
    feed(at(13), gauge.row(TM=said(13), Z="27.110"))
    feed(at(14, 30), gauge.row(TM=said(14, 30), Z="27.830"), gauge.row(STCD="坏" * 65))
    return Subject.objects.get()


def get(person: Person, path: str, **query):
    return Client().get(f"/api/v1{path}", query, headers={"Authorization": f"Bearer {person.secret}"})


def test_officers_see_health_and_age_of_the_sources(river, django_assert_max_num_queries):
    officer = make_person(unit=make_unit("市政务和大数据局"), role="digital_officer")
    with django_assert_max_num_queries(8):
        answer = get(officer, "/connectors")
    assert answer.status_code == 200
    [one] = answer.json()["items"]
    assert (one["name"], one["owner_unit_name"]) == ("市水利和湖泊局水情系统", "市水利和湖泊局")
    assert (one["health"], one["health_word"], one["host"]) == ("ok", "正常", "127.0.0.1:9")
    assert (one["subject_count"], one["old_count"]) == (1, 0)
    assert "config" not in one
    assert "url" not in one


def test_the_list_counts_what_is_old_now_though_nobody_has_pulled_since(river):
    officer = make_person(unit=make_unit("市政务和大数据局"), role="digital_officer")
    limit = timedelta(seconds=Connector.objects.get().fresh_for_s)
    for age, old in ((limit, 0), (limit + timedelta(seconds=1), 1)):
        with clock.travel(at(14, 30) + age):
            [one] = get(officer, "/connectors").json()["items"]
        assert (one["subject_count"], one["old_count"]) == (1, old)
        assert one["is_overdue"] == bool(old), "也没有人去取"
    assert Subject.objects.get().freshness == "fresh", "so it was judged at the last pull"


def test_others_do_not_see_the_sources(river):
    handler = make_person(unit=make_unit("市民政局"), role="handler")
    answer = get(handler, "/connectors")
    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"
    assert get(handler, f"/connectors/{river.connector_id}/runs").status_code == 403


def test_runs_show_what_could_not_be_used(river):
    officer = make_person(unit=make_unit("市政务和大数据局"), role="system_admin")
    runs = get(officer, f"/connectors/{river.connector_id}/runs").json()["items"]
    assert [run["outcome_word"] for run in runs] == ["已取数", "已取数"]
    assert (runs[0]["rows_taken"], runs[0]["rows_rejected"]) == (2, 1)
    assert runs[0]["rejections"][0] == {"line": 2, "field": "STCD", "reason": "超过 64 个字符"}
    subjects = get(officer, f"/connectors/{river.connector_id}/subjects").json()["items"]
    assert [(one["name"], one["freshness_word"]) for one in subjects] == [("西河桥站", "新鲜")]


def test_a_member_of_a_subscribed_room_reads_the_series(river):
    member, outsider = (
        make_person(unit=make_unit(name), role="handler") for name in ("市民政局", "市财政局")
    )
    room = create_room(actor=member.actor(), kind="work", name="汛情群")
    path = f"/connectors/subjects/{river.pk}/series"
    assert get(member, path).status_code == 404, "群尚未订阅"
    subscribe(
        actor=system_actor("测试"),
        connector=Connector.objects.get(),
        room_id=room.room_id,
        codes=[river.code],
    )

    answer = get(member, path).json()
    assert (answer["metric_name"], answer["unit"], answer["value"]) == ("水位", "米", "27.83")
    assert (answer["level"], answer["level_word"], answer["warning"]) == ("near", "接近警戒", "28.00")
    assert [point["value"] for point in answer["points"]] == ["27.11", "27.83"]
    assert get(member, path, metric="flow").json()["value"] == "46.2"
    assert [one["key"] for one in answer["metrics"]] == ["stage", "flow"]
    assert get(outsider, path).status_code == 404
    assert get(outsider, path).json() == get(outsider, f"/connectors/subjects/{room_uuid()}/series").json()


def test_what_the_room_masks_is_not_read_on_the_page_either(river):
    member = make_person(unit=make_unit("市民政局"), role="handler")
    room = create_room(actor=member.actor(), kind="work", name="汛情群")
    source = Connector.objects.get()
    subscribe(actor=system_actor("测试"), connector=source, room_id=room.room_id, codes=[river.code])
    Subscription.objects.update(masks=["stage"])
    path = f"/connectors/subjects/{river.pk}/series"
    assert get(member, path, metric="stage").status_code == 404
    answer = get(member, path).json()
    assert (answer["metric"], [one["key"] for one in answer["metrics"]]) == ("flow", ["flow"])
    assert [one["metric"] for one in get(member, "/connectors/metrics").json()["items"]] == ["flow"]
    [tile] = get(member, "/connectors/tiles").json()["items"]
    assert tile["title"].endswith("流量")
    assert "27.83" not in str(tile)


def test_of_a_masked_quantity_an_alert_says_how_grave_it_is_and_no_value(river):
    member = make_person(unit=make_unit("市民政局"), role="handler")
    officer = make_person(unit=make_unit("市政务和大数据局"), role="digital_officer")
    room = create_room(actor=member.actor(), kind="work", name="汛情群")
    source = Connector.objects.get()
    subscribe(actor=system_actor("测试"), connector=source, room_id=room.room_id, codes=[river.code])
    over = Reading(
        river.code, river.name, river.place, "stage", Decimal("28.43"), at(15), warning=Decimal(28),
        metric_name="水位", unit="米",
    )  # fmt: skip
    with clock.travel(at(15)):
        intake.take(source.pk, [over])
    path = f"/connectors/alerts/{Alert.objects.get().pk}"
    assert "28.43" in get(member, path).content.decode()
    Subscription.objects.update(masks=["stage"])
    for page in ("/connectors/alerts", path):
        said = get(member, page).content.decode()
        assert "***" in said
        assert "28.43" not in said
        assert "28.43" in get(officer, page).content.decode(), "按岗位可以看"
    detail = get(member, path).json()
    assert (detail["level_word"], detail["value"], detail["peak_value"]) == ("橙色", None, None)
    assert [one["value"] for one in detail["changes"]] == [None]
    assert Alert.objects.get().words != "***", "只是不给这个人看"


def test_a_masked_field_of_a_record_is_not_read_on_its_page(river):
    member = make_person(unit=make_unit("市民政局"), role="handler")
    officer = make_person(unit=make_unit("市政务和大数据局"), role="digital_officer")
    room = create_room(actor=member.actor(), kind="work", name="案件群")
    Connector.objects.update(stages={"01": {"state": "open", "name": "立案"}})
    source = Connector.objects.get()
    subscribe(actor=system_actor("测试"), connector=source, room_id=room.room_id, codes=[])
    Subscription.objects.update(masks=["举报人"])
    about = {"举报人": "张三", "地段": "城东"}
    intake.take(source.pk, [Record("XM-1", "case", "违章占道", "01", at(9), fields=about)])
    path = f"/connectors/records/{get(member, '/connectors/records').json()['items'][0]['id']}"
    assert get(member, path).json()["fields"] == {"举报人": "***", "地段": "城东"}
    assert get(officer, path).json()["fields"] == about


def test_tiles_show_what_the_persons_groups_ask_for_with_state_and_age(river):
    member, outsider = (
        make_person(unit=make_unit(name), role="handler") for name in ("市民政局", "市财政局")
    )
    room = create_room(actor=member.actor(), kind="work", name="汛情群")
    source = Connector.objects.get()
    subscribe(actor=system_actor("测试"), connector=source, room_id=room.room_id, codes=[river.code])
    [tile] = get(member, "/connectors/tiles").json()["items"]
    assert (tile["kind"], tile["subject"]) == ("status", str(river.pk))
    assert (tile["value"], tile["state"]["word"], tile["stale"]) == ("27.83 米", "接近警戒", False)
    assert [point[1] for point in tile["series"]["points"]] == [27110, 27830]
    assert get(outsider, "/connectors/tiles").json() == {"items": []}
    officer = make_person(unit=make_unit("市政务和大数据局"), role="digital_officer")
    [seen] = get(officer, "/connectors/tiles").json()["items"]
    assert seen["subject"] == str(river.pk), "不在群里，按岗位可以看"
    with clock.travel(at(23)):
        [tile] = get(member, "/connectors/tiles").json()["items"]
    assert (tile["stale"], tile["state"]["word"]) == (True, "失联")


def room_uuid() -> str:
    return "01900000-0000-7000-8000-000000000000"


@pytest.mark.parametrize("query", [{"hours": 0}, {"hours": 745}])
def test_an_odd_span_is_refused_with_the_field(river, query):
    officer = make_person(unit=make_unit("市政务和大数据局"), role="leader")
    answer = get(officer, f"/connectors/subjects/{river.pk}/series", **query)
    assert answer.status_code == 400
    assert answer.json()["field"] == "hours"


def test_an_unknown_metric_is_not_there(river):
    officer = make_person(unit=make_unit("市政务和大数据局"), role="leader")
    assert get(officer, f"/connectors/subjects/{river.pk}/series", metric="colour").status_code == 404


def test_old_data_are_called_old(river):
    officer = make_person(unit=make_unit("市政务和大数据局"), role="leader")
    with clock.travel(at(14, 33) + timedelta(hours=2)):
        answer = get(officer, f"/connectors/subjects/{river.pk}/series")
    assert answer.json()["subject"]["freshness"] == "lost"


def test_nobody_reads_without_signing_in(river):
    assert Client().get("/api/v1/connectors").status_code == 401
