"""REST of alerts, limits, rules, records, values and subscriptions: who may, who may not, and what is refused."""

import io
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from chatops.services.rooms import create_room
from common import clock
from common.store.models import AuditEntry
from connectors.adapters import write_back
from connectors.errors import SourceError
from connectors.items import Reading, Record
from connectors.services import housekeeping, intake, manage, records
from connectors.store import records as records_store
from connectors.store.models import Alert, Connector, Entry, Metric, Subject, Subscription, WriteBack
from directory.actors import system_actor
from tests.connectors.gauge import at
from tests.support.world import Person, make_person, make_unit

pytestmark = pytest.mark.django_db
NOBODY = "01900000-0000-7000-8000-000000000000"


@pytest.fixture(autouse=True)
def _afternoon():
    with clock.travel(at(15)):
        yield


@pytest.fixture
def river(make_connector) -> Connector:
    connector: Connector = make_connector()
    connector.stages = {"01": {"state": "open", "name": "立案"}, "09": {"state": "closed", "name": "结案"}}
    connector.save()
    readings = [
        Reading(
            "1", "西河桥站", "淦河", "stage", Decimal(value), at(14, minute), warning=Decimal(28),
            metric_name="水位", unit="米",
        )
        for minute, value in ((50, "27.5"), (59, "28.4"))
    ]  # fmt: skip
    intake.take(connector.pk, readings)
    return connector


@pytest.fixture
def officer(river) -> Person:
    return make_person(unit=river.owner_unit, role="digital_officer")


@pytest.fixture
def stranger() -> Person:
    return make_person(unit=make_unit("市民政局"), role="handler")


def call(person: Person, method: str, path: str, body=None, **query):
    options: dict[str, Any] = {"headers": {"Authorization": f"Bearer {person.secret}"}}
    if body is not None:
        options |= {"data": json.dumps(body), "content_type": "application/json"}
    elif query:
        options["query_params"] = query
    return getattr(Client(), method)(f"/api/v1{path}", **options)


def test_an_alert_is_seen_noted_and_muted(river, officer, stranger):
    alert = Alert.objects.get()
    [shown] = call(officer, "get", "/connectors/alerts").json()["items"]
    assert (shown["level_word"], shown["kind_word"], shown["subject_name"]) == ("橙色", "超限", "西河桥站")
    assert shown["abilities"] == ["acknowledge", "mute"]
    path = f"/connectors/alerts/{alert.pk}"
    noted = call(officer, "post", f"{path}/acknowledge", {}).json()
    again = call(officer, "post", f"{path}/acknowledge", {}).json()
    assert noted["acknowledged_by"] == again["acknowledged_by"]
    assert officer.staff.name in noted["acknowledged_by"]
    until = (at(15) + timedelta(hours=2)).isoformat()
    muted = call(officer, "post", f"{path}/mute", {"until": until}).json()
    assert [one["deed_word"] for one in muted["changes"]] == ["发布", "已知悉", "静默"]
    assert call(officer, "post", f"{path}/mute", {"until": None}).json()["muted_until"] is None
    for wrong in (at(14), at(15) + timedelta(days=8)):
        refused = call(officer, "post", f"{path}/mute", {"until": wrong.isoformat()})
        assert (refused.status_code, refused.json()["field"]) == (400, "until")
    assert AuditEntry.objects.filter(verb="alert.handle").count() == 3
    assert call(stranger, "get", path).status_code == 404
    assert call(stranger, "post", f"{path}/acknowledge", {}).status_code == 404
    assert call(stranger, "get", "/connectors/alerts").json()["items"] == []


def test_a_graver_level_ends_the_silence(river, officer):
    alert = Alert.objects.get()
    until = (at(15) + timedelta(hours=2)).isoformat()
    call(officer, "post", f"/connectors/alerts/{alert.pk}/mute", {"until": until})
    reading = Reading("1", "西河桥站", "淦河", "stage", Decimal(30), at(15), guarantee=Decimal("29.5"))
    intake.take(river.pk, [reading])
    alert.refresh_from_db()
    assert (alert.level, alert.muted_until) == ("red", None)


