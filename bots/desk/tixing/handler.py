"""提醒助手: says what a person still has to do; its reminders are sent by bots.services.reminding."""

from django.utils.translation import gettext as _

from bots.commands.forms import Form
from bots.desk.bot import HELP, Ask, Bot, help_text
from bots.desk.duban import handler as duban
from bots.desk.duban.forms import FORMS as DUBAN_FORMS
from workflows.pending import list_pending

MOST = 20  # of each kind; the rest is a number
# What a reminder asks for can be done in the same conversation.
DEEDS = tuple(
    form for form in DUBAN_FORMS if form.name in {"sign_for", "report", "ask_extension", "send_back"}
)

FORMS = (
    Form(
        name="pending",
        words=("待办", "我的待办", "daiban"),
        form="待办",
        example="待办",
        says="列出您目前的待办",
    ),
    *DEEDS,
    HELP,
)


def answer(ask: Ask) -> str:
    if ask.command.name == "help":
        return help_text(TIXING, ask.command.text)
    if ask.command.name != "pending":
        return duban.answer(ask)
    if not ask.direct:
        return _("待办只在单聊中答复，请向提醒助手发送单聊消息“待办”。")
    pending = list_pending(ask.actor, MOST)
    if not pending.total:
        return _("您目前没有待办。")
    lines = [_("您有{count}项待办。").format(count=pending.total)]
    for source in pending.sources:
        if source.count:
            lines.append(_("{title}（{count}项）").format(title=source.title, count=source.count))
            lines += [f"　{entry.title}　{entry.detail}" for entry in source.items]
    return "\n".join(lines)


TIXING: Bot = Bot(
    number="bot-tixing",
    name="提醒助手",
    says="在时限前、到期日和逾期后提醒经办人，办理后不再提醒。",
    forms=FORMS,
    answer=answer,
)
