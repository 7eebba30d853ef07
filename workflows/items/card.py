"""Cards of this floor: one item, a digest of a force, a merged reminder of one person.

A card shows what everybody in the room may see; which buttons a viewer has comes from `abilities`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from chatops.cards import Action, Card, Field, Input, Line, Progress, State
from common import clock
from workflows.rules.moves import STATE_WORDS, ItemState
from workflows.rules.reminders import WAITING, rule_words
from workflows.services.views import colour_code
from workflows.store.items import FINAL
from workflows.store.models import Consent, Extension, Item, TaskForce

KIND = "task"
_COLOUR_WORDS = {"red": "红", "yellow": "黄", "green": "绿", "grey": "灰", "done": "完"}
_COUNT_WORDS = (("red", "红"), ("yellow", "黄"), ("green", "绿"), ("grey", "灰"), ("done", "办结"))

SIGN_FOR = Action(name="sign_for", label="签收", style="primary")
REPORT = Action(
    name="report",
    label="反馈进展",
    style="primary",
    input=[
        Input(key="percent", label="完成进度", type="percent"),
        Input(key="text", label="进展说明", type="text", required=False),
    ],
)
REASON = Input(key="reason", label="理由", type="text")
ASK_EXTENSION = Action(
    name="ask_extension", label="申请延期", input=[Input(key="due_on", label="延至", type="date"), REASON]
)
AGREE = Action(name="agree_extension", label="同意延期", style="primary")
RETURN_EXTENSION = Action(name="return_extension", label="退回申请", input=[REASON])
CLOSE = Action(name="close", label="办结", style="primary")
CHECK = Action(name="check", label="核查通过", style="primary")
REJECT = Action(name="reject_report", label="退回报告", input=[REASON])
SEND_BACK = Action(name="send_back", label="不属我办", input=[REASON])
REMIND = Action(name="remind", label="催办")


def state_words(item: Item) -> str:
    """The words on the chip: 红 · 逾期3天, 绿 · 正常, 已办结."""
    code = colour_code(item)
    return item.colour_chip if code in {"grey", "done"} else f"{_COLOUR_WORDS[code]} · {item.colour_chip}"


def item_link(item: Item) -> str:
    return f"/force/{item.taskforce_id}?item={item.pk}" if item.taskforce_id else f"/sup/{item.pk}"


def item_card(item: Item) -> Card:
    """The card of an item read with the store's `shown()`. `version` is the item's."""
    fields = _fields(item)
    actions, menu = _buttons(item)
    return Card(
        kind=KIND,
        subject=str(item.pk),
        version=item.version,
        title=item.title,
        number=str(item.number),
        as_of=clock.now(),
        state=State(code=colour_code(item), word=state_words(item), because=item.colour_because),
        fields=fields,
        progress=Progress(percent=item.percent, planned=item.planned_percent),
        actions=actions,
        menu=menu,
        link=item_link(item),
        fallback=_fallback(item, fields),
    )


def _fields(item: Item) -> list[Field]:
    handler = f" · {item.handler.name}" if item.handler else ""
    fields = [Field(key="lead_unit", label="牵头", value=f"{item.lead_unit.name}{handler}")]
    if supporting := [unit.display_name for unit in item.supporting_units.all()]:
        fields.append(Field(key="supporting_units", label="配合", value="、".join(supporting)))
    fields.append(Field(key="due_on", label="时限", value=_due_words(item)))
    fields.append(Field(key="state", label="状态", value=STATE_WORDS[item.state]))
    upcoming = next((node for node in item.milestones.all() if node.done_on is None), None)
    if upcoming and item.state not in FINAL:
        fields.append(
            Field(key="milestone", label="下一节点", value=f"{upcoming.name} {day_words(upcoming.due_on)}")
        )
    for extension in _open(item):
        value = f"{extension.by_name}申请延至{day_words(extension.new_due_on)}：{extension.reason}"
        fields.append(Field(key="extension", label="待审批延期", value=value))
    for report in getattr(item, "latest_reports", []):
        if report.text:
            value = f"{clock.local(report.at):%m月%d日 %H:%M} {report.by_name}：{report.text[:120]}"
            fields.append(Field(key="report", label="最近反馈", value=value))
    return fields


def _open(item: Item) -> Sequence[Extension]:
    found: Sequence[Extension] = getattr(item, "open_extensions", [])
    return found


def _due_words(item: Item) -> str:
    words = day_words(item.due_on)
    return words if item.due_on == item.first_due_on else f"{words}（原{day_words(item.first_due_on)}）"


def day_words(day: date) -> str:
    """7月18日 within this year, with the year otherwise."""
    return (
        f"{day.month}月{day.day}日"
        if day.year == clock.today().year
        else f"{day.year}年{day.month}月{day.day}日"
    )


def _buttons(item: Item) -> tuple[list[Action], list[Action]]:
    """At most two buttons, the rest in the menu; for all viewers together."""
    if item.state == ItemState.DISPATCHED:
        return [SIGN_FOR], [SEND_BACK, REMIND]
    if item.state in {ItemState.SIGNED_FOR, ItemState.IN_PROGRESS}:
        if _open(item):
            return [REPORT, AGREE], [RETURN_EXTENSION, REMIND]
        back = [SEND_BACK] if item.state == ItemState.SIGNED_FOR else []
        return [REPORT], [ASK_EXTENSION, *back, REMIND]
    if item.state == ItemState.REPORTED:
        return [CHECK if item.is_supervised else CLOSE], [REJECT]
    if item.state in {ItemState.CHECKED, ItemState.ACCEPTED}:
        return [CLOSE], [REJECT]
    return [], []


def _fallback(item: Item, fields: Iterable[Field]) -> str:
    lines = [f"【任务 {item.number}】{item.title}", f"{state_words(item)}　进度 {item.percent}%"]
    lines += [f"{field.label}：{field.value}" for field in fields]
    return "\n".join(lines)


def digest_card(force: TaskForce, items: Sequence[Item], *, subject: str, as_of: datetime) -> Card:
    """Counts by colour and one line per item, as the store sorts them (`of_force`)."""
    counts = Counter(colour_code(item) for item in items)
    told = "　".join(f"{word}{counts[code]}" for code, word in _COUNT_WORDS)  # type: ignore[index]  # the same words
    lines = [Line(code=colour_code(item), text=_digest_line(item), link=item_link(item)) for item in items]
    title = f"{force.name}简报（{day_words(clock.local(as_of).date())}）"[:200]
    head = f"共{len(items)}项：{told}"
    return Card(
        kind="digest",
        subject=subject,
        version=1,
        title=title,
        as_of=as_of,
        fields=[Field(key="counts", label="共", value=f"{len(items)}项　{told}")],
        lines=lines[:100],
        link=f"/force/{force.pk}",
        fallback="\n".join([title, head, *(line.text for line in lines[:100])]),
    )


def _digest_line(item: Item) -> str:
    parts = (
        f"{item.number} {item.title}",
        item.lead_unit.display_name,
        f"{item.percent}%",
        state_words(item),
    )
    return " · ".join(parts)


def _for(name: str) -> str:
    return f"（代{name}）" if name else ""


def _reminder_line(item: Item, rule: str, for_name: str, part: str) -> str:
    what = f"{item.home_name}第{item.number}项 {item.title}"
    if part:
        return f"{_for(for_name)}{rule_words(rule)}：{what}：{part}"
    return f"{_for(for_name)}{rule_words(rule)}：{what}（时限{day_words(item.due_on)}，完成{item.percent}%）"


def _consent_line(consent: Consent, for_name: str) -> str:
    asked = f"{consent.by_unit} {consent.by_name} {day_words(clock.local(consent.at).date())}提出"
    until = f"，{clock.local(consent.lapses_at):%m月%d日 %H:%M}前" if consent.lapses_at else ""
    return f"{_for(for_name)}{rule_words(WAITING)}：{consent.title}（{asked}{until}）"


def reminder_card(
    lines: Sequence[tuple[Item, str, str, str]],
    *,
    consents: Sequence[tuple[Consent, str]] = (),
    subject: str,
    as_of: datetime,
) -> Card:
    """One person's merged reminder: (item, rule, in whose place, words of a part or ""), soonest due first, with the
    three answers; and (consent, in whose place), each decided where its line leads.

    Of several items the answer says which by its number.
    """
    shown = [
        Line(code=colour_code(item), text=_reminder_line(item, rule, name, part), link=item_link(item))
        for item, rule, name, part in lines
    ]
    due = _("您有{count}项待办即将到期或已逾期").format(count=len(shown)) if shown else ""
    waiting = _("您有{count}项审批待办理").format(count=len(consents)) if consents else ""
    both = due and waiting
    title = _("{due}，{waiting}").format(due=due, waiting=waiting) if both else due or waiting
    how = _("回复“进展 编号 60% 文字”反馈进展，办理后不再提醒。") if shown else _("办理后不再提醒。")
    shown += [
        Line(code="none", text=_consent_line(one, name), link=one.link or "/home") for one, name in consents
    ]
    which = (
        [Input(key="number", label="编号", type="text")] if len({item.pk for item, *_ in lines}) > 1 else []
    )
    done = Action(
        name="done",
        label="已办",
        style="primary",
        input=[*which, Input(key="text", label="办理结果", type="text")],
    )
    doing = Action(
        name="doing", label="正在办", input=[*which, Input(key="on", label="预计完成", type="date")]
    )
    return Card(
        kind="reminder",
        subject=subject,
        version=1,
        title=title,
        as_of=as_of,
        lines=shown[:100],
        actions=[done, doing] if lines else [],
        menu=[Action(name="send_back", label="不属我办", input=[*which, REASON])] if lines else [],
        link="/home",
        fallback="\n".join([title, *(line.text for line in shown[:100]), how]),
    )


def notice_card(lines: Sequence[tuple[Item, str, str]], *, subject: str, as_of: datetime) -> Card:
    """What one person is told of at a time: (item, words, in whose place)."""
    shown = [
        Line(
            code=colour_code(item),
            text=f"{_for(name)}{item.home_name}第{item.number}项 {item.title}：{words}",
            link=item_link(item),
        )
        for item, words, name in lines
    ]
    title = _("您有{count}条事项通知").format(count=len(shown))
    return Card(
        kind="digest",
        subject=subject,
        version=1,
        title=title,
        as_of=as_of,
        lines=shown[:100],
        link=shown[0].link if len(shown) == 1 else "/home",
        fallback="\n".join([title, *(line.text for line in shown[:100])]),
    )
