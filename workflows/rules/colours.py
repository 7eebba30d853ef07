"""The three-colour code (三色码): a pure function of stored facts and a versioned rule (domain §11).

The first match from the top of the table decides; within a colour the first reason is given. Percentages are
whole points, rounded half up, so that the sentence on the page and the comparison behind it never differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from workflows.rules.moves import ItemState
from workflows.rules.working_days import SHANGHAI, WorkCalendar, chinese_day, provisional_words

WHOLE = 100


class Colour(StrEnum):
    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class RuleTable:
    """The numbers of the rule. A change is a new version; verdicts are stored with the version that made
    them.

    Attributes:
        unstarted_red_days: red when nothing has been done so long after the start; 0 switches it off.
        caught_up_is_yellow: the variant in which what was behind and is on plan again is yellow until it was looked at.
        red_name … grey_name: what the colours are called in sentences.
    """

    version: int
    yellow_lag: int
    red_lag: int
    near_due_working_days: int
    near_due_percent: int
    red_rejections: int
    report_period_days: int
    stale_periods: int
    unstarted_red_days: int = 0
    caught_up_is_yellow: bool = False
    red_name: str = "红"
    yellow_name: str = "黄"
    green_name: str = "绿"
    grey_name: str = "灰"

    def name_of(self, colour: str) -> str:
        name: str = getattr(self, f"{colour}_name")
        return name


DEFAULT_RULE = RuleTable(
    version=1,
    yellow_lag=10,
    red_lag=30,
    near_due_working_days=3,
    near_due_percent=80,
    red_rejections=2,
    report_period_days=14,
    stale_periods=2,
)
RULES = {DEFAULT_RULE.version: DEFAULT_RULE}


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """`percent` is expected by the end of `on`."""

    on: date
    percent: int


@dataclass(frozen=True, slots=True)
class Node:
    name: str
    due_on: date
    done: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored about one item. Dates are local days.

    Attributes:
        percent: actual progress, 0–100.
        curve: the item's own plan, rising in date and percent; empty means in proportion to time.
        reporting_since: the last report, or the sign-for when none has come; None before the sign-for.
        last_change_on: the last day on which the percentage rose.
        behind_since: since when the item has been yellow or red without a break.
        rejected: reports sent back in a row.
        fell_behind_on: the first day on which the item was yellow or red, unless somebody has looked at it since.
        report_every: days between two reports as this item has them; None: as the rule table has them.
    """

    state: ItemState
    starts_on: date
    due_on: date
    percent: int
    curve: tuple[CurvePoint, ...] = ()
    nodes: tuple[Node, ...] = ()
    reporting_since: date | None = None
    last_change_on: date | None = None
    behind_since: date | None = None
    rejected: int = 0
    fell_behind_on: date | None = None
    report_every: int | None = None
    serious_fact: bool = False
    quality_finding: bool = False
    data_contradict: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`because` is the sentence for the page, `chip` the few words beside the colour's shape (UX §4)."""

    colour: Colour
    reason_code: str
    because: str
    chip: str
    planned_percent: int


def planned_percent(facts: Facts, today: date) -> int:
    """序时进度 on the morning of `today`: what full days gone by should have brought, in whole percent."""
    day = today - timedelta(days=1)
    before = CurvePoint(facts.starts_on - timedelta(days=1), 0)
    points = (before, *facts.curve, CurvePoint(facts.due_on, WHOLE))
    for left, right in pairwise(points):
        if day <= left.on:
            return left.percent
        if day < right.on:
            share = Fraction((day - left.on).days, (right.on - left.on).days)
            return _half_up(left.percent + share * (right.percent - left.percent))
    return WHOLE


def _half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def colour_of(facts: Facts, rule: RuleTable, now: datetime, calendar: WorkCalendar) -> Verdict:
    """The colour of one item at `now` (aware), with its reason in plain Chinese."""
    case = _Case(facts, rule, now, calendar)
    for colour, reasons in (
        (Colour.GREY, case.grey()),
        (Colour.RED, case.red()),
        (Colour.YELLOW, case.yellow()),
        (Colour.YELLOW, case.caught_up()),
        (Colour.GREEN, case.green()),
    ):
        for code, words, chip in reasons:
            return Verdict(colour, code, f"{rule.name_of(colour)}：{words}", chip, case.planned)
    raise AssertionError("green always has a reason")


Reason = tuple[str, str, str]
_STILL: dict[ItemState, Reason] = {
    ItemState.REGISTERED: ("not_dispatched", "尚未交办", "未交办"),
    ItemState.SUSPENDED: ("suspended", "已批准暂停", "已暂停"),
    ItemState.CLOSED: ("closed", "已办结", "已办结"),
    ItemState.CANCELLED: ("cancelled", "已取消", "已取消"),
    ItemState.STRUCK_OFF: ("struck_off", "已销号", "已销号"),
    ItemState.ARCHIVED: ("archived", "已归档", "已归档"),
}


_DELIVERED = frozenset({ItemState.REPORTED, ItemState.ACCEPTED, ItemState.CHECKED})