def test_a_member_of_a_subscribed_room_sees_its_alerts_and_no_others(river, stranger):
    other = Reading("2", "马桥站", "淦河", "stage", Decimal(40), at(14, 59), warning=Decimal(28))
    intake.take(river.pk, [other])
    room = create_room(actor=stranger.actor(), kind="work", name="汛情群")
    manage.subscribe(actor=system_actor("测试"), connector=river, room_id=room.room_id, codes=["1"])
    [shown] = call(stranger, "get", "/connectors/alerts").json()["items"]
    assert (shown["subject_name"], shown["abilities"]) == ("西河桥站", [])
    assert call(stranger, "post", f"/connectors/alerts/{shown['id']}/acknowledge", {}).status_code == 403
    hidden = Alert.objects.get(subject__code="2")
    assert call(stranger, "get", f"/connectors/alerts/{hidden.pk}").status_code == 404
    assert [one["subject_name"] for one in call(stranger, "get", "/connectors/metrics").json()["items"]] == [
        "西河桥站"
    ]


def test_pages_of_alerts(river, officer, monkeypatch):
    monkeypatch.setattr("connectors.services.alert_deeds.PAGE", 2)
    for code in "23456":
        intake.take(river.pk, [Reading(code, code, "", "stage", Decimal(40), at(14), warning=Decimal(28))])
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = call(officer, "get", "/connectors/alerts", **cursor).json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(seen) == len(set(seen)) == 6
    for field, wrong in (("state", "odd"), ("level", "pink"), ("cursor", "x"), ("cursor", "2026-01-01~x")):
        refused = call(officer, "get", "/connectors/alerts", **{field: wrong})
        assert (refused.status_code, refused.json()["field"]) == (400, field)


BAND = {
    "level": "orange",
    "limit": "27",
    "label": "汛限水位",
    "margin": "0.2",
    "season_from": "0501",
    "season_to": "0930",
}


def test_limits_read_as_sentences_and_hold_at_once(river, officer, stranger):
    path = f"/connectors/{river.pk}/thresholds"
    body = {"metric": "stage", "name": "汛限水位", "basis": "鄂汛〔2026〕1号", "bands": [BAND]}
    kept = call(officer, "put", path, body).json()
    assert kept["sentences"] == [
        "05月01日至09月30日，水位达到或高于汛限水位27米时，发布橙色预警，回落到26.8米以下解除。"
    ]
    assert call(officer, "put", path, body | {"name": "另名"}).json()["id"] == kept["id"], "一个指标一张表"
    assert [one["name"] for one in call(officer, "get", path).json()["items"]] == ["另名"]
    card = call(officer, "get", f"/connectors/subjects/{Subject.objects.get().pk}/series").json()
    assert card["level_word"] == "超警戒"
    assert call(stranger, "put", path, body).status_code == 403
    assert call(stranger, "delete", f"/connectors/thresholds/{kept['id']}").status_code == 403
    assert call(officer, "delete", f"/connectors/thresholds/{kept['id']}").status_code == 204
    assert call(officer, "delete", f"/connectors/thresholds/{kept['id']}").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"level": "pink"}, "bands.0.level"),
        ({"margin": "-1"}, "bands.0.margin"),
        ({"op": "="}, "bands.0.op"),
        ({"season_from": "0230"}, "bands.0.season_from"),
        ({"season_from": "501"}, "bands.0.season_from"),
        ({"season_to": ""}, "bands.0.season_to"),
        ({"hour_to": 25}, "bands.0.hour_to"),
        ({"hour_from": 24}, "bands.0.hour_from"),
        ({"valid_from": "2026-05-02", "valid_to": "2026-05-01"}, "bands.0.valid_to"),
        ({"limit": "1e20"}, "bands.0.limit"),
    ],
)
def test_limits_that_cannot_be_meant_are_refused_by_field(river, officer, change, field):
    body = {"metric": "stage", "name": "汛限", "bands": [BAND | change]}
    refused = call(officer, "put", f"/connectors/{river.pk}/thresholds", body)
    assert (refused.status_code, refused.json()["field"]) == (400, field)


