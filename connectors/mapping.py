"""From a source's JSON document to readings: pure, no clock, no database, and no input makes it crash.

What is wrong with the whole document raises SourceError; what is wrong with one row or value is a Rejection
and the rest is used.
"""

import functools
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import jmespath
from django.utils.translation import gettext as _
from jmespath.exceptions import JMESPathError

from connectors.config import EPOCHS, MetricPaths, RecordPaths, RowMapping, TimePath
from connectors.errors import SourceError
from connectors.items import Parsed, Reading, Record, Rejection

MOST_ROWS = 5_000
MOST_LIMIT_DAYS = 3660
MOST_REJECTIONS = 50  # kept; beyond it a flood of bad rows tells nothing new
VALUE_LIMIT = Decimal(10) ** 11
PLACES = Decimal("0.000001")
CLOCK_SKEW = timedelta(minutes=10)
SAMPLE_CHARS = 2000


@dataclass(frozen=True)
class _Unusable(Exception):  # noqa: N818 - never leaves this module
    field: str
    reason: str


def load(raw: bytes) -> Any:
    """The JSON document. Raises SourceError(not_json) for anything else, however deep or long."""
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as err:
        text = _("数据源返回的不是 JSON。请查看返回内容，并联系对方系统的管理单位。")
        raise SourceError("not_json", text, sample=sample_of(raw)) from err


def sample_of(raw: bytes) -> str:
    """The beginning of a payload as text that a database takes."""
    return raw[: SAMPLE_CHARS * 3].decode("utf-8", "replace").replace("\x00", "�")[:SAMPLE_CHARS]


def rejection(field: str, reason: str) -> Rejection:
    """A document of several that could not be used as a whole."""
    return Rejection(1, field, reason)


def parse(document: Any, mapping: RowMapping, *, now: datetime) -> Parsed:
    """Readings and records of one document, in its order.

    Args:
        now: aware; a row observed more than ten minutes later than this is refused, or it would look fresh
            for ever.
    Raises:
        SourceError: wrong_shape, when the source reports a failure of its own or has no list of rows.
    """
    rows = _rows(document, mapping)
    readings: list[Reading] = []
    records: list[Record] = []
    rejections: list[Rejection] = []
    for line, row in enumerate(rows[:MOST_ROWS], 1):
        try:
            head = _head(row, mapping, now) if mapping.metrics else None
            if mapping.record is not None:
                records.append(_record(row, mapping.record, now))
        except _Unusable as err:
            rejections.append(Rejection(line, err.field, err.reason))
            continue
        for rank, metric in enumerate(mapping.metrics if head else ()):
            try:
                readings.extend(_reading(row, metric, head, rank))
            except _Unusable as err:
                rejections.append(Rejection(line, err.field, err.reason))
    if len(rows) > MOST_ROWS:
        reason = _("一次最多取 {most} 行，其余未取。请缩小取数范围。").format(most=MOST_ROWS)
        rejections.insert(0, Rejection(MOST_ROWS + 1, "rows", reason))
    return Parsed(len(rows), tuple(readings), tuple(rejections), tuple(records))


@functools.lru_cache(maxsize=2000)
def names_in(expression: str) -> frozenset[str]:
    """The fields of a row that a JMESPath expression reads; none where it is no expression."""
    try:
        return frozenset(_names(jmespath.compile(expression).parsed))
    except JMESPathError:
        return frozenset()


def is_allowed(source_field: str, allowed: Collection[str]) -> bool:
    """Whether a field, or an expression over fields, may be taken; an empty list allows everything."""
    if not allowed or not source_field or source_field in allowed:
        return True
    names = names_in(source_field)
    return bool(names) and names <= frozenset(allowed)


def _names(node: Any) -> Iterator[str]:
    if node["type"] == "field":
        yield str(node["value"])
    for child in node["children"]:
        yield from _names(child)


def _rows(document: Any, mapping: RowMapping) -> list[Any]:
    if mapping.ok and _find(document, mapping.ok) is not True:
        text = _("数据源自报异常（{path} 不成立）。请联系对方系统的管理单位。")
        raise SourceError("wrong_shape", text.format(path=mapping.ok), sample=_as_text(document))
    rows = _find(document, mapping.rows)
    if not isinstance(rows, list):
        text = _("返回内容中没有数据行（{path} 不是列表），对方接口可能已改版。请核对映射配置。")
        raise SourceError("wrong_shape", text.format(path=mapping.rows), sample=_as_text(document))
    return rows


def _head(row: Any, mapping: RowMapping, now: datetime) -> Reading | None:
    """The parts that all metrics of a row share, as a reading without value."""
    subject, at = mapping.subject, mapping.observed_at
    if subject is None or at is None:
        return None
    code = _text(row, subject.code, most=64)
    if not code:
        raise _Unusable(subject.code, _("缺少对象编码"))
    observed_at = _moment(row, at)
    if observed_at > now + CLOCK_SKEW:
        raise _Unusable(at.path, _("观测时间晚于现在"))
    place = _text(row, subject.place, most=120) if subject.place else ""
    ref = _text(row, mapping.source_ref, most=120) if mapping.source_ref else ""
    name = _text(row, subject.name, most=120) or code
    quality = "good"
    if mapping.quality is not None:
        quality = mapping.quality.words.get(_text(row, mapping.quality.path, most=40), "faulty")
    return Reading(code, name, place, "", Decimal(0), observed_at, source_ref=ref, quality=quality)


