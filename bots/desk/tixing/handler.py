"""提醒助手: says what a person still has to do; its reminders are sent by bots.services.reminding."""

from bots.desk.bot import HELP, Ask, Bot, help_text
from bots.desk.duban import handler as duban
from bots.desk.duban.forms import FORMS as DUBAN_FORMS
from bots.desk.todo import TODO, answer_todo

# What a reminder asks for can be done in the same conversation.
DEEDS = tuple(
    form for form in DUBAN_FORMS if form.name in {"sign_for", "report", "ask_extension", "send_back"}
)

FORMS = (
    TODO,
    *DEEDS,
    HELP,
)


def answer(ask: Ask) -> str:
    if ask.command.name == "help":
        return help_text(TIXING, ask.command.text)
    if ask.command.name != "pending":
        return duban.answer(ask)
    return answer_todo(ask, TIXING.name)


TIXING: Bot = Bot(
    number="bot-tixing",
    name="提醒助手",
    says="在时限前、到期日和逾期后提醒经办人，办理后不再提醒。",
    forms=FORMS,
    answer=answer,
)
