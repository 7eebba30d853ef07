"""数据助手: values with source and time, subscriptions, the daily brief; bots.services.signals keeps its cards."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from bots.commands.forms import Form, Take
from bots.desk.bot import HELP, Ask, Bot, Schedule, help_text
from bots.services import signals
from bots.services.briefs import brief_card
from chatops.cards import Card
from common.errors import BadInputError
from connectors.cards import freshness_word, number, place_name, spoken_time, status_card
from connectors.services import finding, manage
from connectors.services.audience import MASK, masks_of
from connectors.services.status import SubjectState, room_subjects, state_of
from connectors.store.models import Metric, Subject

MOST_SHOWN = 10
FORMS = (
    Form(
        name="status",
        words=("状态", "数据", "zhuangtai", "shuju"),
        form="状态",
        example="状态",
        says="列出本群订阅的数据及观测时间",
    ),
    Form(
        name="value",
        words=("查", "查询", "cha"),
        form="站点 指标",
        example="西河桥 水位",
        says="查一个指标的最新数据、来源和时间",
        takes=(Take.TEXT,),
    ),
    Form(
        name="subscribe",
        words=("订阅", "dingyue"),
        form="订阅 站点或数据源",
        example="订阅 西河桥",
        says="为本群订阅数据和预警",
        takes=(Take.TEXT,),
    ),
    Form(
        name="unsubscribe",
        words=("退订", "取消订阅", "tuiding"),
        form="退订 站点或数据源",
        example="退订 西河桥",
        says="停止本群的订阅",
        takes=(Take.TEXT,),
    ),
    Form(
        name="brief",
        words=("简报", "jianbao"),
        form="简报",
        example="简报",
        says="立即查看本群订阅数据的简报",
        takes=(Take.TEXT,),
    ),
    Form(
        name="brief_on",
        words=("订阅简报", "dingyuejianbao"),
        form="订阅简报 时间",
        example="订阅简报 08:00",
        says="每天定时在本群发布简报",
        takes=(Take.TEXT,),
    ),
    Form(
        name="brief_off",
        words=("退订简报", "tuidingjianbao"),
        form="退订简报",
        example="退订简报",
        says="停止每天的简报",
    ),
    HELP,
)


def answer(ask: Ask) -> str | Card:
    match ask.command.name:
        case "help":
            return help_text(SHUJU, ask.command.text)
        case "value":
            return _value(ask)
        case "subscribe" | "unsubscribe":
            return _subscription(ask)
        case "brief":
            return brief_card(ask.room_id) or _nothing_subscribed()
        case "brief_on" | "brief_off":
            return _daily_brief(ask)
        case _:
            return _status(ask)


def _status(ask: Ask) -> str:
    # Only members of a room talk to a bot in it, so what the room is subscribed to is theirs to see.
    subjects = room_subjects(ask.room_id)
    if not subjects:
        return _nothing_subscribed()
    cards = [(subject, status_card(subject.pk, ask.room_id)) for subject in subjects]
    none_yet = _("【{subject}】尚未取得数据。")
    return "\n\n".join(card.fallback if card else none_yet.format(subject=subject) for subject, card in cards)


def _value(ask: Ask) -> str | Card:
    """A card where the data are fresh; else since when there have been none, and no old value."""
    words = ask.command.text.strip()
    if not words:
        raise BadInputError(field="text", message=_("请写明站点和指标，例如“西河桥 水位”。"))
    found = finding.find_metrics(ask.actor, ask.room_id, words, direct=ask.direct)
    if not found:
        text = _("没有找到“{words}”的数据。发送“状态”查看本群订阅的数据，发送“帮助”查看写法。")
        return text.format(words=words[:20])
    subjects = list(dict.fromkeys(metric.subject_id for metric in found))
    if len(subjects) > 1:
        return _list(found, subjects, words, ask.room_id)
    state = state_of(subjects[0])
    key = found[0].key
    if state is None:
        return _("【{subject}】尚未取得数据。").format(subject=found[0].subject)
    if state.freshness != "fresh":
        return _no_data_since(state, found[0])
    return status_card(subjects[0], ask.room_id, main=key) or _nothing_subscribed()


def _no_data_since(state: SubjectState, metric: Metric) -> str:
    text = _("{name}：{since}以来没有新数据（{word}）。来源：{source}。")
    return text.format(
        name=f"{place_name(state)}{metric.name}",
        since=spoken_time(metric.observed_at or state.observed_at),
        word=freshness_word(state.freshness),
        source=state.subject.connector.name,
    )


def _list(found: Sequence[Metric], subjects: Sequence[UUID], words: str, room_id: str) -> str:
    if len(subjects) > MOST_SHOWN:
        text = _("有{count}个对象符合“{words}”，请写得更具体，例如“{name} {metric}”。")
        first = found[0]
        return text.format(count=len(subjects), words=words[:20], name=first.subject.name, metric=first.name)
    lines = []
    for key in subjects:
        state, metric = state_of(key), next(one for one in found if one.subject_id == key)
        if state is None:
            lines.append(_("【{subject}】尚未取得数据。").format(subject=metric.subject))
        elif state.freshness != "fresh":
            lines.append(_no_data_since(state, metric))
        elif metric.value is not None and metric.observed_at is not None:
            value = f"{number(metric.value, metric.decimals)}{metric.unit}"
            if metric.key in masks_of(room_id, state.subject.connector_id):
                value = MASK
            source, at = state.subject.connector.name, spoken_time(metric.observed_at)
            text = _("{name}：{value}（{at}）。来源：{source}。")
            name = f"{place_name(state)}{metric.name}"
            lines.append(text.format(name=name, value=value, at=at, source=source))
    return "\n".join(lines)


def _subscription(ask: Ask) -> str:
    """The subjects that the words name, of sources that the person may subscribe rooms to."""
    words = ask.command.text.strip()
    if not words:
        raise BadInputError(field="text", message=_("请写明站点或数据源，例如“订阅 西河桥”。"))
    ends = ask.command.name == "unsubscribe"
    wanted = finding.find_subjects(ask.actor, words, room_id=ask.room_id if ends else "")
    if not wanted:
        text = _("没有找到可由您订阅的“{words}”。请核对名称，或联系数据源单位的数字化转型专员。")
        if ends:
            text = _("本群没有订阅“{words}”。发送“状态”查看本群订阅的数据。")
        return text.format(words=words[:20])
    change = manage.remove_subjects if ends else manage.add_subjects
    for connector, subjects in wanted:
        change(actor=ask.actor, connector=connector, room_id=ask.room_id, subjects=subjects)
    told = _("已退订：{names}。") if ends else _("已为本群订阅：{names}。状态卡片和预警将在本群发布。")
    return told.format(names=_names([one for _source, subjects in wanted for one in subjects]))


def _names(subjects: Sequence[Subject]) -> str:
    names = [one.name for one in subjects[:MOST_SHOWN]]
    more = _("等{count}个").format(count=len(subjects)) if len(subjects) > MOST_SHOWN else ""
    return "、".join(names) + more


def _daily_brief(ask: Ask) -> str:
    at = ask.command.text.strip() or "08:00"
    is_on = ask.command.name == "brief_on"
    count = manage.set_brief(actor=ask.actor, room_id=ask.room_id, at=at if is_on else None)
    if count == 0:
        return _nothing_subscribed()
    if not is_on:
        return _("已停止本群每天的简报。")
    return _("已设置：每天{at}在本群发布简报。").format(at=at)


def _nothing_subscribed() -> str:
    return _("本群没有订阅数据。请在对应的群内查询，或由数字化转型专员在数据源页面为本群订阅。")


SHUJU: Bot = Bot(
    number="bot-shuju",
    name="数据助手",
    says="在群内发布并更新所订阅数据的状态卡片，数据过时会标明。",
    forms=FORMS,
    answer=answer,
    otherwise="value",
    schedules=(Schedule(name="brief", when="*/5 * * * *", run=signals.post_briefs),),
)
