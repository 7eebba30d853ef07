"""An operator connects a source over REST: rights, refusals, secrets, test pulls, what was received, replays."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client, override_settings

from chatops.services.rooms import create_room
from common import clock
from common.models import AuditEntry
from connectors.items import Raw, Reading
from connectors.mapping import is_allowed
from connectors.services import intake, pull, replays
from connectors.store.models import Connector, PullRun, RawIntake, Replay, StatusItem, Subject
from directory.store.models import Unit
from tests.connectors import gauge
from tests.support.world import Person, make_person, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys():
    with override_settings(CONNECTOR_KEYS=["a key of the tests that is long enough"]):
        yield


@pytest.fixture
def unit() -> Unit:
    return make_unit()


@pytest.fixture
def operator(unit) -> Person:
    return make_person(unit=unit, role="digital_officer")


@pytest.fixture
def administrator() -> Person:
    return make_person(unit=make_unit("市政务和大数据局"), role="system_admin")


def call(person: Person, method: str, path: str, body=None, **query):
    options: dict[str, Any] = {"headers": {"Authorization": f"Bearer {person.secret}"}}
    if body is not None:
        options |= {"data": json.dumps(body), "content_type": "application/json"}
    elif query:
        options["query_params"] = query
    return getattr(Client(), method)(f"/api/v1{path}", **options)


def settings(unit: Unit, url: str = "https://gauges.example.gov.cn", **changes) -> dict[str, Any]:
    config = gauge.config(url, allow_private=False) | changes.pop("config", {})
    given = {"name": "水情系统", "kind": "rest", "owner_unit_id": str(unit.pk), "config": config}
    return given | changes


def make(person: Person, unit: Unit, **changes) -> str:
    answer = call(person, "post", "/connectors", {"key": "river", **settings(unit, **changes)})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["id"])


def test_an_operator_connects_changes_pauses_and_removes_a_source(operator, unit):
    key = make(operator, unit)
    assert make(operator, unit) == key
    shown = call(operator, "get", f"/connectors/{key}").json()
    assert (shown["owner_name"], shown["is_enabled"], shown["secret_names"]) == ("李明", True, [])
    changed = call(operator, "put", f"/connectors/{key}", settings(unit, name="水情", interval_s=120)).json()
    assert (changed["name"], changed["interval_s"]) == ("水情", 120)
    refused = call(operator, "post", f"/connectors/{key}/pause", {"reason": " "})
    assert (refused.status_code, refused.json()["field"]) == (400, "reason")
    paused = call(operator, "post", f"/connectors/{key}/pause", {"reason": "对方系统检修"}).json()
    assert (paused["is_enabled"], paused["paused_why"]) == (False, "对方系统检修")
    assert call(operator, "post", f"/connectors/{key}/resume", {}).json()["is_enabled"] is True
    assert call(operator, "post", f"/connectors/{key}/remove", {"reason": "系统停用"}).status_code == 204
    assert call(operator, "get", f"/connectors/{key}").status_code == 404
    assert call(operator, "get", "/connectors").json()["items"] == []
    assert make(operator, unit) != key  # the key is free again
    said = AuditEntry.objects.filter(subject="connector", subject_id=key).order_by("pk")
    assert [(entry.new or {}).get("reason") for entry in said][-1] == "系统停用"


def test_who_may_not(operator, unit):
    key = make(operator, unit)
    other = make_person(unit=make_unit("市民政局"), role="digital_officer")
    handler = make_person(unit=unit, role="handler")
    for person in (other, handler):
        assert call(person, "post", "/connectors", {"key": "mine", **settings(unit)}).status_code == 403
        assert call(person, "get", f"/connectors/{key}").status_code == 403
        assert call(person, "put", f"/connectors/{key}", settings(unit)).status_code == 403
        for deed in ("pause", "remove"):
            assert call(person, "post", f"/connectors/{key}/{deed}", {"reason": "试"}).status_code == 403
        assert call(person, "post", f"/connectors/{key}/resume", {}).status_code == 403
        assert call(person, "post", "/connectors/trial", {"settings": settings(unit)}).status_code == 403
        assert call(person, "get", f"/connectors/{key}/intake").status_code == 403
        assert call(person, "get", f"/connectors/{key}/replays").status_code == 403
    assert call(handler, "get", "/connectors/activity").status_code == 403


def test_inside_addresses_are_an_administrators(operator, administrator, unit):
    inside = settings(unit, "http://10.1.2.3", config={"allow_private": True})
    assert call(operator, "post", "/connectors", {"key": "inside", **inside}).status_code == 403
    assert call(operator, "post", "/connectors/trial", {"settings": inside}).status_code == 403
    allowed = call(administrator, "post", "/connectors", {"key": "inside", **inside})
    assert allowed.status_code == 200
    key = allowed.json()["id"]
    # The officer may mend the mapping, but not turn the permission to another address.
    assert call(operator, "put", f"/connectors/{key}", inside | {"name": "改名"}).status_code == 200
    elsewhere = settings(unit, "http://10.9.9.9", config={"allow_private": True})
    assert call(operator, "put", f"/connectors/{key}", elsewhere).status_code == 403
    # Without the switch the address is refused when it is asked.
    tried = call(
        operator, "post", "/connectors/trial", {"settings": settings(unit, "http://127.0.0.1:9")}
    ).json()
    assert tried["error_code"] == "private_target"


def test_secrets_are_written_and_never_shown(operator, unit):
    auth = {"auth": {"kind": "bearer", "secret": "TOKEN"}}
    refused = call(operator, "post", "/connectors", {"key": "river", **settings(unit, config=auth)})
    assert refused.status_code == 403  # a name without a value would be read from the house's own environment
    key = make(operator, unit, config=auth, secrets={"TOKEN": "s3cret-value"})
    shown = call(operator, "get", f"/connectors/{key}")
    assert shown.json()["secret_names"] == ["TOKEN"]
    assert b"s3cret" not in shown.content
    assert "s3cret" not in Connector.objects.get().secrets
    assert not any("s3cret" in json.dumps([entry.old, entry.new]) for entry in AuditEntry.objects.all())
    # Another host does not get it, nor does everybody on the way to the same host.
    plain = str(Connector.objects.get().config["url"]).replace("https:", "http:")
    moved = settings(unit, "https://evil.example.com", config=auth)
    for elsewhere in (settings(unit, plain, config=auth), moved):
        refused = call(operator, "put", f"/connectors/{key}", elsewhere)
        assert (refused.status_code, refused.json()["field"]) == (400, "secrets")
    tried = call(operator, "post", "/connectors/trial", {"settings": moved, "connector_id": key})
    assert (tried.status_code, tried.json()["field"]) == (400, "secrets")
    again = moved | {"secrets": {"TOKEN": "other"}}
    assert call(operator, "put", f"/connectors/{key}", again).status_code == 200


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("config", {"config": {"url": "ftp://x"}}),
        ("interval_s", {"interval_s": 0}),
        ("fresh_for_s", {"fresh_for_s": 1}),
        ("name", {"name": " "}),
        ("kind", {"kind": "rest2"}),
        ("sources", {"sources": ["10.1.2"]}),
        ("stages", {"stages": {"1": {"state": "odd", "name": ""}}}),
        ("field_allow_list", {"field_allow_list": ["STCD", "STNM", "RVNM", "TM", "Z", "WRZ", "GRZ"]}),
        ("missing_level", {"missing_level": "pink"}),
        ("day_starts_hour", {"day_starts_hour": 24}),
        ("intake_days", {"intake_days": 0}),
        ("secrets", {"secrets": {"lower": "x"}}),
        ("owner_user_id", {"owner_user_id": "@nobody:x"}),
    ],
)
def test_refusals_name_the_field(operator, unit, field, changes):
    answer = call(operator, "post", "/connectors", {"key": "river", **settings(unit, **changes)})
    assert answer.status_code == 400
    assert answer.json()["field"] == ("config" if field == "kind" else field)
    assert not Connector.objects.exists()


def test_a_test_pull_shows_both_sides_and_stores_nothing(gauges, administrator, unit):
    given = settings(unit, gauges.url, config={"allow_private": True})
    bare = json.loads(json.dumps(given))
    del bare["config"]["mapping"]
    found = call(administrator, "post", "/connectors/trial", {"settings": bare}).json()
    assert (found["error"], found["lists"], found["rows"]) == ("", "rows", 7)
    assert {"STCD", "Z", "TM"} <= {one["path"] for one in found["fields"]}
    stage = found["suggested"]["metrics"][0]
    assert (stage["key"], stage["value"], stage["warning"], stage["guarantee"]) == (
        "stage",
        "Z",
        "WRZ",
        "GRZ",
    )
    assert "wptn" not in {one["key"] for one in found["suggested"]["metrics"]}, "a code is no value"
    given["config"]["mapping"] = found["suggested"]
    tried = call(administrator, "post", "/connectors/trial", {"settings": given}).json()
    assert (tried["error"], tried["rows"], len(tried["sides"])) == ("", 7, 7)
    first = tried["sides"][0]
    raw = json.loads(first["raw"])
    reading = next(one for one in first["readings"] if one["metric"] == "stage")
    assert reading["subject_code"] == raw["STCD"]
    # The gauge says three digits and the page two: a half may go either way.
    assert abs(Decimal(reading["value"]) - Decimal(raw["Z"])) <= Decimal("0.005")
    assert not any(model.objects.exists() for model in (Connector, Subject, PullRun, RawIntake, StatusItem))


def test_a_test_pull_shows_what_could_not_be_used(gauges, administrator, unit):
    given = settings(unit, gauges.url, config={"allow_private": True})
    gauges.control(mode="garbage")
    try:
        tried = call(administrator, "post", "/connectors/trial", {"settings": given}).json()
    finally:
        gauges.control(mode="normal")
    assert tried["error_code"] == "not_json"
    assert "系统维护中" in tried["raw"]
    wrong = call(
        administrator,
        "post",
        "/connectors/trial",
        {"settings": given, "sample": '{"code": 0, "rows": [{"STCD": "1"}]}'},
    )
    [side] = wrong.json()["sides"]
    assert side["readings"] == []
    assert side["rejections"][0]["field"] == "TM"


FRAME = (
    "##0170QN=20240501100000000;ST=32;CN=2061;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20240501090000;"
    "w01018-Avg=63.2,w01018-Flag=N;w21003-Avg=1.84,w21003-Flag=N&&3740"
)


def test_a_pasted_frame_of_a_listener_is_read(operator, unit):
    outlets = {
        "010000A8900016F000169DC0": {"name": "污水处理厂总排口", "factors": {"w01018": {"permit": "50"}}}
    }
    given = {
        "name": "污染源",
        "kind": "hj212",
        "owner_unit_id": str(unit.pk),
        "config": {"port": 9212, "outlets": outlets},
    }
    tried = call(operator, "post", "/connectors/trial", {"settings": given, "sample": FRAME}).json()
    values = {one["metric"]: (one["value"], one["warning"]) for one in tried["sides"][0]["readings"]}
    assert values["w01018_hour"][0].startswith("63.2")
    assert values["w01018_hour"][1].startswith("50")
    asked = call(operator, "post", "/connectors/trial", {"settings": given})
    assert (asked.status_code, asked.json()["field"]) == (400, "sample")


RIVER_ROW = '{"id": "62310101", "name": "西河桥站", "z": 27.52, "tm": "2026-07-17T14:50:00"}'


@pytest.mark.parametrize("sample", [RIVER_ROW, f"river/62310101\n{RIVER_ROW}"], ids=["payload", "with-topic"])
def test_a_pasted_message_of_a_broker_is_read_beside_its_mapping(operator, unit, sample):
    mapping = {
        "rows": "[@]",
        "subject": {"code": "body.id", "name": "body.name"},
        "observed_at": {"path": "body.tm"},
        "metrics": [{"key": "stage", "name": "水位", "unit": "米", "value": "body.z"}],
    }
    config = {"host": "broker.example.gov.cn", "topics": ["river/#"], "mapping": mapping}
    given: dict[str, Any] = {"name": "浮标", "kind": "mqtt", "owner_unit_id": str(unit.pk), "config": config}
    tried = call(operator, "post", "/connectors/trial", {"settings": given, "sample": sample}).json()
    [side] = tried["sides"]
    assert json.loads(side["raw"])["body"] == json.loads(RIVER_ROW)
    assert [(one["subject_name"], one["value"]) for one in side["readings"]] == [("西河桥站", "27.52")]
    assert side["rejections"] == []


@pytest.mark.parametrize(
    ("payload", "code"),
    [(RIVER_ROW, "body.id"), ('{"z": 27.52, "tm": "2026-07-17T14:50:00"}', "topic[-1]")],
    ids=["named", "by-topic"],
)
def test_a_message_that_is_one_object_gets_a_mapping(operator, unit, payload, code):
    """Brokers bring no lists; where the payload does not name the station, its topic does."""
    given: dict[str, Any] = {"name": "浮标", "kind": "mqtt", "owner_unit_id": str(unit.pk)}
    given["config"] = {"host": "broker.example.gov.cn", "topics": ["river/#"]}
    body = {"settings": given, "sample": f"river/62310101\n{payload}"}
    suggested = call(operator, "post", "/connectors/trial", body).json()["suggested"]
    assert suggested["subject"]["code"] == code
    given["config"]["mapping"] = suggested
    [side] = call(operator, "post", "/connectors/trial", body).json()["sides"]
    assert [(one["subject_code"], one["value"]) for one in side["readings"]] == [("62310101", "27.52")]


def test_a_pasted_webhook_document_is_described_and_then_read(operator, unit):
    given = {"name": "推送", "kind": "webhook", "owner_unit_id": str(unit.pk), "config": {}}
    given["secrets"] = {"WEBHOOK": "ours"}
    sample = f'{{"rows": [{RIVER_ROW}]}}'
    bare = call(operator, "post", "/connectors/trial", {"settings": given, "sample": sample}).json()
    given["config"] = {"mapping": bare["suggested"]}
    tried = call(operator, "post", "/connectors/trial", {"settings": given, "sample": sample}).json()
    [side] = tried["sides"]
    assert json.loads(side["raw"]) == json.loads(RIVER_ROW)
    assert [(one["metric"], one["value"]) for one in side["readings"]] == [("stage", "27.52")]
    asked = call(operator, "post", "/connectors/trial", {"settings": given})
    assert (asked.status_code, asked.json()["field"]) == (400, "sample")
    without = call(operator, "post", "/connectors", {"key": "pushed", **given, "secrets": {}})
    assert (without.status_code, without.json()["field"]) == (400, "secrets"), "没有密钥，推送永远不被接受"
    made = call(operator, "post", "/connectors", {"key": "pushed", **given})
    assert made.status_code == 200
    again = call(operator, "put", f"/connectors/{made.json()['id']}", {**given, "secrets": {}})
    assert again.status_code == 200, "已有的密钥不必再填"


LEDGER_ROW = {
    "projectId": "XN20260001", "projectName": "咸宁北站片区开发", "unit": "市发改委", "stage": "30", "progress": 40,
    "days": 21, "changed": "2026-07-16T09:00:00+08:00",
}  # fmt: skip


def test_a_project_ledger_is_described_as_records_and_unknown_stages_are_named(operator, unit):
    """What has a stage is a matter; each code of a stage must be one of our states before it is taken."""
    given: dict[str, Any] = {"name": "台账", "kind": "rest", "owner_unit_id": str(unit.pk)}
    given["config"] = {"url": "https://ledger.example.gov.cn/projects"}
    body = {"settings": given, "sample": json.dumps({"data": [LEDGER_ROW]})}
    suggested = call(operator, "post", "/connectors/trial", body).json()["suggested"]
    record = suggested["record"]
    assert {name: record[name] for name in ("id", "title", "code", "owner_unit", "limit_days")} == {
        "id": "projectId", "title": "projectName", "code": "stage", "owner_unit": "unit", "limit_days": "days",
    }  # fmt: skip
    assert [one["value"] for one in suggested["metrics"]] == ["progress"], "阶段代码和时限不是指标"
    given["config"]["mapping"] = suggested
    [side] = call(operator, "post", "/connectors/trial", body).json()["sides"]
    assert (side["records"][0]["source_id"], side["records"][0]["code"]) == ("XN20260001", "30")
    assert [one["field"] for one in side["rejections"]] == ["code"]
    given["stages"] = {"30": {"state": "in_progress", "name": "已开工"}}
    [side] = call(operator, "post", "/connectors/trial", body).json()["sides"]
    assert side["rejections"] == []
    given["stages"] = {"30": {"state": "", "name": "已开工"}}
    assert call(operator, "post", "/connectors/trial", body).json()["field"] == "stages"


def test_a_feed_of_alerts_needs_no_table_of_stages(operator, unit):
    feed: dict[str, Any] = {"name": "气象预警", "kind": "cap", "owner_unit_id": str(unit.pk), "key": "alerts"}
    feed["config"] = {"url": "https://alerts.example.gov.cn/feed.xml"}
    made = call(operator, "post", "/connectors", feed).json()
    assert set(Connector.objects.get(pk=made["id"]).stages) == {"Alert", "Update", "Cancel", "Expired"}


MORE: dict[str, Any] = {
    "derived": [{"key": "share", "name": "转移率", "unit": "%", "formula": "moved / plan * 100"}],
    "write_back": {"url": "https://gauges.example.gov.cn/{source_id}/results"},
}


def test_derived_values_results_and_officers_are_settings(operator, unit):
    key = make(operator, unit, **MORE, officer_ids=[operator.staff.user_id])
    saved = call(operator, "get", f"/connectors/{key}").json()
    assert saved["derived"][0]["formula"] == "moved / plan * 100"
    assert saved["write_back"] == MORE["write_back"]
    assert [one["user_id"] for one in saved["officers"]] == [operator.staff.user_id]
    reading: dict[str, Any] = {"subject_name": "安置点", "place": "", "observed_at": clock.now()}
    items = [
        Reading("S1", metric=name, value=Decimal(value), **reading)
        for name, value in (("moved", 240), ("plan", 300))
    ]
    intake.take(Connector.objects.get(pk=key).pk, items)
    share = StatusItem.objects.get(metric__key="share")
    assert (share.value, share.quality) == (Decimal(80), "derived")
    room = create_room(actor=operator.actor(), kind="work", name="防汛群")
    asked = call(operator, "put", f"/connectors/{key}/subscriptions", {"room_id": room.room_id})
    assert asked.json()["field"] == "room_id", "指定了人员，群组不能订阅"
    assert call(operator, "put", f"/connectors/{key}", settings(unit)).json()["officers"] == []
    assert (
        call(operator, "put", f"/connectors/{key}/subscriptions", {"room_id": room.room_id}).status_code
        == 200
    )
    again = call(operator, "put", f"/connectors/{key}", settings(unit, officer_ids=[operator.staff.user_id]))
    assert (again.status_code, again.json()["field"]) == (400, "officer_ids"), "群组还订阅着"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"derived": [MORE["derived"][0] | {"formula": "moved +"}]}, "derived.0.formula"),
        ({"derived": [MORE["derived"][0] | {"key": "Share!"}]}, "derived.0.key"),
        ({"write_back": {"url": "ftp://example.gov.cn"}}, "write_back"),
        ({"officer_ids": ["@nobody:example.gov.cn"]}, "officer_ids"),
    ],
)
def test_what_else_is_said_of_a_source_is_refused_by_field(operator, unit, changes, field):
    refused = call(operator, "post", "/connectors", {"key": "river", **settings(unit, **changes)})
    assert (refused.status_code, refused.json()["field"]) == (400, field)
    assert not Connector.objects.exists()


def test_results_do_not_carry_a_secret_to_another_host_nor_inside(operator, unit):
    auth = {"auth": {"kind": "bearer", "secret": "TOKEN"}}
    key = make(operator, unit, config=auth, secrets={"TOKEN": "ours"})
    there = {"url": "https://elsewhere.example.com/{source_id}", **auth}
    refused = call(operator, "put", f"/connectors/{key}", settings(unit, config=auth, write_back=there))
    assert (refused.status_code, refused.json()["field"]) == (400, "secrets")
    inside = {"url": "http://10.0.0.1/{source_id}", "allow_private": True}
    given = settings(unit, config=auth, secrets={"TOKEN": "new"}, write_back=inside)
    assert call(operator, "put", f"/connectors/{key}", given).status_code == 403
    same = settings(
        unit, config=auth, write_back={"url": "https://gauges.example.gov.cn/{source_id}", **auth}
    )
    assert call(operator, "put", f"/connectors/{key}", same).status_code == 200


@pytest.fixture
def broken(gauges, administrator, unit) -> Connector:
    """A source whose mapping looks for the value where it is not any more: every row is kept and refused."""
    mapping = gauge.MAPPING | {"subject": {"code": "NO", "name": "STNM"}}
    key = make(administrator, unit, url=gauges.url, config={"allow_private": True, "mapping": mapping})
    pull.pull(Connector.objects.get(pk=key).pk)
    return Connector.objects.get(pk=key)


def test_what_was_refused_is_shown_with_its_payload_and_replayed_once(broken, administrator, unit, gauges):
    path = f"/connectors/{broken.pk}"
    [bad] = call(administrator, "get", f"{path}/intake", bad="true").json()["items"]
    assert (bad["outcome"], bad["items"], bad["rejections"][0]["field"]) == ("refused", 0, "NO")
    payload = call(administrator, "get", f"{path}/intake/{bad['id']}").json()
    assert '"STCD"' in payload["text"]
    mended = settings(unit, gauges.url, config={"allow_private": True})
    assert call(administrator, "put", path, mended).status_code == 200
    first = call(administrator, "post", f"{path}/intake/{bad['id']}/replay", {}).json()
    assert (first["stored"] > 0, first["rejected"], first["error"]) == (True, 0, "")
    stored = StatusItem.objects.count()
    again = call(administrator, "post", f"{path}/intake/{bad['id']}/replay", {}).json()
    assert (again["stored"], StatusItem.objects.count()) == (0, stored)
    [shown] = call(administrator, "get", f"{path}/intake", bad="true").json()["items"]
    assert shown["replayed"] is True


def test_a_stretch_of_time_is_replayed_by_a_job(broken, administrator, unit, gauges):
    path = f"/connectors/{broken.pk}"
    call(administrator, "put", path, settings(unit, gauges.url, config={"allow_private": True}))
    body = {
        "key": "once",
        "since": (clock.now() - timedelta(hours=1)).isoformat(),
        "until": clock.now().isoformat(),
    }
    started = call(administrator, "post", f"{path}/replays", body).json()
    assert (started["total"], started["done"]) == (1, 0)
    assert call(administrator, "post", f"{path}/replays", body).json()["id"] == started["id"]
    second = call(administrator, "post", f"{path}/replays", body | {"key": "twice"})
    assert second.status_code == 409
    replays.run(Replay.objects.get().pk)
    replays.run(Replay.objects.get().pk)
    [done] = call(administrator, "get", f"{path}/replays").json()["items"]
    assert (done["done"], done["failed"], done["finished_at"] is not None) == (1, 0, True)
    assert done["stored"] == StatusItem.objects.count() > 0
    wrong = call(administrator, "post", f"{path}/replays", body | {"key": "back", "until": body["since"]})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "until")


def test_a_document_that_cannot_be_read_is_kept_once_while_it_is_repeated(administrator, unit, gauges):
    key = make(administrator, unit, url=gauges.url, config={"allow_private": True})
    gauges.control(mode="garbage")
    try:
        for _ in range(3):
            pull.pull(Connector.objects.get(pk=key).pk)
    finally:
        gauges.control(mode="normal")
    kept = RawIntake.objects.get()
    assert (kept.outcome, "系统维护中" in bytes(kept.payload).decode()) == ("refused", True)
    assert PullRun.objects.filter(outcome="failed").count() == 3
    [hours] = [one["hours"] for one in call(administrator, "get", "/connectors/activity").json()["items"]]
    assert (len(hours), hours[-1]) == (24, "failed")


def test_pages_of_what_was_received(operator, unit, monkeypatch):
    key = Connector.objects.get(pk=make(operator, unit)).pk
    monkeypatch.setattr(replays, "PAGE", 2)
    for number in range(5):
        with clock.travel(gauge.at(10, number)):
            intake.take(key, (), Raw(b"%d" % number, error="坏"))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = call(operator, "get", f"/connectors/{key}/intake", **cursor).json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(seen) == len(set(seen)) == 5
    refused = call(operator, "get", f"/connectors/{key}/intake", cursor="x")
    assert (refused.status_code, refused.json()["field"]) == (400, "cursor")


def test_an_expression_is_allowed_by_the_fields_that_it_reads():
    assert is_allowed("to_number(Z)", ["Z"])
    assert not is_allowed("join('/', [STCD, TM])", ["TM"])
    assert is_allowed("w01018", [])
    assert not is_allowed("w01018", ["w21003"])
