"""What a template's order or task starts from, and the words of an alert put into it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from connectors.rules.levels import WORDS, weight
from workflows.orders.views import OrderRungIn, OrderScopeIn

TOKENS = ("{对象}", "{地点}", "{指标}", "{数值}", "{级别}", "{原因}", "{时间}", "{来源}")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TriggerCondition(Strict):
    """What an alert or record must be; an empty list lets everything through. `kinds`: of alerts or of records."""

    least: Literal["", "blue", "yellow", "orange", "red"] = ""
    kinds: list[str] = Field([], max_length=20)
    codes: list[str] = Field([], max_length=500)
    places: list[str] = Field([], max_length=50)
    metrics: list[str] = Field([], max_length=50)


class OrderContent(Strict):
    """An order; limits in minutes from its issue. `mandate`: on what a government's office acts for its government."""

    title: str = Field(min_length=1, max_length=100)
    text: str = Field(min_length=1, max_length=2000)
    urgency: str = "urgent"
    scope: OrderScopeIn
    rungs: list[OrderRungIn] | None = None
    organ_code: str = ""
    mandate: str = Field("", max_length=200)
    taskforce: UUID | None = None
    sign_minutes: int = Field(30, ge=1, le=31 * 24 * 60)
    report_minutes: int | None = Field(None, ge=1, le=31 * 24 * 60)
    is_drill: bool = False


class ItemContent(Strict):
    """A task; neither task force nor ledger: the author's unit's own ledger."""

    title: str = Field(min_length=1, max_length=200)
    lead_unit: UUID
    days: Annotated[int, Field(ge=1, le=3660)] = 5
    category: str = Field("", max_length=50)
    taskforce: UUID | None = None
    ledger: UUID | None = None


@dataclass(frozen=True)
class Happening:
    """An alert or a record as templates see it. `about` names it for ever."""

    about: str
    connector_id: UUID
    kind: str
    level: str
    code: str
    name: str
    place: str
    metric: str
    metric_name: str
    value: str
    words: str
    at: datetime
    source: str
    limit_days: int | None = None


def fits(condition: TriggerCondition, one: Happening) -> bool:
    """Whether the template is for this."""
    if weight(one.level) < weight(condition.least):
        return False
    wanted = ((condition.kinds, one.kind), (condition.codes, one.code), (condition.metrics, one.metric))
    if any(words and word not in words for words, word in wanted):
        return False
    return not condition.places or any(place in one.place or place in one.name for place in condition.places)


def filled(text: str, one: Happening, local: datetime) -> str:
    """The template's words with those of the alert in their places."""
    values = (
        one.name,
        one.place,
        one.metric_name,
        one.value,
        WORDS.get(one.level, ""),
        one.words,
        f"{local:%m月%d日 %H:%M}",
        one.source,
    )
    for token, value in zip(TOKENS, values, strict=True):
        text = text.replace(token, value)
    return text


def order_fields(content: OrderContent, one: Happening, now: datetime, local: datetime) -> dict[str, Any]:
    """The fields of the draft."""
    report = content.report_minutes
    return {
        "title": filled(content.title, one, local)[:100],
        "text": filled(content.text, one, local)[:2000],
        "urgency": content.urgency,
        "is_drill": content.is_drill,
        "scope": content.scope,
        "rungs": content.rungs,
        "organ_code": content.organ_code,
        "mandate": content.mandate,
        "taskforce": content.taskforce,
        "sign_by": now + timedelta(minutes=content.sign_minutes),
        "report_by": None if report is None else now + timedelta(minutes=report),
    }


def spoken(value: Decimal | None, unit: str) -> str:
    """A value in full, without zeros at its end."""
    if value is None:
        return ""
    text = f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    return f"{text}{unit}"


def read_content(makes: str, raw: Mapping[str, Any]) -> OrderContent | ItemContent:
    """Raises pydantic.ValidationError."""
    return (OrderContent if makes == "order" else ItemContent).model_validate(dict(raw))
