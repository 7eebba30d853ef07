"""专班周报: what the report says, from the ledger as it is now. How it looks is `weekly_docx`."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings

from common import audit, clock
from directory.actors import Actor
from directory.services.rights import require
from workflows.items.card import state_words
from workflows.rules.hard_problems import PROBLEMS
from workflows.rules.working_days import chinese_day, chinese_month_day
from workflows.services.gates import access_taskforce, force_scope
from workflows.services.wall import KpiOut, describe_wall
from workflows.store import items as item_store
from workflows.store.models import ForceMeeting, HardProblem, Item, TaskForce
from workflows.taskforces import problem_store
from workflows.taskforces.weekly_docx import render

WEEK = timedelta(days=7)
WORDS = (("red", "红码"), ("yellow", "黄码"), ("green", "绿码"), ("grey", "未启动或暂停"), ("done", "办结"))


@dataclass(frozen=True)
class Weekly:
    """`rows`: cells of the table, colours in words. `source`: where the figures are from and as of when."""

    title: str
    subtitle: str
    progress: list[str]
    problems: list[str]
    next_steps: list[str]
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    source: str
    signature: str


def check_weekly(actor: Actor, taskforce_id: UUID) -> tuple[str, bytes]:
    """File name and .docx. Raises NotFoundError, ForbiddenError."""
    force = access_taskforce(actor, taskforce_id)
    require(actor, "report.digest", force_scope(force))
    report = compose(actor, force)
    audit.record(
        actor=actor,
        verb="taskforce.weekly",
        subject="taskforce",
        subject_id=force.pk,
        new={"title": report.title, "period": report.subtitle},
    )
    return f"{force.name}周报-{clock.today():%Y%m%d}.docx", render(report)


def compose(actor: Actor, force: TaskForce) -> Weekly:
    now = clock.now()
    today = clock.today()
    monday = today - timedelta(days=today.weekday())
    wall = describe_wall(actor, force.pk)
    items = [item for item in item_store.of_force(force.pk) if item.state != "cancelled"]
    problems = list(problem_store.of_force(force.pk, "open"))
    moment = clock.local(now)
    return Weekly(
        title=f"{force.name}工作周报",
        subtitle=f"（{chinese_day(monday)}至{chinese_month_day(monday + WEEK - timedelta(days=1))}）",
        progress=_progress(wall.kpi, items, monday),
        problems=_problems(items, problems),
        next_steps=_next_steps(force, items, problems, today),
        head=("编号", "事项", "牵头单位", "进度", "时限", "三色码", "说明"),
        rows=[_row(item) for item in items],
        source=(
            f"数据来源：{'本平台演示台账（数据为虚构）' if settings.DEMO else '本平台专班台账及各单位反馈'}；"
            f"数据截至{chinese_day(today)}{moment:%H:%M}；三色码按第{force.rule_version}版规则计算。"
        ),
        signature=f"{force.name}办公室\n{chinese_day(today)}",
    )


def _progress(kpi: KpiOut, items: list[Item], monday: date) -> list[str]:
    counts = "，".join(f"{word}{kpi.counts[code]}项" for code, word in WORDS)  # type: ignore[index]
    lines = [f"共{kpi.total}项，办结率{kpi.percent}%，各项平均进度{kpi.progress}%。其中{counts}。"]
    if kpi.deltas is not None:
        moved = "、".join(f"{word}{kpi.deltas[code]:+d}项" for code, word in WORDS if kpi.deltas[code])  # type: ignore[index]
        lines.append(f"与一周前相比：{moved or '各类数量没有变化'}。")
    heard = [
        item for item in items if item.last_report_at and clock.local(item.last_report_at).date() >= monday
    ]
    lines.append(f"本周收到{len(heard)}项反馈。")
    return lines


def _problems(items: list[Item], problems: list[HardProblem]) -> list[str]:
    hot = [item for item in items if item.colour in {"red", "yellow"} and item.state not in item_store.FINAL]
    lines = [
        f"第{item.number}项“{item.title}”（{item.lead_unit.name}）：{state_words(item)}。{item.colour_because}"
        for item in sorted(hot, key=lambda one: (one.colour != "red", one.due_on, one.number))
    ]
    for one in problems:
        unit = f"（{one.unit.name}）" if one.unit else "（责任单位待明确）"
        lines.append(f"攻关难题{one.number}“{one.title}”{unit}：{PROBLEMS.states[one.state]}。")
    return lines or ["本周没有红码、黄码事项和未销号的攻关难题。"]


def _next_steps(force: TaskForce, items: list[Item], problems: list[HardProblem], today: date) -> list[str]:
    until = today + WEEK
    lines = []
    for item in items:
        if item.state in item_store.FINAL:
            continue
        for node in item.milestones.all():
            if node.done_on is None and node.due_on <= until:
                when = "已超期" if node.due_on < today else f"{chinese_month_day(node.due_on)}前"
                lines.append(
                    f"第{item.number}项“{item.title}”：{when}完成“{node.name}”节点（{item.lead_unit.name}）。"
                )
    lines += [
        f"攻关难题{one.number}“{one.title}”：{chinese_month_day(one.due_on)}前解决。"
        for one in problems
        if one.due_on is not None and one.due_on <= until
    ]
    meeting = (
        ForceMeeting.objects.filter(taskforce=force, state="planned", meets_at__gte=clock.now())
        .order_by("meets_at")
        .first()
    )
    if meeting is not None:
        at = clock.local(meeting.meets_at)
        lines.append(f"{chinese_month_day(at.date())}{at:%H:%M}召开例会。")
    return lines or ["下周没有到期的节点，各单位按计划推进。"]


def _row(item: Item) -> tuple[str, ...]:
    return (
        str(item.number),
        item.title,
        item.lead_unit.display_name,
        f"{item.percent}%",
        _day(item),
        state_words(item),
        item.colour_because,
    )


def _day(item: Item) -> str:
    first = "" if item.first_due_on == item.due_on else f"（原{item.first_due_on.isoformat()}）"
    return f"{item.due_on.isoformat()}{first}"