def test_rules_are_previewed_kept_changed_and_forgotten(river, officer, stranger):
    path = f"/connectors/{river.pk}/rules"
    body = {
        "name": "急涨",
        "level": "red",
        "metric": "stage",
        "spec": {"when": {"kind": "rate", "metric": "stage", "change": "0.5", "within_s": 3600}},
    }
    words = "水位1小时内上升0.5米及以上时，发布红色预警。"
    seen = call(officer, "post", f"{path}/preview", body).json()
    assert (seen["sentences"], seen["alerts"], seen["levels"]) == ([words], 1, {"red": 1})
    late = body | {"spec": {"when": {"kind": "late", "metric": "stage", "by": "08:30"}}}
    assert call(officer, "post", f"{path}/preview", late).json()["alerts"] is None
    assert call(stranger, "post", f"{path}/preview", body).status_code == 403
    kept = call(officer, "post", path, body).json()
    assert kept["sentence"] == words
    changed = call(officer, "put", f"{path}/{kept['id']}", body | {"level": "blue"}).json()
    assert (changed["id"], changed["level"]) == (kept["id"], "blue")
    assert len(call(officer, "get", path).json()["items"]) == 1
    odd = body | {"spec": {"when": {"kind": "rate", "metric": "stage", "change": "-1"}}}
    refused = call(officer, "post", path, odd).json()
    assert refused["field"].startswith("spec.when")
    for person, status in ((stranger, 403), (officer, 204), (officer, 404)):
        assert call(person, "delete", f"/connectors/rules/{kept['id']}").status_code == status
    assert call(stranger, "post", f"{path}/preview", body).status_code == 403


@pytest.fixture
def record(river):
    first = Record(
        "XM-1", "case", "违章占道", "01", at(9), place="城东", limit_days=5, fields={"举报人": "张三"}
    )
    intake.take(river.pk, [first])
    intake.take(river.pk, [replace(first, code="09", stage_at=at(10))])
    return records_store.find_by_source(river, "XM-1")


def test_records_with_their_timeline(river, record, officer, stranger):
    [shown] = call(officer, "get", "/connectors/records", state="closed").json()["items"]
    assert (shown["title"], shown["stage"], shown["state_word"], shown["limit_days"]) == (
        "违章占道", "结案", "已办结", 5,
    )  # fmt: skip
    detail = call(officer, "get", f"/connectors/records/{record.pk}").json()
    assert [one["name"] for one in detail["stages"]] == ["立案", "结案"]
    assert call(stranger, "get", f"/connectors/records/{record.pk}").status_code == 404
    assert call(officer, "get", "/connectors/records", state="odd").json()["field"] == "state"


def test_a_result_goes_back_once_and_is_tried_until_taken(river, record, officer, stranger, monkeypatch):
    path = f"/connectors/records/{record.pk}/results"
    body = {"key": "k1", "result": {"结论": "已整改"}}
    assert call(officer, "post", path, body).json()["field"] == "result", "未设回写地址"
    shown = f"/connectors/records/{record.pk}"
    assert call(officer, "get", shown).json()["abilities"] == []
    river.write_back = {"url": "https://cases.example.gov.cn/api/{source_id}/result"}
    river.save()
    assert call(stranger, "post", path, body).status_code == 404
    assert call(officer, "get", shown).json()["abilities"] == ["write_back"]
    first, second = (call(officer, "post", path, body).json() for _ in range(2))
    assert (first["id"], first["state_word"]) == (second["id"], "待回写")
    answers = iter([SourceError("refused", "忙"), httpx.ConnectError("no"), write_back.Outcome(taken=True)])
    sent = []

    def send(_config, _secrets, source_id, result, *, key):
        sent.append((source_id, result, key))
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(write_back, "send", send)
    for _ in range(2):
        with pytest.raises(records.SourceBusyError):
            records.send_result(WriteBack.objects.get().pk)
    records.send_result(WriteBack.objects.get().pk)
    records.send_result(WriteBack.objects.get().pk)
    assert sent == [("XM-1", {"结论": "已整改"}, first["id"])] * 3
    row = WriteBack.objects.get()
    assert (row.state, row.attempts) == ("sent", 3)


