"""例会: states, and the day of a weekly meeting by the work calendar."""

from datetime import date, timedelta
from typing import Protocol

from workflows.rules.tables import MoveTable

WEEK_DAYS = 7
MEETINGS = MoveTable(
    moves={
        ("planned", "hold"): "held",
        ("planned", "cancel"): "cancelled",
        ("held", "draft"): "held",
        ("held", "issue"): "issued",
    },
    states={"planned": "已排期", "held": "已召开", "issued": "纪要已印发", "cancelled": "已取消"},
    acts={"hold": "召开", "draft": "保存纪要草稿", "issue": "印发纪要", "cancel": "取消本次例会"},
    ways_out={
        ("planned", "issue"): "请先召开会议（固定议程），再印发纪要",
        ("issued", "draft"): "纪要已印发，不能改动；如有更正，请在下次例会议定",
        ("issued", "issue"): "纪要已印发，无需重复印发",
    },
)


class Days(Protocol):
    def on_or_after(self, day: date) -> date: ...


def slot_on_or_after(day: date, weekday: int) -> date:
    """The next such weekday, 0 is Monday; the day itself counts."""
    return day + timedelta(days=(weekday - day.weekday()) % WEEK_DAYS)


def meeting_day(slot: date, days: Days) -> date | None:
    """The slot, or the first working day after a day off; None when the next week's slot comes first."""
    day = days.on_or_after(slot)
    return day if day < slot + timedelta(days=WEEK_DAYS) else None


def minutes_number(year: int, number: int) -> str:
    return f"〔{year}〕第{number}次"