class _Case:
    """One judgement: what several reasons share is worked out once."""

    def __init__(self, facts: Facts, rule: RuleTable, now: datetime, calendar: WorkCalendar) -> None:
        self.facts, self.rule, self.calendar = facts, rule, calendar
        self.now = now.astimezone(SHANGHAI)
        self.today = self.now.date()
        self.planned = planned_percent(facts, self.today)
        self.lag = self.planned - facts.percent
        self.delivered = facts.state in _DELIVERED and facts.percent >= WHOLE

    def grey(self) -> Iterator[Reason]:
        if reason := _STILL.get(self.facts.state):
            yield reason
        elif self.today < self.facts.starts_on:
            yield "not_started", f"计划{chinese_day(self.facts.starts_on)}开始，尚未到开始日期", "未启动"

    def red(self) -> Iterator[Reason]:
        if not self.delivered:
            yield from self._overdue()
            if self.lag > self.rule.red_lag:
                yield "lag", self._lag_words(f"超过{self.rule.red_lag}"), f"滞后{self.lag}%"
            yield from self._unstarted()
        if self.facts.rejected >= self.rule.red_rejections:
            yield "rejected", f"连续{self.facts.rejected}次报告被退回", "报告被退回"
        yield from self._stale()
        if self.facts.serious_fact:
            yield "serious_fact", "现场发现严重问题", "严重问题"

    def _overdue(self) -> Iterator[Reason]:
        facts = self.facts
        if self._is_past(facts.due_on):
            done = f"完成{facts.percent}%"
            if late := (self.today - facts.due_on).days:
                words = f"已逾期{late}天，时限{chinese_day(facts.due_on)}，{done}"
                yield "overdue", words, f"逾期{late}天"
            else:
                yield "overdue", f"今日{self.calendar.hours.closes:%H:%M}已过时限，{done}", "今日逾期"
        for node in facts.nodes:
            if not node.done and self._is_past(node.due_on):
                late = (self.today - node.due_on).days
                since = f"已逾期{late}天" if late else "今日已过时限"
                yield (
                    "node_overdue",
                    f"节点“{node.name}”{since}，应于{chinese_day(node.due_on)}完成",
                    "节点逾期",
                )

    @property
    def report_period(self) -> int:
        return self.facts.report_every or self.rule.report_period_days

    def _unstarted(self) -> Iterator[Reason]:
        days, since = self.rule.unstarted_red_days, self.facts.starts_on
        if days and self.facts.percent == 0 and (self.today - since).days >= days:
            yield "unstarted", f"计划{chinese_day(since)}开始，{days}天仍未启动", f"{days}天未启动"

    def _stale(self) -> Iterator[Reason]:
        """Yellow for so many periods without change; what is not yellow now is not stale either."""
        facts, days = self.facts, self.report_period * self.rule.stale_periods
        if facts.behind_since is None or next(self.yellow(), None) is None:
            return
        since = max(filter(None, (facts.behind_since, facts.last_change_on)))
        if (self.today - since).days >= days:
            yield (
                "stale",
                f"连续{self.rule.stale_periods}个反馈周期（{days}天）为黄且进度无变化",
                f"{days}天无变化",
            )

    def yellow(self) -> Iterator[Reason]:
        if not self.delivered:
            if self.lag >= self.rule.yellow_lag:
                words = self._lag_words(f"{self.rule.yellow_lag}至{self.rule.red_lag}")
                yield "lag", words, f"滞后{self.lag}%"
            yield from self._near_due()
            yield from self._report_missing()
        if self.facts.quality_finding:
            yield "quality_finding", "有未解决的质量问题", "质量问题"
        if self.facts.data_contradict:
            yield "data_contradict", "监测数据与报告不符", "数据不符"

    def _near_due(self) -> Iterator[Reason]:
        facts, rule = self.facts, self.rule
        # The span is cut first: counting the working days of years ahead for every item would be waste.
        if (
            facts.due_on - self.today
        ).days > rule.near_due_working_days + 20 or facts.percent >= rule.near_due_percent:
            return
        left = self.calendar.working_days_between(self.today, facts.due_on)
        if left > rule.near_due_working_days:
            return
        when = f"距时限{left}个工作日" if facts.due_on > self.today else "今日到期"
        words = f"{when}，完成{facts.percent}%（低于{rule.near_due_percent}%）"
        if missing := self.calendar.missing_years(self.today, facts.due_on):
            words += "；" + provisional_words(missing)
        yield "near_due", words, f"剩{left}个工作日" if facts.due_on > self.today else "今日到期"

    def _report_missing(self) -> Iterator[Reason]:
        facts, period = self.facts, self.report_period
        if facts.reporting_since is None:
            return
        silent = (self.today - max(facts.reporting_since, facts.starts_on)).days
        if silent > period:
            yield "report_missing", f"已{silent}天未反馈（应每{period}天反馈一次）", f"{silent}天未反馈"

    def caught_up(self) -> Iterator[Reason]:
        """Not among the reasons of yellow: who waits to be looked at is not behind, and never goes stale."""
        since = self.facts.fell_behind_on
        if not self.rule.caught_up_is_yellow or since is None:
            return
        now = (
            "现已报完成"
            if self.delivered
            else f"现已赶上（计划完成{self.planned}%，实际完成{self.facts.percent}%）"
        )
        yield "caught_up", f"{chinese_day(since)}起曾落后，{now}，待督查专员核实", "已赶上待核实"

    def green(self) -> Iterator[Reason]:
        if self.delivered:
            yield "awaiting_check", "已报完成，待核查办结", "待核查"
        elif self.lag > 0:
            yield "on_plan", self._lag_words(f"不足{self.rule.yellow_lag}"), "正常"
        else:
            yield "on_plan", f"计划完成{self.planned}%，实际完成{self.facts.percent}%，按计划推进", "正常"

    def _lag_words(self, limit: str) -> str:
        return f"计划完成{self.planned}%，实际完成{self.facts.percent}%，滞后{self.lag}个百分点（{limit}）"

    def _is_past(self, day: date) -> bool:
        return self.now > self.calendar.closing(day)
