"""晾晒: ranks of units from frozen facts and a versioned formula. Units and outcomes only.

Two tables, city departments and counties; whoever stands below the county is left out. A unit with nothing due has no
rank. Scores are exact fractions, rounded half up to one decimal once, and those that look the same share a rank.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

CITY, COUNTY = "city", "county"
GROUP_OF_LEVEL: Mapping[str, str] = {"province": CITY, "prefecture": CITY, "county": COUNTY}
GROUP_WORDS: Mapping[str, str] = {CITY: "市直单位", COUNTY: "县（市、区）"}
WHOLE = 100


@dataclass(frozen=True)
class Formula:
    """Points of the three shares, together a hundred. `version` names the formula within its task force."""

    version: int
    on_time: int
    done: int
    progress: int

    def sentence(self) -> str:
        return (
            f"得分＝按时完成率×{self.on_time}＋完成率×{self.done}＋计划达成率×{self.progress}"
            f"，满分{WHOLE}分，四舍五入保留一位小数（第{self.version}版）。"
            "按时完成率、完成率以本期到期节点计；计划达成率为实际进度之和与计划进度之和的比，超过计划按完成计划计。"
            "同分并列；本期无到期节点的单位不排名；县（市、区）与市直单位分别排名，不排到县级以下，不涉及个人。"
        )


@dataclass(frozen=True)
class Facts:
    """What counts of one unit in the period. `order` is its place in protocol order, for the order among equals.

    due: nodes that fell due; on_time and done: how many of these were done by their day, and at all.
    actual, planned: sums of the percentages of its items at the end of the period.
    """

    unit: str
    name: str
    level: str
    order: int
    due: int
    on_time: int
    done: int
    actual: int
    planned: int


@dataclass(frozen=True)
class Line:
    """One line of the table. `score` is text with one decimal; both are None where nothing was due."""

    unit: str
    name: str
    group: str
    score: str | None
    rank: int | None
    shares: tuple[str, str, str] | None
    because: str


def score_of(facts: Facts, formula: Formula) -> Decimal | None:
    """Points with one decimal, or None when nothing was due."""
    if not facts.due:
        return None
    on_time, done, progress = _shares(facts)
    points = on_time * formula.on_time + done * formula.done + progress * formula.progress
    return _rounded(points)


def _shares(facts: Facts) -> tuple[Fraction, Fraction, Fraction]:
    progress = Fraction(facts.actual, facts.planned) if facts.planned else Fraction(1)
    return Fraction(facts.on_time, facts.due), Fraction(facts.done, facts.due), min(Fraction(1), progress)


def _rounded(points: Fraction) -> Decimal:
    exact = Decimal(points.numerator * 10) / Decimal(
        points.denominator
    )  # 28 digits: only half-way cases matter
    tenths = exact.to_integral_value(ROUND_HALF_UP)
    return (tenths / 10).quantize(Decimal("0.1"))


def rank(all_facts: Iterable[Facts], formula: Formula) -> list[Line]:
    """Lines of both tables: city departments first, in each by rank, then those without one in protocol order."""
    lines: list[Line] = []
    found = sorted(all_facts, key=lambda one: (one.order, one.unit))
    for group in (CITY, COUNTY):
        members = [one for one in found if GROUP_OF_LEVEL.get(one.level) == group]
        scores = {one.unit: score_of(one, formula) for one in members}
        scored = sorted(
            (one for one in members if scores[one.unit] is not None), key=lambda one: -_of(scores, one)
        )
        for one in scored:
            place = 1 + sum(_of(scores, other) > _of(scores, one) for other in scored)
            lines.append(_line(one, group, scores[one.unit], place, formula))
        lines += [_line(one, group, None, None, formula) for one in members if scores[one.unit] is None]
    return lines


def _of(scores: Mapping[str, Decimal | None], facts: Facts) -> Decimal:
    return scores[facts.unit] or Decimal(0)


def _line(facts: Facts, group: str, score: Decimal | None, place: int | None, formula: Formula) -> Line:
    if score is None:
        return Line(facts.unit, facts.name, group, None, None, None, "本期没有到期节点，不排名。")
    shares = tuple(
        str(_rounded(share * weight))
        for share, weight in zip(
            _shares(facts), (formula.on_time, formula.done, formula.progress), strict=True
        )
    )
    because = (
        f"到期{facts.due}个节点，按时{facts.on_time}个、完成{facts.done}个；"
        f"实际进度合计{facts.actual}，计划进度合计{facts.planned}；{shares[0]}＋{shares[1]}＋{shares[2]}分。"
    )
    return Line(facts.unit, facts.name, group, str(score), place, (shares[0], shares[1], shares[2]), because)


def facts_json(facts: Iterable[Facts]) -> list[dict[str, Any]]:
    return [vars(one).copy() for one in facts]


def facts_from(rows: Iterable[Mapping[str, Any]]) -> list[Facts]:
    return [Facts(**row) for row in rows]


def next_allowed(last_released: date | None, every_days: int | None) -> date | None:
    """The first day on which the next edition may be released: a month after the last, or what the basis says."""
    if last_released is None:
        return None
    if every_days is not None:
        return last_released + timedelta(days=every_days)
    following = (last_released.replace(day=1) + timedelta(days=32)).replace(day=1)
    last_day = ((following + timedelta(days=32)).replace(day=1) - timedelta(days=1)).day
    return following.replace(day=min(last_released.day, last_day))
