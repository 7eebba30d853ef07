"""What a document that nobody has described yet probably means: pure guesses that an operator looks at and mends.

Nothing here is kept; a suggestion becomes a mapping only when somebody saves it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import jmespath

DEEPEST = 4
MOST_FIELDS = 80
EXAMPLE_CHARS = 80
SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MANY = 20
LOOKED_AT = 20
SECONDS = range(946_684_800, 4_102_444_800)  # of the years 2000 to 2099
ALONE = "[@]"

# Names that sources give to the same things, without case; the first that a row has is taken.
CODES = (
    "stcd", "mn", "code", "station_code", "station_id", "id", "projectid", "project_id", "caseid", "case_id", "编码",
    "编号", "站码", "测站编码", "项目编号", "案件编号",
)  # fmt: skip
NAMES = (
    "stnm", "name", "station_name", "title", "projectname", "project_name", "名称", "站名", "测站名称", "项目名称",
    "标题",
)  # fmt: skip
PLACES = ("rvnm", "river", "region", "place", "area", "地点", "河流", "所在地", "区域")
TIMES = (
    "tm",
    "observed_at",
    "time",
    "datatime",
    "data_time",
    "timestamp",
    "updated_at",
    "ts",
    "时间",
    "观测时间",
    "监测时间",
)
# What only matters that move through stages have.
STAGES = ("stage", "stage_code", "status", "状态", "环节", "阶段", "办理状态")
STAGE_NAMES = ("stage_name", "stagename", "status_name", "statusname", "环节名称", "状态名称")
UNITS = ("owner_unit", "unit", "department", "dept", "责任单位", "牵头单位", "承办单位")
LIMITS = ("limit_days", "days", "办理时限", "时限")
LINKS = ("link", "url", "链接")
WARNINGS, GUARANTEES = ("wrz", "warning", "警戒水位"), ("grz", "guarantee", "保证水位")
# field → key, name, unit, decimals
METRICS: dict[str, tuple[str, str, str, int]] = {
    "z": ("stage", "水位", "米", 2),
    "rz": ("reservoir_stage", "库水位", "米", 2),
    "q": ("flow", "流量", "立方米每秒", 1),
    "inq": ("inflow", "入库流量", "立方米每秒", 1),
    "w": ("storage", "蓄水量", "百万立方米", 3),
    "drp": ("rain_1h", "1小时降水量", "毫米", 1),
    "aqi": ("aqi", "空气质量指数", "", 0),
    "pm25": ("pm25", "细颗粒物", "微克每立方米", 0),
    "pm10": ("pm10", "可吸入颗粒物", "微克每立方米", 0),
    "ph": ("ph", "酸碱度", "", 2),
    "progress": ("progress", "形象进度", "%", 1),
    "investment": ("investment", "完成投资", "万元", 2),
}
# Codes that look like numbers (SL 323: 水势, 水流特征, how it was measured).
NOT_VALUES = frozenset({"wptn", "rwptn", "flwchrcd", "rwchrcd", "msqmt", "msamt", "msvmt"})
FORMATS = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y%m%d%H%M%S",
    "%Y年%m月%d日 %H时%M分",
    "%Y年%m月%d日 %H:%M",
)


@dataclass(frozen=True)
class Found:
    """One field of a row: its JMESPath, what stands there, and whether that is a number, time, text or other."""

    path: str
    example: str
    kind: str


def quoted(name: str) -> str:
    """A field's name as JMESPath."""
    return name if SIMPLE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def find_rows(document: Any) -> str:
    """The path of the longest list of objects, the nearer one where two are equal; "" for none."""
    best, longest = "", 0
    for path, rows in _lists(document, "", 0):
        if len(rows) > longest:
            best, longest = path, len(rows)
    return best


def typical(rows: Sequence[Any]) -> Any:
    """The first row, with what the next ones have where it is empty: a device at rest sends no values."""
    first, *others = rows[:LOOKED_AT]
    if not isinstance(first, dict):
        return first
    whole = dict(first)
    for row in others:
        for name, value in row.items() if isinstance(row, dict) else ():
            if whole.get(name) in (None, ""):
                whole[name] = value
    return whole


def fields_of(row: Any) -> list[Found]:
    """The fields of one row, those of objects inside it by their paths."""
    return list(_fields(row, "", 0))[:MOST_FIELDS]


