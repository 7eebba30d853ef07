"""审批助手: decisions by command in one's own chat; the same deeds as on the page and on the card."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from bots.desk.bot import Ask, Bot, help_text
from bots.desk.shenpi.forms import FORMS
from bots.desk.todo import answer_todo
from workflows.processes import asking, card

MOST = 20


def answer(ask: Ask) -> str:
    """Do what the command says. Raises DomainError for what the person may not or cannot do now."""
    return _ANSWERS[ask.command.name](ask)


def _decide(ask: Ask) -> str:
    """Never in a group: opinions and instructions are not for everybody there."""
    if not ask.direct:
        return _("审批只在单聊中办理，请向审批助手发送单聊消息，或在网页办理。")
    number = ask.command.number
    case = card.find(ask.subject) if number is None else asking.find_waiting(ask.actor, number)
    done = card.decide(
        actor=ask.actor, case=case, action=ask.command.name, opinion=ask.command.text, key=ask.key
    )
    return done.message


def _waiting(ask: Ask) -> str:
    if not ask.direct:
        return _("待批只在单聊中答复，请向审批助手发送单聊消息“待批”。")
    count, lines = asking.list_waiting(ask.actor, MOST)
    if not count:
        return _("目前没有待您审批的申请。")
    head = _("待您审批{count}件：").format(count=count)
    more = [_("其余{count}件请在网页“审批”查看。").format(count=count - MOST)] if count > MOST else []
    return "\n".join([head, *lines, *more])


_ANSWERS: dict[str, Callable[[Ask], str]] = {
    "waiting": _waiting,
    "agree": _decide,
    "read_mark": _decide,
    "refuse": _decide,
    "send_back": _decide,
    "pending": lambda ask: answer_todo(ask, SHENPI.name),
    "help": lambda ask: help_text(SHENPI, ask.command.text),
}

SHENPI: Bot = Bot(
    number="bot-shenpi",
    name="审批助手",
    says="送达待您审批的申请，接收同意、不同意和退回。",
    forms=FORMS,
    answer=answer,
)
