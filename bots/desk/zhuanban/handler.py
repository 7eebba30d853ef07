"""专班助手: the week's wall chart and ranking in the room, and what the force's methods say on demand."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from bots.commands.forms import Form, Take
from bots.desk.bot import HELP, Ask, Bot, Schedule, help_text
from bots.desk.duban.handler import _room as room_of
from bots.services import weekly
from common import clock
from common.errors import BadInputError
from workflows.services import commands
from workflows.store.models import TaskForce
from workflows.taskforces import goals, meeting_plans, meetings, problems, rankings

MOST = 20
FORMS = (
    Form(
        name="wall",
        words=("作战图", "zuozhantu", "zzt"),
        form="作战图",
        example="作战图",
        says="列出本专班各事项的进度和颜色",
        takes=(Take.TEXT,),
    ),
    Form(
        name="problems",
        words=("难题", "攻关", "nanti"),
        form="难题",
        example="难题",
        says="列出未销号的攻关难题",
        takes=(Take.TEXT,),
    ),
    Form(
        name="find",
        words=("登记难题", "dengjinanti"),
        form="登记难题 内容",
        example="登记难题 机房第二路供电未批复",
        says="登记一个攻关难题",
        takes=(Take.TEXT,),
    ),
    Form(
        name="meeting",
        words=("例会", "lihui"),
        form="例会",
        example="例会",
        says="下次例会的时间和议程",
        takes=(Take.TEXT,),
    ),
    Form(
        name="ranking",
        words=("晾晒", "排名", "liangshai"),
        form="晾晒",
        example="晾晒",
        says="最近一期已发布的晾晒",
        takes=(Take.TEXT,),
    ),
    Form(
        name="goals",
        words=("目标", "mubiao"),
        form="目标",
        example="目标",
        says="目标、评价指标和未关联的工作",
        takes=(Take.TEXT,),
    ),
    HELP,
)


def answer(ask: Ask) -> str:
    if ask.command.name == "help":
        return help_text(ZHUANBAN, ask.command.text)
    return _ANSWERS[ask.command.name](ask)


def _force(ask: Ask) -> TaskForce:
    return commands.find_taskforce_of_room(ask.actor, room_of(ask))


def _wall(ask: Ask) -> str:
    return str(weekly.wall_table(_force(ask))["body"])


def _problems(ask: Ask) -> str:
    force = _force(ask)
    found, more = problems.list_problems(ask.actor, force.pk, state="open")
    if not found:
        return _("{force}没有未销号的攻关难题。").format(force=force.name)
    lines = [_("{force}未销号的攻关难题{count}个。").format(force=force.name, count=len(found))]
    for one in found[:MOST]:
        unit = one.unit.short_name if one.unit else "责任单位待明确"
        due = f"　{one.due_on.isoformat()}前" if one.due_on else ""
        lines.append(f"{one.number} {one.title}　{unit}　{one.state_words}{due}")
    if more or len(found) > MOST:
        lines.append(_("其余请在专班页面查看。"))
    return "\n".join(lines)


def _find(ask: Ask) -> str:
    title = ask.command.text.strip()
    if not title:
        raise BadInputError(field="title", message=_("请写明难题内容，例如：登记难题 机房第二路供电未批复。"))
    done = problems.check_find(actor=ask.actor, taskforce_id=_force(ask).pk, title=title, key=ask.key)
    return done.message


def _meeting(ask: Ask) -> str:
    force = _force(ask)
    plan = meeting_plans.describe_plan(ask.actor, force.pk)
    found, _more = meetings.list_meetings(ask.actor, force.pk)
    coming = [one for one in found if one.state == "planned" and one.meets_at >= ask.now]
    if not coming:
        return _("{force}：{plan}，目前没有排期的例会。").format(force=force.name, plan=plan.words)
    one = min(coming, key=lambda meeting: meeting.meets_at)
    at = clock.local(one.meets_at)
    head = _("{force}下次例会：{day}{time}，议程{count}项。").format(
        force=force.name, day=f"{at.month}月{at.day}日", time=f"{at:%H:%M}", count=len(one.agenda)
    )
    lines = [
        f"{place}. {line.title}　{line.unit}　{line.because}"
        for place, line in enumerate(one.agenda[:MOST], 1)
    ]
    return "\n".join([head, *lines])


def _ranking(ask: Ask) -> str:
    force = _force(ask)
    edition = rankings.latest_released(ask.actor, force.pk)
    if edition is None:
        return _("{force}没有已发布的晾晒。").format(force=force.name)
    return str(weekly.ranking_table(force, edition)["body"])


def _goals(ask: Ask) -> str:
    force = _force(ask)
    sheet = goals.describe_goals(ask.actor, force.pk)
    lines = [_("{force}：目标{count}个，未关联{loose}处。").format(
        force=force.name, count=len(sheet.goals), loose=sheet.orphans.count
    )]  # fmt: skip
    for goal in sheet.goals:
        measured = "、".join(
            f"{one.name}{one.value or '—'}/{one.target}{one.measure}" for one in goal.indicators
        )
        lines.append(f"{goal.number} {goal.title}　{measured or '没有评价指标'}")
    return "\n".join(lines)


_ANSWERS: dict[str, Callable[[Ask], str]] = {
    "wall": _wall,
    "problems": _problems,
    "find": _find,
    "meeting": _meeting,
    "ranking": _ranking,
    "goals": _goals,
}

ZHUANBAN: Bot = Bot(
    number="bot-zhuanban",
    name="专班助手",
    says="每周一在专班群发布作战图和已发布的晾晒，登记和查询攻关难题、例会、目标。",
    forms=FORMS,
    answer=answer,
    schedules=(Schedule(name="weekly", when="0 9 * * 1", run=weekly.post_week),),
)
