"""数据助手: says how the sources of a room stand; its cards are kept by bots.services.status."""

from django.utils.translation import gettext as _

from bots.commands.forms import Form
from bots.desk.bot import HELP, Ask, Bot, help_text
from connectors.cards import status_card
from connectors.services.status import room_subjects

FORMS = (
    Form(
        name="status",
        words=("状态", "数据", "zhuangtai", "shuju"),
        form="状态",
        example="状态",
        says="列出本群订阅的数据及观测时间",
    ),
    HELP,
)


def answer(ask: Ask) -> str:
    if ask.command.name == "help":
        return help_text(SHUJU, ask.command.text)
    # Only members of a room talk to a bot in it, so what the room is subscribed to is theirs to see.
    subjects = room_subjects(ask.room_id)
    if not subjects:
        return _("本群没有订阅数据。请在对应的群内查询，或由数字化转型专员在数据源页面为本群订阅。")
    cards = [(subject, status_card(subject.pk)) for subject in subjects]
    none_yet = _("【{subject}】尚未取得数据。")
    return "\n\n".join(card.fallback if card else none_yet.format(subject=subject) for subject, card in cards)


SHUJU: Bot = Bot(
    number="bot-shuju",
    name="数据助手",
    says="在群内发布并更新所订阅数据的状态卡片，数据过时会标明。",
    forms=FORMS,
    answer=answer,
)
