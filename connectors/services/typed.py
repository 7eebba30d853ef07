"""What people type into the forms of this floor, read with the field named in each refusal."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import ValidationError

from common.errors import BadInputError
from connectors.rules import bands, specs
from connectors.rules.bands import Band
from connectors.rules.levels import LEVELS
from connectors.store.models import Connector, Subject

CALENDAR = 2024  # a leap year, in which every season's ends exist
VALUE_LIMIT = Decimal(10) ** 11
KINDS = frozenset({"threshold", "trend", "rate", "missing", "late", "combined"})


def band(raw: Mapping[str, Any], place: int) -> Band:
    where = f"bands.{place}"
    margin = number(raw.get("margin", 0), f"{where}.margin")
    if margin < 0:
        raise BadInputError(field=f"{where}.margin", message=_("回差不能为负数，请修改。"))
    op = str(raw.get("op", ">="))
    if op not in bands.OPS:
        raise BadInputError(field=f"{where}.op", message=_("比较方式应为 >=、>、<= 或 <，请修改。"))
    first, last = (day(raw.get(name), f"{where}.{name}") for name in ("valid_from", "valid_to"))
    if first and last and first > last:
        raise BadInputError(field=f"{where}.valid_to", message=_("失效日期早于生效日期，请修改。"))
    season = [_season(raw.get(name), f"{where}.{name}") for name in ("season_from", "season_to")]
    if bool(season[0]) != bool(season[1]):
        raise BadInputError(
            field=f"{where}.season_to", message=_("季节应同时写明起止（月日各两位），请补全。")
        )
    hours = [_hour(raw.get(*pair), f"{where}.{pair[0]}") for pair in (("hour_from", 0), ("hour_to", 24))]
    if hours[0] > 23:  # noqa: PLR2004 - hours of a day
        raise BadInputError(field=f"{where}.hour_from", message=_("小时应在0至23之间，请修改。"))
    return Band(
        level=level(raw.get("level"), f"{where}.level"),
        limit=number(raw.get("limit"), f"{where}.limit"),
        op=op,
        margin=margin,
        label=text(raw.get("label", ""), f"{where}.label", most=30, empty=True),
        valid_from=first,
        valid_to=last,
        season_from=season[0],
        season_to=season[1],
        hour_from=hours[0],
        hour_to=hours[1],
    )


def spec(raw: Mapping[str, Any]) -> specs.Spec:
    """Raises BadInputError: such as spec.when.limit."""
    try:
        return specs.read(dict(raw))
    except ValidationError as err:
        first = err.errors()[0]
        # The kind of a condition stands in the path of pydantic, and in no field of a form.
        where = ".".join(str(part) for part in ("spec", *first["loc"]) if part not in KINDS)
        problem = str(first["ctx"]["error"]) if first["type"] == "value_error" else str(first["msg"])
        raise BadInputError(field=where, message=_("规则有误：{problem}。").format(problem=problem)) from err


def level(raw: Any, field: str) -> str:
    if raw not in LEVELS:
        raise BadInputError(field=field, message=_("级别应为蓝、黄、橙、红之一，请选择。"))
    return str(raw)


def number(raw: Any, field: str) -> Decimal:
    try:
        value = Decimal(str(raw).strip()).quantize(Decimal("0.000001"))
    except ArithmeticError as err:
        raise BadInputError(field=field, message=_("请填写数值。")) from err
    if not value.is_finite() or abs(value) >= VALUE_LIMIT:
        raise BadInputError(field=field, message=_("数值超出范围，请修改。"))
    return value


def day(raw: Any, field: str) -> date | None:
    if raw in {None, ""}:
        return None
    try:
        return raw if isinstance(raw, date) else date.fromisoformat(str(raw))
    except ValueError as err:
        raise BadInputError(field=field, message=_("日期应写作 2026-05-01 的样式，请修改。")) from err


def _season(raw: Any, field: str) -> str:
    found = str(raw or "")
    if not found:
        return ""
    refused = BadInputError(field=field, message=_("季节应写作月日四位，例如 0501，请修改。"))
    if not (found.isascii() and found.isdecimal() and len(found) == 4):  # noqa: PLR2004 - MMDD
        raise refused
    try:
        date(CALENDAR, int(found[:2]), int(found[2:]))
    except ValueError as err:
        raise refused from err
    return found


def _hour(raw: Any, field: str) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= 24:  # noqa: PLR2004
        raise BadInputError(field=field, message=_("小时应在0至24之间，请修改。"))
    return raw


def text(raw: Any, field: str, *, most: int, empty: bool = False) -> str:
    found = str(raw or "").strip()
    if (not found and not empty) or len(found) > most or "\x00" in found:
        raise BadInputError(field=field, message=_("请填写，且不超过{most}个字。").format(most=most))
    return found


def metric(raw: str) -> str:
    if not specs.KEY.fullmatch(raw):
        raise BadInputError(field="metric", message=_("请选择指标。"))
    return raw


def subject(connector: Connector, subject_id: UUID | None) -> Subject | None:
    if subject_id is None:
        return None
    found = connector.subjects.filter(pk=subject_id).first()
    if found is None:
        raise BadInputError(field="subject_id", message=_("该数据源没有这个对象，请重新选择。"))
    return found