def test_hours_days_and_export(river, officer, stranger):
    metric = Metric.objects.get()
    with clock.travel(at(16, 10)):
        assert housekeeping.roll_up() > 0
        assert housekeeping.roll_up() > 0, "再算一遍，数相同"
    path = f"/connectors/subjects/{metric.subject_id}/history"
    span = {"since": at(0).isoformat(), "until": at(23).isoformat()}
    [hour] = call(officer, "get", path, span="hour", **span).json()["points"]
    assert [Decimal(hour[name]) for name in ("value", "least", "most")] == [
        Decimal("27.95"), Decimal("27.5"), Decimal("28.4"),
    ]  # fmt: skip
    assert len(call(officer, "get", path, span="day", **span).json()["points"]) == 1
    assert [
        Decimal(one["value"]) for one in call(officer, "get", path, span="raw", **span).json()["points"]
    ] == [
        Decimal("27.5"),
        Decimal("28.4"),
    ]
    assert len(call(officer, "get", path, **span).json()["points"]) == 2
    table = call(officer, "get", f"{path}.csv", span="raw", **span)
    assert table.content.decode("utf-8-sig").splitlines()[1] == (
        "淦河西河桥站,水位,米,2026-07-17 14:50:00,27.500000,27.500000,27.500000,正常,市水利和湖泊局水情系统"
    )
    assert call(officer, "get", path, since=span["until"], until=span["since"]).json()["field"] == "until"
    assert call(stranger, "get", path, **span).status_code == 404


def test_values_typed_in_are_signed_once_and_marked(river, officer, stranger):
    rows = [
        {"code": "S1", "name": "安置点", "metric": "moved", "value": "320", "observed_at": "2026-07-17T14:00"}
    ]
    path = f"/connectors/{river.pk}/entries"
    assert call(officer, "post", path, {"rows": rows}).json()["field"] == "rows", "不是人工填报的数据源"
    river.kind = "manual"
    river.save()
    first, second = (call(officer, "post", path, {"rows": rows}).json() for _ in range(2))
    assert (first["id"], first["stored"], second["stored"]) == (second["id"], 1, 0)
    assert officer.staff.name in Entry.objects.get().signed_by
    [shown] = call(officer, "get", "/connectors/metrics", place="安置点").json()["items"]
    assert (shown["quality_word"], Decimal(shown["value"])) == ("人工", Decimal(320))
    for change, field in (
        ({"value": "许多"}, "rows.0.value"),
        ({"observed_at": "2026-07-18T14:00"}, "rows.0.observed_at"),
        ({"observed_at": "昨天"}, "rows.0.observed_at"),
        ({"code": ""}, "rows.0.code"),
        ({"metric": "Moved!"}, "rows.0.metric"),
    ):
        refused = call(officer, "post", path, {"rows": [rows[0] | change]})
        assert (refused.status_code, refused.json()["field"]) == (400, field)
    secret = call(officer, "post", path, {"rows": [rows[0] | {"name": "机密★10年"}]})
    assert secret.status_code != 200, "涉密标志在每个入口都拒绝"
    assert call(stranger, "post", path, {"rows": rows}).status_code == 403


