"""The table of a year's moved days as a CSV file that people make in WPS or Excel. Pure."""

import csv
import io
from dataclasses import dataclass
from datetime import date

from workflows.rules.working_days import SATURDAY, WEEKDAYS, DayRule, chinese_day

HEADINGS = {
    "day": ("day", "日期", "日子"),
    "kind": ("kind", "类别", "类型", "安排"),
    "name": ("name", "名称", "节日", "节假日"),
    "source": ("source", "来源", "依据", "文件"),
}
OFF, WORKED = "off", "worked"
KINDS = {
    "off": False,
    "放假": False,
    "休": False,
    "休息": False,
    "worked": True,
    "上班": True,
    "班": True,
    "调休上班": True,
}
FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_ROWS = 1000
MOST_NAME, MOST_SOURCE = 20, 120


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` 0 is the file as a whole. `sentence` says what is wrong and what to do."""

    line: int
    sentence: str


def day_problem(day: date, *, worked: bool) -> str:
    """Why a day cannot be entered so, "" when it can. The weekend as a day off is allowed: notices name whole spans."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return f"年份须在{FIRST_YEAR}至{LAST_YEAR}之间，请核对日期。"
    if worked and day.weekday() < SATURDAY:
        return f"{chinese_day(day)}为{WEEKDAYS[day.weekday()]}，本来上班，无需登记为调休上班。"
    return ""


def read_table(text: str) -> tuple[list[DayRule], list[Problem]]:
    """Rules in the order of their days, and every problem by line. With a problem nothing should be taken."""
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or len(rows) > MOST_ROWS:
        return [], [Problem(0, f"表格须有标题行，且不超过{MOST_ROWS}行，请核对后重新上传。")]
    columns, missing = _columns(rows[0])
    if missing:
        return [], [Problem(1, f"缺少“{'”“'.join(missing)}”列，请补上后重新上传。")]
    rules: dict[date, DayRule] = {}
    problems: list[Problem] = []
    for line, row in enumerate(rows[1:], start=2):
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
        if not any(cells.values()):
            continue
        rule, sentence = _rule(cells)
        if rule and rule.day in rules:
            sentence = f"{chinese_day(rule.day)}重复出现，请只留一行。"
        if rule is None or sentence:
            problems.append(Problem(line, f"第{line}行：{sentence}"))
        else:
            rules[rule.day] = rule
    if not rules and not problems:
        problems.append(Problem(0, "表格没有内容，请填写后重新上传。"))
    return sorted(rules.values(), key=lambda rule: rule.day), problems


def _columns(header: list[str]) -> tuple[dict[str, int], list[str]]:
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        for name, words in HEADINGS.items():
            if cell.strip().lower() in words:
                found.setdefault(name, at)
    return found, [words[1] for name, words in HEADINGS.items() if name not in found]


def _rule(cells: dict[str, str]) -> tuple[DayRule | None, str]:
    day = _day(cells["day"])
    if day is None:
        return None, f"日期“{cells['day']}”无法识别，请写作2026-10-01。"
    worked = KINDS.get(cells["kind"].lower())
    if worked is None:
        return None, f"类别“{cells['kind']}”无法识别，请写“放假”或“上班”。"
    for name, most, words in (("name", MOST_NAME, "名称"), ("source", MOST_SOURCE, "来源")):
        if not 0 < len(cells[name]) <= most:
            return None, f"{words}须为1至{most}个字，请改写。"
    return DayRule(day, worked, cells["name"], cells["source"]), day_problem(day, worked=worked)


def _day(text: str) -> date | None:
    parts = (
        text.replace("年", "-")
        .replace("月", "-")
        .replace("日", "")
        .replace("/", "-")
        .replace(".", "-")
        .split("-")
    )
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts):  # noqa: PLR2004
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new table changes."""

    added: tuple[DayRule, ...]
    changed: tuple[DayRule, ...]
    removed: tuple[DayRule, ...]

    @property
    def days(self) -> list[date]:
        return [rule.day for rule in (*self.added, *self.changed, *self.removed)]


def difference(old: list[DayRule], new: list[DayRule]) -> Difference:
    """Years that `new` has no row of are left as they are; of the others `new` is the whole table."""
    before, after = {rule.day: rule for rule in old}, {rule.day: rule for rule in new}
    years = {day.year for day in after}
    return Difference(
        tuple(rule for day, rule in after.items() if day not in before),
        tuple(rule for day, rule in after.items() if day in before and before[day] != rule),
        tuple(rule for day, rule in before.items() if day.year in years and day not in after),
    )