def _record(row: Any, paths: RecordPaths, now: datetime) -> Record:
    """A matter at its present stage."""
    texts = {"source_id": (paths.id, 120), "title": (paths.title, 300), "code": (paths.code, 60)}
    said = {name: _text(row, path, most=most) for name, (path, most) in texts.items()}
    for name, (path, _most) in texts.items():
        if not said[name]:
            raise _Unusable(path, _("缺少内容"))
    stage_at = _moment(row, paths.stage_at)
    if stage_at > now + CLOCK_SKEW:
        raise _Unusable(paths.stage_at.path, _("观测时间晚于现在"))
    optional = {
        "stage_name": (paths.stage_name, 60),
        "owner_unit": (paths.owner_unit, 120),
        "place": (paths.place, 120),
        "level": (paths.level, 6),
        "link": (paths.link, 500),
        "note": (paths.note, 1000),
    }
    more = {name: _text(row, path, most=most) for name, (path, most) in optional.items() if path}
    if more.get("link") and not more["link"].startswith(("https://", "http://")):
        raise _Unusable(paths.link or "", _("链接应以 http:// 或 https:// 开头"))
    limit = _number(row, paths.limit_days) if paths.limit_days else None
    if limit is not None and not 0 <= limit <= MOST_LIMIT_DAYS:
        raise _Unusable(paths.limit_days or "", _("数值超出范围"))
    fields = {label: text for label, path in paths.fields.items() if (text := _text(row, path, most=200))}
    days = None if limit is None else int(limit)
    texts_said: dict[str, Any] = said | more
    return Record(kind=paths.kind, stage_at=stage_at, limit_days=days, fields=fields, **texts_said)


def _reading(row: Any, metric: MetricPaths, head: Reading | None, rank: int) -> Iterator[Reading]:
    """One reading, or none where the row has no value."""
    value = _number(row, metric.value)
    if value is None or head is None:
        return
    yield Reading(
        head.subject_code,
        head.subject_name,
        head.place,
        metric.key,
        value,
        head.observed_at,
        warning=_number(row, metric.warning) if metric.warning else None,
        guarantee=_number(row, metric.guarantee) if metric.guarantee else None,
        source_ref=head.source_ref,
        metric_name=metric.name,
        unit=metric.unit,
        decimals=metric.decimals,
        rank=rank,
        near_margin=metric.near_margin,
        quality=head.quality,
        source_field=metric.value,
    )


def _find(document: Any, path: str) -> Any:
    try:
        return jmespath.search(path, document)
    except (JMESPathError, RecursionError, ArithmeticError, TypeError, ValueError, AttributeError):
        return None  # functions of an expression refuse values of another type: the field is not there


def _text(row: Any, path: str, *, most: int) -> str:
    found = _find(row, path)
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise _Unusable(path, _("应为文字"))
    try:
        text = str(found).strip()
        text.encode()
    except ValueError as err:  # lone surrogates; integers of thousands of digits
        raise _Unusable(path, _("含有无法识别的字符")) from err
    if "\x00" in text:
        raise _Unusable(path, _("含有无法识别的字符"))
    if len(text) > most:
        raise _Unusable(path, _("超过 {most} 个字符").format(most=most))
    return text


def _number(row: Any, path: str) -> Decimal | None:
    found = _find(row, path)
    if found is None or found == "":
        return None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise _Unusable(path, _("应为数值"))
    try:
        value = Decimal(str(found).strip())
    except (InvalidOperation, ValueError) as err:
        raise _Unusable(path, _("应为数值")) from err
    if not value.is_finite() or abs(value) >= VALUE_LIMIT:
        raise _Unusable(path, _("数值超出范围"))
    return value.quantize(PLACES)


def _moment(row: Any, at: TimePath) -> datetime:
    found = _find(row, at.path)
    try:
        if at.format in EPOCHS:
            moment = datetime.fromtimestamp(float(str(found)) / EPOCHS[at.format], UTC)
        elif not isinstance(found, str):
            raise _Unusable(at.path, _("缺少观测时间"))
        else:
            moment = datetime.strptime(found, at.format) if at.format else datetime.fromisoformat(found)  # noqa: DTZ007 - the zone is added below
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(at.zone))
        moment.timestamp()  # years near the ends of the calendar have none in every zone
    except (ValueError, OverflowError, OSError) as err:
        raise _Unusable(at.path, _("观测时间的写法与配置不符")) from err
    return moment


def _as_text(document: Any) -> str:
    try:
        return sample_of(json.dumps(document, ensure_ascii=True).encode())
    except (ValueError, RecursionError):
        return ""