def test_a_value_by_hand_that_is_corrected_shows_the_old_one(river, officer, stranger, monkeypatch):
    monkeypatch.setattr("connectors.services.entries.PAGE", 1)
    river.kind = "manual"
    river.save()
    path = f"/connectors/{river.pk}/entries"
    for value in ("320", "330"):
        row = {"code": "S1", "name": "安置点", "metric": "moved", "metric_name": "转移", "unit": "人"}
        row |= {"value": value, "observed_at": "2026-07-17T14:00"}
        assert call(officer, "post", path, {"rows": [row]}).status_code == 200
    first = call(officer, "get", path).json()
    [shown] = first["items"]
    assert (shown["subject_name"], shown["metric_name"], shown["quality_word"]) == ("安置点", "转移", "人工")
    assert Decimal(shown["value"]) == Decimal(330)
    assert officer.staff.name in shown["signed_by"]
    assert [Decimal(old["value"]) for old in shown["replaced"]] == [Decimal(320)]
    second = call(officer, "get", path, cursor=first["next"]).json()
    assert (Decimal(second["items"][0]["value"]), second["next"]) == (Decimal(320), None)
    values = call(
        officer, "get", f"/connectors/subjects/{shown['subject_id']}/values", since=at(0).isoformat()
    ).json()
    [moment] = values["items"]
    assert (Decimal(moment["value"]), len(moment["replaced"])) == (Decimal(330), 1)
    handler = make_person(unit=river.owner_unit, role="handler")
    assert call(handler, "get", f"/connectors/subjects/{shown['subject_id']}/series").status_code == 200, (
        "填报的人看得到所填的数据"
    )
    table = {
        "metric": "moved",
        "name": "转移",
        "bands": [{"level": "red", "op": ">=", "limit": "300", "margin": "5"}],
    }
    assert call(officer, "put", f"/connectors/{river.pk}/thresholds", table).status_code == 200
    more = {
        "code": "S1",
        "name": "安置点",
        "metric": "moved",
        "value": "340",
        "observed_at": "2026-07-17T14:30",
    }
    assert call(handler, "post", path, {"rows": [more]}).status_code == 200
    [alert] = call(handler, "get", "/connectors/alerts", connector=str(river.pk), level="red").json()["items"]
    assert call(handler, "get", f"/connectors/alerts/{alert['id']}").status_code == 200, (
        "填报的人看得到由此产生的预警"
    )
    assert alert["abilities"] == []
    assert call(stranger, "get", f"/connectors/alerts/{alert['id']}").status_code == 404
    [form] = call(officer, "get", "/connectors/entries/forms").json()["items"]
    by_hand = next(each for each in form["subjects"] if each["code"] == "S1")
    assert [(one["key"], Decimal(one["value"])) for one in by_hand["metrics"]] == [("moved", Decimal(340))]
    assert call(stranger, "get", path).status_code == 403
    assert call(stranger, "get", "/connectors/entries/forms").json()["items"] == []
    nobody = make_person(unit=make_unit("市审计局"), role="member")
    assert call(nobody, "get", "/connectors/entries/forms").status_code == 403


def test_values_of_a_metric_by_pages(river, officer, stranger, monkeypatch):
    monkeypatch.setattr("connectors.services.history.ROWS", 1)
    metric = Metric.objects.get()
    path = f"/connectors/subjects/{metric.subject_id}/values"
    first = call(officer, "get", path, since=at(0).isoformat()).json()
    second = call(officer, "get", path, since=at(0).isoformat(), cursor=first["next"]).json()
    assert [Decimal(one["items"][0]["value"]) for one in (first, second)] == [
        Decimal("28.4"),
        Decimal("27.5"),
    ]
    assert second["next"] is None
    assert call(officer, "get", path, since=at(0).isoformat(), cursor="odd").json()["field"] == "cursor"
    assert call(stranger, "get", path, since=at(0).isoformat()).status_code == 404
    [quantity] = call(officer, "get", f"/connectors/{river.pk}/metrics").json()["items"]
    assert (quantity["key"], quantity["name"], quantity["unit"]) == ("stage", "水位", "米")
    assert call(stranger, "get", f"/connectors/{river.pk}/metrics").status_code == 403


