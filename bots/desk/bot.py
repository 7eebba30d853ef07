"""What a bot is: an account, the commands it understands, and a function that answers one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bots.commands.forms import Command, Form, Take
from chatops.cards import Card
from directory.actors import Actor
from directory.services.devices import BOT_DEVICE_ID

HELP = Form(
    name="help",
    words=("帮助", "指令", "bangzhu", "help", "?"),
    form="帮助",
    example="帮助",
    says="查看写法",
    takes=(Take.TEXT,),
)


@dataclass(frozen=True)
class Ask:
    """One command of one person.

    Attributes:
        actor: the person in their primary post; services decide what that post may do.
        room_id: where it was said; `direct` tells whether only the two of them are there.
        subject: what the card shows that the message replies to, "" if it is no such reply.
        key: unique per command; handed to services, so that a command read twice is one deed.
    """

    actor: Actor
    room_id: str
    direct: bool
    command: Command
    subject: str
    key: str
    now: datetime


@dataclass(frozen=True)
class Schedule:
    """Something a bot does at set times, each slot once.

    Attributes:
        when: five fields of cron, or `working_day HH:MM`, in Shanghai's time.
        run: takes the slot; runs on a service thread in the transaction that marks the slot as done, so what it
            writes and defers happens once. It sends nothing itself.
    """

    name: str
    when: str
    run: Callable[[datetime], None]


@dataclass(frozen=True)
class Bot:
    """A bot on the desk.

    Attributes:
        number: its staff number; the folder is named after it.
        name: as people see and mention it.
        says: what it is for, one sentence; the head of its help text.
        answer: makes the reply from a command, on a service thread, in no transaction: words, or a card that
            says them. A DomainError is answered with its own sentence.
        otherwise: the command that is meant where no word of the forms stands at the beginning; "" for none.
        device: the id of the one device by which it speaks; its transaction ids are one scope for ever.
    """

    number: str
    name: str
    says: str
    forms: tuple[Form, ...]
    answer: Callable[[Ask], str | Card]
    device: str = BOT_DEVICE_ID
    schedules: tuple[Schedule, ...] = ()
    otherwise: str = ""


def help_text(bot: Bot, about: str = "") -> str:
    """The whole page, or the form of the one command that `about` names."""
    named = next((form for form in bot.forms if about and about.strip().lower() in form.words), None)
    if named is not None:
        also = "、".join(named.words[1:])
        return f"{named.words[0]}：{named.says}\n格式：{named.form}\n例如：{named.example}\n也可写作：{also}"
    lines = [f"{form.form}　{form.says}" for form in bot.forms]
    how = f"在群内请先写 @{bot.name}；在单聊中直接发送。回复卡片时可省略编号。全角、半角均可。"
    return "\n".join([f"{bot.name}：{bot.says}", *lines, how])
