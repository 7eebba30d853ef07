"""What an administrator writes as a table of the colour rule: read, checked field by field, told in words."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from workflows.rules.colours import DEFAULT_RULE, RuleTable

MOST_NAME = 4
# Field → lowest and highest value, and what it is called on screen.
LIMITS: dict[str, tuple[int, int, str]] = {
    "yellow_lag": (1, 99, "黄色滞后下限（百分点）"),
    "red_lag": (1, 99, "红色滞后界限（百分点）"),
    "near_due_working_days": (0, 30, "临期工作日"),
    "near_due_percent": (0, 100, "临期应完成进度（%）"),
    "red_rejections": (1, 10, "连续退回次数"),
    "report_period_days": (1, 366, "反馈周期（天）"),
    "stale_periods": (1, 12, "无变化周期数"),
    "unstarted_red_days": (0, 1000, "未启动转红天数（0为不用）"),
}
NAMES = ("red_name", "yellow_name", "green_name", "grey_name")


class RuleTableError(ValueError):
    """One field of a table cannot be taken. `sentence` is plain Chinese and says what to write instead."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field, self.sentence = field, sentence
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Variant:
    """A table to start from."""

    code: str
    name: str
    table: RuleTable


def table_of(version: int, data: dict[str, Any]) -> RuleTable:
    """The table of this version from its stored or typed fields; what is left out is as in domain §11.

    Raises RuleTableError.
    """
    known = {one.name for one in fields(RuleTable)} - {"version"}
    if unknown := sorted(set(data) - known):
        raise RuleTableError(unknown[0], f"规则表没有“{unknown[0]}”这一项，请删去。")
    values = {**_fields(DEFAULT_RULE), **data}
    for field, (low, high, words) in LIMITS.items():
        value = values[field]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise RuleTableError(field, f"{words}须为{low}至{high}的整数，请改正后保存。")
    if values["red_lag"] <= values["yellow_lag"]:
        raise RuleTableError("red_lag", "红色滞后界限须大于黄色滞后下限，请改正后保存。")
    if not isinstance(values["caught_up_is_yellow"], bool):
        raise RuleTableError("caught_up_is_yellow", "“赶上后保持黄色”须为是或否。")
    for field in NAMES:
        name = values[field]
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= MOST_NAME:
            raise RuleTableError(field, f"颜色名称须为1至{MOST_NAME}个字，请改正后保存。")
        values[field] = name.strip()
    if len({values[field] for field in NAMES}) < len(NAMES):
        raise RuleTableError("green_name", "四种颜色的名称不能相同，请改正后保存。")
    return RuleTable(version=version, **values)


def _fields(table: RuleTable) -> dict[str, Any]:
    return {name: value for name, value in asdict(table).items() if name != "version"}


def fields_of(table: RuleTable) -> dict[str, Any]:
    """What is stored."""
    return _fields(table)


def words_of(table: RuleTable) -> list[str]:
    """The table as sentences, first match from the top."""
    red, yellow, days = table.red_name, table.yellow_name, table.report_period_days
    lines = [f"{table.grey_name}：未到开始日期、已批准暂停、已办结"]
    lines.append(
        f"{red}：节点或事项逾期；滞后超过{table.red_lag}个百分点；连续{table.red_rejections}次报告被退回；"
        f"连续{table.stale_periods}个反馈周期（{days * table.stale_periods}天）为{yellow}且无变化；现场发现严重问题"
    )
    if table.unstarted_red_days:
        lines.append(f"{red}：开始{table.unstarted_red_days}天仍未启动")
    lines.append(
        f"{yellow}：滞后{table.yellow_lag}至{table.red_lag}个百分点；"
        f"距时限{table.near_due_working_days}个工作日内且完成不足{table.near_due_percent}%；"
        f"超过{days}天未反馈；有未解决的质量问题；监测数据与报告不符"
    )
    if table.caught_up_is_yellow:
        lines.append(f"{yellow}：曾为{yellow}或{red}、现已赶上，经督查专员核实前保持{yellow}")
    lines.append(f"{table.green_name}：其他")
    return lines