def test_what_limits_would_have_done_in_seven_days(river, officer, stranger):
    path = f"/connectors/{river.pk}/thresholds/preview"
    body: dict[str, Any] = {
        "metric": "stage",
        "name": "汛限",
        "bands": [BAND | {"limit": "28", "season_from": "", "season_to": ""}],
    }
    found = call(officer, "post", path, body).json()
    assert (found["alerts"], found["readings"], found["days"]) == (1, 2, 7)
    assert sum(found["levels"].values()) == 1
    assert found["sentences"] == [one for one in found["sentences"] if one.startswith("水位")]
    higher = call(officer, "post", path, body | {"bands": [body["bands"][0] | {"limit": "90"}]}).json()
    assert (higher["alerts"], higher["last_at"]) == (0, None)
    refused = call(officer, "post", path, body | {"bands": []})
    assert (refused.status_code, refused.json()["field"]) == (400, "bands")
    assert call(stranger, "post", path, body).status_code == 403
    assert not river.thresholds.exists(), "试算不保存"


def test_records_past_their_limit_and_their_table(river, officer, stranger):
    # 17 July 2026 is a Friday: two working days from the 14th ended on the 16th.
    for number, day, unit in (("XM-7", 14, "市住建局"), ("XM-8", 16, "市城管局")):
        begun = at(9) - timedelta(days=17 - day)
        intake.take(
            river.pk,
            [Record(number, "project", f"=项目{number}", "01", begun, owner_unit=unit, limit_days=2)],
        )
    late = call(officer, "get", "/connectors/records", overdue=True).json()["items"]
    assert [(one["source_id"], one["is_overdue"]) for one in late] == [("XM-7", True)]
    by_unit = call(officer, "get", "/connectors/records", unit="城管").json()["items"]
    assert [(one["source_id"], one["is_overdue"]) for one in by_unit] == [("XM-8", False)]
    table = call(officer, "get", "/connectors/records.xlsx", overdue=True)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(table.content)).get_sheet_by_index(0).to_python()
    assert [row[1:3] for row in rows[2:]] == [["XM-7", "=项目XM-7"]], "文字不成公式"
    assert AuditEntry.objects.filter(subject="record", subject_id="xlsx").count() == 1
    empty = call(stranger, "get", "/connectors/records.xlsx")
    assert (
        len(CalamineWorkbook.from_filelike(io.BytesIO(empty.content)).get_sheet_by_index(0).to_python()) == 2
    )


def test_a_room_says_what_it_wants(river, officer, stranger):
    room = create_room(actor=officer.actor(), kind="work", name="汛情群").room_id
    path = f"/connectors/{river.pk}/subscriptions"
    body = {
        "room_id": room,
        "codes": ["1"],
        "what": ["alerts"],
        "filter": {"least": "red"},
        "when": {"from": "07:00"},
    }
    kept = call(officer, "put", path, body).json()
    assert (kept["codes"], kept["what"], kept["filter"], kept["when"]) == (
        ["1"], ["alerts"], {"least": "red"}, {"from": "07:00"},
    )  # fmt: skip
    assert len(call(officer, "get", path).json()["items"]) == 1
    change: dict[str, Any]
    for change in (
        {"codes": ["没有"]},
        {"what": []},
        {"what": ["odd"]},
        {"filter": {"odd": 1}},
        {"when": {"from": "7"}},
    ):
        assert call(officer, "put", path, body | change).status_code == 400
    assert call(stranger, "put", path, body).status_code in {403, 404}
    other = make_person(unit=river.owner_unit, role="digital_officer")
    assert call(other, "put", path, body).status_code == 404, "不在群内"
    assert call(officer, "delete", f"{path}/{room}").status_code == 204
    assert not Subscription.objects.exists()


def test_where_officers_are_named_only_they_get_cards(river, officer):
    named = make_person(unit=river.owner_unit, role="leader")
    river.officers.add(named.staff)
    room = create_room(actor=officer.actor(), kind="work", name="大群").room_id
    refused = call(officer, "put", f"/connectors/{river.pk}/subscriptions", {"room_id": room})
    assert (refused.status_code, refused.json()["field"]) == (400, "room_id")
