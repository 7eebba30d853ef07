"""Taking in: the same items once, in any order; corrections keep what was before; late data fill the past."""

import importlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from common.errors import BadInputError, NotFoundError
from common.ids import new_uuid
from connectors.errors import SourceError
from connectors.events import ReadingsChanged, RecordChanged
from connectors.items import Raw, Reading, Record, Rejection
from connectors.services import intake, secrets
from connectors.store import partitions
from connectors.store import records as records_store
from connectors.store.models import Connector, Metric, RawIntake, StatusItem
from connectors.store.models import Record as Row
from tests.connectors.gauge import at

pytestmark = pytest.mark.django_db
STAGES = {
    "01": {"state": "open", "name": "立项"},
    "02": {"state": "in_progress", "name": "开工"},
    "09": {"state": "closed", "name": "竣工"},
    "99": {"state": "withdrawn", "name": "撤回"},
}


@pytest.fixture
def source(make_connector) -> Connector:
    connector: Connector = make_connector()
    connector.stages = STAGES
    connector.save()
    return connector


@pytest.fixture(autouse=True)
def _afternoon():
    with clock.travel(at(15)):
        yield


def reading(moment: datetime, value: str, **changes) -> Reading:
    about: dict[str, Any] = {"metric": "cod", "metric_name": "化学需氧量", "unit": "毫克每升", "decimals": 1}
    about |= {"subject_code": "A1", "subject_name": "一号排口", "place": "城东"}
    return Reading(value=Decimal(value), observed_at=moment, **(about | changes))


def record(code: str, moment: datetime, **changes) -> Record:
    return Record("XM-1", "project", "城东水厂", code, moment, **changes)


def rows() -> list[tuple[datetime, int, Decimal, str]]:
    found = StatusItem.objects.order_by("observed_at", "revision")
    return list(found.values_list("observed_at", "revision", "value", "quality"))


def test_the_same_items_again_are_the_same_items_once(source, heard):
    items = [reading(at(14, minute), str(50 + minute)) for minute in range(10)]
    first = intake.take(source.pk, items, Raw(b"##0101", sender="10.1.2.3"))
    second = intake.take(source.pk, items, Raw(b"##0101", sender="10.1.2.3"))
    assert (first.stored, first.duplicates) == (10, 0)
    assert (second.stored, second.duplicates, second.subjects) == (0, 10, [])
    assert StatusItem.objects.count() == 10
    assert [one for one in heard if isinstance(one, ReadingsChanged)] == [
        ReadingsChanged(source.pk, first.subjects[0])
    ]
    kept = RawIntake.objects.get(id=first.intake_ids[0])
    assert (bytes(kept.payload), kept.sender, kept.outcome, kept.items) == (
        b"##0101",
        "10.1.2.3",
        "taken",
        10,
    )


@pytest.mark.parametrize("seed", range(6))
def test_in_any_order_and_cut_the_history_is_the_same(source, seed):
    items = [reading(at(14, minute), str(50 + minute % 7)) for minute in range(30)] * 2
    Random(seed).shuffle(items)
    for start in range(0, len(items), 7):
        intake.take(source.pk, items[start : start + 7])
    said = {moment: value for moment, _, value, _ in rows()}
    assert len(rows()) == len(said), "没有一个时刻存了两次"
    for moment, value in said.items():
        assert value == 50 + moment.astimezone(clock.SHANGHAI).minute % 7
    newest = Metric.objects.get()
    assert (newest.observed_at, newest.value) == (at(14, 29), Decimal(51))


def test_late_data_fill_the_past_and_change_nothing_now(source):
    intake.take(source.pk, [reading(at(14, 30), "60")])
    taken = intake.take(source.pk, [reading(at(13), "99")])
    assert (taken.late, taken.stored, taken.subjects) == (1, 1, [])
    assert Metric.objects.get().value == 60
    assert [value for _, _, value, _ in rows()] == [99, 60]


@pytest.mark.parametrize("newer", [False, True])
def test_a_revision_keeps_the_old_value(source, newer):
    """Also of a moment whose unchanged value was not worth a row, and of one that has been overtaken."""
    intake.take(source.pk, [reading(at(14), "60"), reading(at(14, 1), "60")])
    if newer:
        intake.take(source.pk, [reading(at(14, 2), "61")])
    wanted = at(14) if newer else at(14, 1)
    intake.take(source.pk, [reading(wanted, "62")])
    intake.take(source.pk, [reading(wanted, "62")])
    intake.take(source.pk, [reading(wanted, "63")])
    said = [(revision, value, quality) for moment, revision, value, quality in rows() if moment == wanted]
    assert said == [(0, Decimal(60), "good"), (1, Decimal(62), "revised"), (2, Decimal(63), "revised")]
    assert Metric.objects.get().value == (61 if newer else 63)


