"""Office hours (办公时间) by region and season, as data (domain §16)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from itertools import pairwise

CODE_DIGITS = 6
WHOLE_YEAR = ((1, 1), (12, 31))
MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Local time of one working day. Receipt is judged by its end, 中午前 by the begin of the noon break.

    `until_midnight`: the last day of a limit ends at 24:00; receipt is judged by office hours all the same.
    """

    opens: time = time(8, 30)
    closes: time = time(17, 30)
    noon_from: time = time(12, 0)
    noon_to: time = time(14, 30)
    until_midnight: bool = False

    def problem(self) -> str:
        """Why these hours cannot be, naming the field: `opens|noon_from|noon_to|closes`; "" when they can."""
        order = [("opens", self.opens), ("noon_from", self.noon_from), ("noon_to", self.noon_to)]
        order.append(("closes", self.closes))
        for (_, before), (name, after) in pairwise(order):
            if after < before or (name != "noon_to" and after == before):
                return name
        return ""

    def words(self) -> str:
        return f"{self.opens:%H:%M}—{self.noon_from:%H:%M}，{self.noon_to:%H:%M}—{self.closes:%H:%M}"


@dataclass(frozen=True, slots=True)
class HoursRule:
    """Hours of a region in a part of the year.

    Attributes:
        region: code of the administrative region (行政区划代码), "" for everywhere.
        begins, ends: (month, day), both included; a season may run over New Year, as 10月1日至4月30日 does.
        source: the notice that says so.
    """

    region: str
    hours: OfficeHours = field(default_factory=OfficeHours)
    begins: MonthDay = WHOLE_YEAR[0]
    ends: MonthDay = WHOLE_YEAR[1]
    source: str = ""

    def covers(self, day: date) -> bool:
        at = (day.month, day.day)
        if self.begins <= self.ends:
            return self.begins <= at <= self.ends
        return at >= self.begins or at <= self.ends

    @property
    def is_seasonal(self) -> bool:
        return (self.begins, self.ends) != WHOLE_YEAR

    def overlaps(self, other: "HoursRule") -> bool:
        """Whether the two would both speak for one day of one region. A season may stand over a whole year."""
        if self.region != other.region or self.is_seasonal != other.is_seasonal:
            return False
        mine, theirs = _days(self), _days(other)
        return bool(mine & theirs)


def _days(rule: HoursRule) -> set[MonthDay]:
    every = ((month, day) for month in range(1, 13) for day in range(1, 32))
    if rule.begins <= rule.ends:
        return {at for at in every if rule.begins <= at <= rule.ends}
    return {at for at in every if at >= rule.begins or at <= rule.ends}


def chain_of(region: str) -> list[str]:
    """The region and those above it: 421221 → 421221, 421200, 420000, everywhere."""
    if len(region) != CODE_DIGITS or not region.isdecimal():
        return [region, ""] if region else [""]
    chain = [region, region[:4] + "00", region[:2] + "0000", ""]
    return list(dict.fromkeys(chain))


def rules_for(rules: Iterable[HoursRule], region: str) -> tuple[HoursRule, ...]:
    """Those that speak for the region, the most particular first: nearest region, then season before year."""
    chain = chain_of(region)
    near = [rule for rule in rules if rule.region in chain]
    return tuple(sorted(near, key=lambda rule: (chain.index(rule.region), not rule.is_seasonal)))


def hours_on(rules: Sequence[HoursRule], day: date, otherwise: OfficeHours) -> OfficeHours:
    """`rules` as `rules_for` gives them."""
    return next((rule.hours for rule in rules if rule.covers(day)), otherwise)