def suggest(document: Any) -> dict[str, Any] | None:
    """A mapping that fits the document as far as can be told, of records as well where rows have a stage.

    A document that is one object, as brokers bring them, is a row by itself. None for anything else.
    """
    path = find_rows(document) or (ALONE if isinstance(document, dict) else "")
    rows = jmespath.search(path, document) if path else None
    if not rows:
        return None
    sample = typical(rows)
    found = fields_of(sample)
    by_name: dict[str, Found] = {}
    for one in sorted(found, key=_depth):  # of two fields with the same name the outer one is the row's own
        by_name.setdefault(_bare(one.path), one)
    code = _first(by_name, CODES) or _last_level(sample)
    if code is None and path != ALONE:
        code = found[0] if found else None
    name = _first(by_name, NAMES) or code
    at = _first(by_name, TIMES) or next(
        (one for one in found if one.kind == "time" and one not in (code, name)), None
    )
    place = _first(by_name, PLACES)
    taken = {one.path for one in (code, name, at, place) if one is not None}
    warning, guarantee = _first(by_name, WARNINGS), _first(by_name, GUARANTEES)
    record = _record(by_name, code, name, at, place)
    taken |= {one.path for one in (warning, guarantee) if one is not None} | _paths_of(record)
    metrics = [
        _metric(one, place)
        for place, one in enumerate(found)
        if one.kind == "number" and one.path not in taken and _bare(one.path) not in NOT_VALUES
    ]
    known = {each[0] for each in METRICS.values()}
    once: dict[str, dict[str, Any]] = {}
    for metric in metrics:  # two metrics never have the same key; the first one keeps it
        once.setdefault(metric["key"], metric)
    metrics = sorted(once.values(), key=lambda one: one["key"] not in known)[:MANY]
    limits = {
        name: one.path for name, one in (("warning", warning), ("guarantee", guarantee)) if one is not None
    }
    metrics = [one | (limits if one["key"] in {"stage", "reservoir_stage"} else {}) for one in metrics]
    if code is None or name is None or (path == ALONE and not metrics and not record):
        return None
    subject = {"code": code.path, "name": name.path} | ({"place": place.path} if place else {})
    mapping: dict[str, Any] = {"rows": path, "subject": subject, "metrics": metrics}
    if at is not None:
        mapping["observed_at"] = _time(at)
    return mapping | ({"record": record} if record else {})


def _record(
    by_name: dict[str, Found], code: Found | None, name: Found | None, at: Found | None, place: Found | None
) -> dict[str, Any]:
    """Rows that have a stage are matters; nothing where there is none."""
    stage = _first(by_name, STAGES)
    if stage is None or code is None or name is None or at is None:
        return {}
    more = {
        "stage_name": _first(by_name, STAGE_NAMES),
        "owner_unit": _first(by_name, UNITS),
        "place": place,
        "limit_days": _first(by_name, LIMITS),
        "link": _first(by_name, LINKS),
    }
    said = {key: one.path for key, one in more.items() if one is not None}
    about = {"kind": "matter", "id": code.path, "title": name.path, "code": stage.path}
    return about | {"stage_at": _time(at)} | said


def _last_level(row: Any) -> Found | None:
    """Of a message of a broker (connectors/adapters/pushed.py): its topic usually ends with the station."""
    topic = row.get("topic") if isinstance(row, dict) else None
    return Found("topic[-1]", _shown(topic[-1]), "text") if isinstance(topic, list) and topic else None


def _paths_of(record: dict[str, Any]) -> set[str]:
    return {value for key, value in record.items() if key != "kind" and isinstance(value, str)}


def _time(at: Found) -> dict[str, str]:
    return {"path": at.path, "zone": "Asia/Shanghai"} | _format(at.example)


def _lists(document: Any, path: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(document, list):
        if document and all(isinstance(one, dict) for one in document):
            yield path or "@", document
        return
    if isinstance(document, dict) and depth < DEEPEST:
        for name, value in document.items():
            here = quoted(str(name))
            yield from _lists(value, f"{path}.{here}" if path else here, depth + 1)


def _fields(row: Any, path: str, depth: int) -> Iterator[Found]:
    if not isinstance(row, dict) or depth >= DEEPEST:
        return
    for name, value in row.items():
        here = quoted(str(name))
        whole = f"{path}.{here}" if path else here
        if isinstance(value, dict):
            yield from _fields(value, whole, depth + 1)
        else:
            yield Found(whole, _shown(value), _kind(value))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text[:EXAMPLE_CHARS]


def _kind(value: Any) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, list):
        return "other"
    if isinstance(value, int | float):
        return "number"
    text = str(value).strip()
    if len(text) >= 8 and (_is_iso(text) or _format(text)):  # noqa: PLR2004 - a date has eight digits
        return "time"
    try:
        return "number" if Decimal(text).is_finite() else "text"
    except InvalidOperation:
        return "text"


def _is_iso(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return not text.isdecimal() and "-" in text


def _format(text: str) -> dict[str, str]:
    """The strptime form of a time that is not ISO 8601, and of seconds and milliseconds since 1970."""
    if _is_iso(text):
        return {}
    if text.isdecimal() and len(text) in {10, 13}:
        # A station's code has ten digits as well, but few of them are a second of these decades.
        return (
            {"format": "epoch_s" if len(text) == 10 else "epoch_ms"}  # noqa: PLR2004
            if int(text[:10]) in SECONDS
            else {}
        )
    for form in FORMATS:
        try:
            datetime.strptime(text, form)  # noqa: DTZ007 - only the form is asked for
        except ValueError:
            continue
        return {"format": form}
    return {}


def _depth(one: Found) -> int:
    return one.path.count(".")


def _bare(path: str) -> str:
    return path.rpartition(".")[2].strip('"').casefold()


def _first(by_name: dict[str, Found], names: tuple[str, ...]) -> Found | None:
    return next((by_name[name] for name in names if name in by_name), None)


def _metric(one: Found, place: int) -> dict[str, Any]:
    bare = _bare(one.path)
    known = METRICS.get(bare)
    if known is not None:
        key, name, unit, decimals = known
    else:
        slug = re.sub(r"[^a-z0-9_]+", "_", bare).strip("_")[:40]
        key, name, unit, decimals = (slug if re.match(r"[a-z]", slug) else f"m{place}"), bare[:60], "", 2
    return {"key": key, "name": name, "unit": unit, "decimals": decimals, "value": one.path}