def test_flags_are_kept_and_a_change_of_flag_is_a_change(source):
    intake.take(source.pk, [reading(at(14), "60"), reading(at(14, 1), "60", quality="maintenance")])
    assert [quality for *_, quality in rows()] == ["good", "maintenance"]
    assert Metric.objects.get().quality == "maintenance"
    refused = intake.take(source.pk, [reading(at(14, 2), "60", quality="wobbly")])
    assert [one.field for one in refused.rejections] == ["quality"]


def test_only_allowed_fields_are_taken(source):
    source.field_allow_list = ["w01018"]
    source.save()
    items = [
        reading(at(14), "60", source_field="w01018"),
        reading(at(14), "1", metric="ph", source_field="w01001"),
    ]
    taken = intake.take(source.pk, items, Raw(b"x"))
    assert [(one.line, one.field) for one in taken.rejections] == [(2, "w01001")]
    assert RawIntake.objects.get().outcome == "partly"
    assert [metric.key for metric in Metric.objects.all()] == ["cod"]


def test_a_payload_that_cannot_be_read_is_counted_kept_and_shown(source):
    bad = Raw(b"\x00\xff garbage", error="校验码不符", rejections=(Rejection(1, "CRC", "不符"),))
    intake.take(source.pk, [], bad)
    kept = RawIntake.objects.get()
    assert (kept.outcome, kept.error, bytes(kept.payload)) == ("refused", "校验码不符", b"\x00\xff garbage")
    source.refresh_from_db()
    assert (source.health, source.last_error, source.failures) == ("failing", "校验码不符", 1)
    intake.take(source.pk, [reading(at(14), "60")], Raw(b"fine"))
    source.refresh_from_db()
    assert (source.health, source.failures) == ("ok", 0)


def test_an_unknown_connector_is_not_there():
    with pytest.raises(NotFoundError):
        intake.take(new_uuid(), [])


def test_a_record_moves_along_its_stages_once(source, heard):
    stages = [record("01", at(9)), record("02", at(10), fields={"投资": "3亿元"}), record("09", at(12))]
    for stage in stages:
        intake.take(source.pk, [stage])
        intake.take(source.pk, [stage])
    again = intake.take(source.pk, stages)
    assert (again.duplicates, again.records) == (3, [])
    row = Row.objects.get()
    assert (row.state, row.stage, row.stage_at, row.version) == ("closed", "竣工", at(12), 3)
    assert [one.name for one in row.stages.all()] == ["立项", "开工", "竣工"]
    assert [one.is_new for one in heard if isinstance(one, RecordChanged)] == [True, False, False]


def test_a_late_stage_fills_the_timeline_and_does_not_open_what_is_closed(source):
    intake.take(source.pk, [record("09", at(12))])
    taken = intake.take(source.pk, [record("01", at(9)), record("02", at(10))])
    assert taken.records == []
    row = Row.objects.get()
    assert (row.state, row.version) == ("closed", 1)
    assert [one.code for one in row.stages.all()] == ["01", "02", "09"]


def test_a_code_that_nobody_mapped_is_refused_by_name(source):
    taken = intake.take(source.pk, [record("77", at(9)), record("01", at(9))])
    [refused] = taken.rejections
    assert (refused.line, refused.field) == (1, "code")
    assert "77" in refused.reason
    assert Row.objects.get().state == "open"
    source.stages = {"77": {"state": "unknown"}}
    assert intake.stage_of(source.stages, "77") is None


def test_an_update_under_a_new_id_is_the_same_record(source):
    intake.take(source.pk, [record("01", at(9))])
    second = replace(record("02", at(10)), source_id="XM-2", replaces=("XM-1",))
    third = replace(record("09", at(11)), source_id="XM-3", replaces=("XM-2",))
    intake.take(source.pk, [second])
    intake.take(source.pk, [third])
    row = Row.objects.get()
    assert (row.source_id, row.aliases, row.state) == ("XM-1", ["XM-2", "XM-3"], "closed")
    assert records_store.find_by_source(source, "XM-3") == row


