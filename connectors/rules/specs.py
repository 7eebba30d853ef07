"""The conditions of a rule as an official writes them down, read from JSON.

A rule is one condition or a combination of some; `fold` lets it hold only when it was met often enough.
"""

import re
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
Key = Annotated[str, Field(pattern=rf"^{KEY.pattern}$")]
Number = Annotated[Decimal, Field(max_digits=18, decimal_places=6)]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Op = Literal[">=", ">", "<=", "<"]
DAY_S = 24 * 3600


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fold(Strict):
    """Met `need` times among the last `of` readings within `within_s`; or more than `more_than` times within it."""

    need: int | None = Field(None, ge=1, le=100)
    of: int | None = Field(None, ge=1, le=100)
    more_than: int | None = Field(None, ge=0, le=100)
    within_s: int = Field(3600, ge=1, le=31 * DAY_S)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by_count = self.more_than is not None
        by_share = self.need is not None and self.of is not None
        if by_count == by_share or (by_count and (self.need is not None or self.of is not None)):
            raise ValueError("折叠条件应写“M 次中有 K 次”（need、of）或“超过 n 次”（more_than）之一")
        if by_share and (self.need or 0) > (self.of or 0):
            raise ValueError("折叠条件中 K 不能大于 M")
        return self


class Limit(Strict):
    """A metric beyond a value; ends when it is back inside by `margin`."""

    kind: Literal["threshold"] = "threshold"
    metric: Key
    op: Op = ">="
    limit: Number
    margin: Number = Field(Decimal(0), ge=0)


class Trend(Strict):
    """`readings` readings in a row that each rise (or fall), by `least` in all."""

    kind: Literal["trend"] = "trend"
    metric: Key
    direction: Literal["rising", "falling"] = "rising"
    readings: int = Field(3, ge=2, le=100)
    least: Number = Field(Decimal(0), ge=0)


class Rate(Strict):
    """A change of at least `change` within `within_s`."""

    kind: Literal["rate"] = "rate"
    metric: Key
    direction: Literal["rising", "falling", "either"] = "rising"
    change: Number = Field(gt=0)
    within_s: int = Field(3600, ge=1, le=31 * DAY_S)


class Missing(Strict):
    """No data for so many of the source's periods."""

    kind: Literal["missing"] = "missing"
    metric: Key | None = None
    periods: int = Field(3, ge=1, le=10_000)


class Late(Strict):
    """The day's value was expected by `by` on `days` (1 is Monday) and has not been observed since `since`."""

    kind: Literal["late"] = "late"
    metric: Key | None = None
    since: Clock = "00:00"
    by: Clock
    days: tuple[Annotated[int, Field(ge=1, le=7)], ...] = (1, 2, 3, 4, 5, 6, 7)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since >= self.by or not self.days:
            raise ValueError("应到时间须晚于起算时间，且至少选一天")
        return self


Part = Annotated[Limit | Trend | Rate, Field(discriminator="kind")]


class Combined(Strict):
    """All of the parts, or any of them, between two hours of the day."""

    kind: Literal["combined"] = "combined"
    join: Literal["all", "any"] = "all"
    parts: tuple[Part, ...] = Field(min_length=1, max_length=6)
    hour_from: int = Field(0, ge=0, le=23)
    hour_to: int = Field(24, ge=0, le=24)


Condition = Annotated[Limit | Trend | Rate | Missing | Late | Combined, Field(discriminator="kind")]


class Spec(Strict):
    """A rule's condition and how often it must be met."""

    when: Condition
    fold: Fold | None = None

    @model_validator(mode="after")
    def _can_fold(self) -> Self:
        if self.fold is not None and self.by_clock:
            raise ValueError("失联和到期未报不能折叠")
        return self

    @property
    def by_clock(self) -> bool:
        """Whether it is judged as time goes by, not when a reading comes."""
        return isinstance(self.when, Missing | Late)

    @property
    def metrics(self) -> frozenset[str]:
        """The metrics that it looks at."""
        parts = self.when.parts if isinstance(self.when, Combined) else (self.when,)
        return frozenset(part.metric for part in parts if part.metric)


READER: TypeAdapter[Spec] = TypeAdapter(Spec)


def read(raw: object) -> Spec:
    """Raises pydantic.ValidationError."""
    return READER.validate_python(raw)
