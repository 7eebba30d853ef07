"""From a source's document to readings: what is taken, what is refused and why; no input crashes it."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import mapping
from connectors.config import RowMapping, read_rest_config
from connectors.errors import SourceError
from connectors.items import Parsed
from tests.connectors.gauge import GAUGE, MAPPING, config, document, row

NOW = datetime(2026, 7, 17, 6, 31, tzinfo=UTC)


def parse(*rows, now=NOW):
    return mapping.parse(document(*rows), GAUGE, now=now)


def test_a_row_becomes_one_reading_for_each_metric():
    parsed = parse(row())
    stage, flow = parsed.readings

    assert parsed.rejections == ()
    assert (stage.subject_code, stage.subject_name, stage.place) == ("62310101", "西河桥站", "淦河")
    assert (stage.metric, stage.value) == ("stage", Decimal("27.830"))
    assert (stage.warning, stage.guarantee) == (Decimal(28), Decimal("29.5"))
    assert stage.observed_at == datetime(2026, 7, 17, 6, 30, tzinfo=UTC), "来源写的是北京时间"
    assert stage.source_ref == "62310101/2026-07-17 14:30:00"
    assert (flow.metric, flow.value, flow.warning) == ("flow", Decimal("46.2"), None)


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_value_is_no_reading_and_no_error(value):
    parsed = parse(row(Q=value))
    assert [reading.metric for reading in parsed.readings] == ["stage"]
    assert parsed.rejections == ()


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"STCD": ""}, "STCD", "缺少对象编码"),
        ({"STCD": None}, "STCD", "缺少对象编码"),
        ({"STCD": "9" * 65}, "STCD", "超过 64 个字符"),
        ({"STCD": ["62310101"]}, "STCD", "应为文字"),
        ({"STNM": "西河桥\x00"}, "STNM", "含有无法识别的字符"),
        ({"STNM": "\ud83c"}, "STNM", "含有无法识别的字符"),
        ({"TM": "2026/07/17 14:30"}, "TM", "观测时间的写法与配置不符"),
        ({"TM": 1784269800}, "TM", "缺少观测时间"),
        ({"TM": "2026-07-18 14:30:00"}, "TM", "观测时间晚于现在"),
        ({"Z": "偏高"}, "Z", "应为数值"),
        ({"Z": True}, "Z", "应为数值"),
        ({"Z": "NaN"}, "Z", "数值超出范围"),
        ({"Z": 1e30}, "Z", "数值超出范围"),
        ({"WRZ": {}}, "WRZ", "应为数值"),
    ],
)
def test_a_bad_row_is_named_and_the_good_ones_are_used(changes, field, reason):
    parsed = parse(row(**changes), row(STCD="62310102", STNM="马桥站"))
    assert [(one.line, one.field, one.reason) for one in parsed.rejections] == [(1, field, reason)]
    assert {reading.subject_code for reading in parsed.readings} >= {"62310102"}


def test_a_clock_a_little_ahead_is_forgiven():
    parsed = parse(row(), now=NOW - timedelta(minutes=9))
    assert len(parsed.readings) == 2


@pytest.mark.parametrize("text", ["2026-07-17T06:30:00Z", "2026-07-17T14:30:00+08:00", "2026-07-17 14:30"])
def test_iso_times_are_read_with_and_without_a_zone(text):
    iso = MAPPING | {"observed_at": {"path": "TM"}}
    parsed = mapping.parse(document(row(TM=text)), RowMapping.model_validate(iso), now=NOW)
    assert parsed.readings[0].observed_at == datetime(2026, 7, 17, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"code": 500, "msg": "库连接失败", "rows": []}, "wrong_shape"),
        ({"code": 0, "data": []}, "wrong_shape"),
        ({"code": 0, "rows": {"a": 1}}, "wrong_shape"),
        ([], "wrong_shape"),
        (None, "wrong_shape"),
    ],
)
def test_a_document_of_another_shape_is_refused_whole_and_shown(said, reason):
    with pytest.raises(SourceError) as refused:
        mapping.parse(said, GAUGE, now=NOW)
    assert refused.value.reason == reason
    assert refused.value.sample == json.dumps(said)
    assert "请" in refused.value.user_message()


@pytest.mark.parametrize(
    "raw", [b"", b"<html>", b"\xff\xfe{}", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}", b'{"rows": ['],
    ids=["empty", "page", "utf-16", "deep", "long number", "cut off"],
)  # fmt: skip
def test_what_is_not_json_is_said_to_be_not_json(raw):
    with pytest.raises(SourceError) as refused:
        mapping.load(raw)
    assert refused.value.reason == "not_json"
    assert len(refused.value.sample) <= 2000
    assert "\x00" not in refused.value.sample


def test_a_flood_of_rows_is_cut_and_said():
    parsed = parse(*[row(STCD=str(number)) for number in range(mapping.MOST_ROWS + 5)])
    assert len({reading.subject_code for reading in parsed.readings}) == mapping.MOST_ROWS
    assert "其余未取" in parsed.rejections[0].reason


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)
ROWS = st.fixed_dictionaries(
    {}, optional={key: ANYTHING | st.sampled_from([row()[key]]) for key in row()}
)  # fmt: skip


def is_sound(parsed: Parsed) -> None:
    for reading in parsed.readings:
        assert reading.subject_code
        assert reading.observed_at.tzinfo
        assert reading.observed_at <= NOW + mapping.CLOCK_SKEW
        assert reading.value.is_finite()
        text = reading.subject_code + reading.subject_name + reading.place + reading.source_ref
        assert "\x00" not in text
        text.encode()


@settings(max_examples=300, deadline=None)
@given(st.lists(ROWS | ANYTHING, max_size=6))
def test_no_row_crashes_the_parser(rows):
    parsed = mapping.parse({"code": 0, "rows": rows}, GAUGE, now=NOW)
    assert parsed.rows == len(rows)
    is_sound(parsed)


@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_no_document_crashes_the_parser(said):
    with contextlib.suppress(SourceError):
        is_sound(mapping.parse(said, GAUGE, now=NOW))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_payload_crashes_the_loader(raw):
    said = None
    with contextlib.suppress(SourceError):
        said = mapping.load(raw)
    assert json.loads(json.dumps(said)) == said or said != said, "只有 JSON 才会被接受"  # noqa: PLR0124 - NaN


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"url": "ftp://example.org/x"}, "http:// 或"),
        ({"url": "http://user:secret@example.org/"}, "auth"),
        ({"url": "http://[::1"}, "无法识别"),
        ({"auth": {"kind": "bearer"}}, "secret"),
        ({"colour": "blue"}, "没有这个配置项"),
        ({"timeout_s": 0}, "应大于 0"),
        ({"max_bytes": "many"}, "应为整数"),
        ({"auth": {"kind": "magic", "secret": "X"}}, "只能是"),
        ({"mapping": MAPPING | {"rows": "rows[["}}, "JMESPath"),
        ({"mapping": MAPPING | {"metrics": []}}, "至少要有一个指标"),
        ({"mapping": {name: MAPPING[name] for name in ("rows", "metrics")}}, "观测时间"),
        ({"auth": {"kind": "basic", "secret": "X"}}, "user"),
        ({"auth": {"kind": "oauth2", "secret": "X", "token_url": "ftp://a"}}, "http:// 或"),
        ({"paging": {"kind": "cursor"}}, "next"),
        ({"mapping": MAPPING | {"metrics": [MAPPING["metrics"][0]] * 2}}, "key 相同"),
        ({"mapping": MAPPING | {"observed_at": {"path": "TM", "zone": "Mars/North"}}}, "时区"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused_with_its_place(changes, problem):
    with pytest.raises(SourceError) as refused:
        read_rest_config(config("http://example.org") | changes)
    assert refused.value.reason == "bad_config"
    assert problem in refused.value.user_message()
    assert next(iter(changes)) in refused.value.user_message()