def test_secrets_are_encrypted_and_only_their_names_can_be_seen(source, settings):
    source.secrets = secrets.changed(source, {"token": "s3cret-value", "password": "other"})
    source.save()
    source.refresh_from_db()
    assert "s3cret" not in source.secrets
    assert secrets.names(source) == ["password", "token"]
    source.secrets = secrets.changed(source, {"password": None})
    assert secrets.opened(source) == {"token": "s3cret-value"}
    old = settings.CONNECTOR_KEYS[0]
    settings.CONNECTOR_KEYS = ["a new key", old]
    assert secrets.opened(source) == {"token": "s3cret-value"}, "换钥匙期间旧密文仍可读"
    settings.CONNECTOR_KEYS = ["a new key"]
    with pytest.raises(SourceError) as refused:
        secrets.opened(source)
    assert "s3cret" not in refused.value.user_message()
    settings.CONNECTOR_KEYS = []
    with pytest.raises(BadInputError) as unset:
        secrets.seal({"token": "x"})
    assert unset.value.field == "secrets"


def test_partitions_are_made_ahead_and_take_over_what_lay_in_the_rest(source):
    far = datetime(2031, 5, 4, tzinfo=UTC)
    with clock.travel(far):
        intake.take(source.pk, [reading(far, "60")], Raw(b"x"))
        where = "SELECT tableoid::regclass::text FROM connectors_statusitem"
        assert _one(where) == "connectors_statusitem_rest"
        assert partitions.make_ahead(far) > 3
        assert partitions.make_ahead(far) == 0
    assert _one(where) == "connectors_statusitem_2031_05"
    assert (
        _one("SELECT tableoid::regclass::text FROM connectors_rawintake") == "connectors_rawintake_2031_04_28"
    )
    keep = {"connectors_statusitem": timedelta(days=30), "connectors_rawintake": timedelta(days=7)}
    partitions.drop_before(far, keep)
    assert StatusItem.objects.count() == 1
    partitions.drop_before(far + timedelta(days=90), keep)
    assert StatusItem.objects.count() == 0


def test_values_of_before_are_carried_into_partitions(source):
    """What the migration does with a site that has values already."""
    intake.take(source.pk, [reading(at(14), "60")])
    metric = Metric.objects.get()
    StatusItem.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE connectors_statusitem_before (id bigserial, metric_id uuid, value numeric(18,6),"
            " observed_at timestamptz, received_at timestamptz, quality varchar(8), revision smallint,"
            " source_ref varchar(120))"
        )
        for moment, revision in ((at(14), 0), (at(14), 1), (datetime(2024, 2, 29, tzinfo=UTC), 0)):
            cursor.execute(
                "INSERT INTO connectors_statusitem_before (metric_id, value, observed_at, received_at, quality,"
                " revision, source_ref) VALUES (%s, 60, %s, %s, 'good', %s, '')",
                [metric.pk, moment, moment, revision],
            )

    editor = SimpleNamespace(connection=connection)
    importlib.import_module("connectors.migrations.0003_partitions_by_time").carry_over(None, editor)
    assert StatusItem.objects.count() == 3
    assert _one("SELECT count(*) FROM connectors_statusitem_2024_02") == 1
    assert _one("SELECT to_regclass('connectors_statusitem_before')") is None


def _one(sql: str):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_a_batch_costs_the_same_statements_whatever_its_size(source):
    def batch(minute: int, size: int) -> list[Reading]:
        return [
            replace(
                reading(at(14, minute), str(number + minute)),
                subject_code=f"A{number % 40}",
                metric=f"m{number % 3}",
            )
            for number in range(size)
        ]

    def statements(items: list[Reading]) -> int:
        with CaptureQueriesContext(connection) as captured:
            intake.take(source.pk, items, Raw(b"x", "10.0.0.1"))
        return len(captured)

    statements(batch(10, 120))  # subjects and metrics are met for the first time
    few, many = statements(batch(11, 3)), statements(batch(12, 120))
    assert few == many < 25
    assert StatusItem.objects.filter(observed_at=at(14, 12)).count() == 120


@pytest.mark.parametrize("ref", ['a"b', "a\\b", "{a,b}", "NULL", "", "中文 'x'", "a\nb"])
def test_a_reference_is_kept_letter_for_letter(source, ref):
    intake.take(source.pk, [replace(reading(at(14), "1"), source_ref=ref)])
    assert StatusItem.objects.get().source_ref == ref


def test_payloads_of_which_nothing_could_be_used_are_told(source):
    renamed = Raw(b'{"x": 1}', rejections=(Rejection(1, "Z", "缺少内容"),))
    intake.take(source.pk, [], renamed)
    source.refresh_from_db()
    assert (source.health, source.last_error) == ("failing", "Z 缺少内容")
    intake.take(source.pk, [reading(at(14), "1")], renamed)
    source.refresh_from_db()
    assert source.health == "ok"
