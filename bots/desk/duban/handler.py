"""督办助手: every command is one call of the services of task forces, with the person's own rights."""

import re
from collections import Counter
from collections.abc import Callable
from uuid import UUID

from django.utils.translation import gettext as _

from bots.desk.bot import Ask, Bot, help_text
from bots.desk.duban.forms import FORMS
from bots.desk.duban.one_table import answer_one_table
from bots.desk.todo import answer_todo
from common.errors import BadInputError, NotFoundError
from workflows.items.card import day_words, state_words
from workflows.orders import receipts
from workflows.services import acts, commands, extensions, reminders, taskforces
from workflows.services.gates import access_item
from workflows.services.shapes import ItemAnswer
from workflows.services.views import colour_code
from workflows.store import orders
from workflows.store.models import Item

# 〔2026〕17号, with the brackets that people have on their keyboards.
ORDER_NUMBER = re.compile(r"[〔\[【（(]?\s*(?P<year>\d{4})\s*[〕\]】）)]?\s*第?\s*(?P<number>\d{1,6})\s*号?")
COLOUR_WORDS = {"red": "红", "yellow": "黄", "green": "绿", "grey": "灰", "done": "办结"}


def answer(ask: Ask) -> str:
    """Do what the command says. Raises DomainError for what the person may not or cannot do now."""
    return _ANSWERS[ask.command.name](ask)


def _ledger(ask: Ask) -> str:
    force, items = commands.ledger(ask.actor, _room(ask))
    wanted = _colour(ask.command.text)
    counts = Counter(str(colour_code(item)) for item in items)
    parts = [_("共{count}项").format(count=len(items))]
    parts += [f"{word}{counts[code]}项" for code, word in COLOUR_WORDS.items() if counts[code]]
    head = f"{force.name}：{'，'.join(parts)}。"
    shown = [item for item in items if wanted is None or colour_code(item) == wanted]
    if wanted and not shown:
        return f"{head}\n" + _("目前没有“{colour}”的事项。").format(colour=COLOUR_WORDS[wanted])
    return "\n".join([head, *(_ledger_line(item) for item in shown)])


def _ledger_line(item: Item) -> str:
    unit = item.lead_unit.display_name
    return (
        f"{item.number} {item.title}　{unit}　{day_words(item.due_on)}　{item.percent}%　{state_words(item)}"
    )


def _colour(text: str) -> str | None:
    """The code of the colour that is asked for, if the word after 台账 is one."""
    found = (code for code, word in COLOUR_WORDS.items() if text.strip().startswith(word))
    return next(found, None)


def _sign_for(ask: Ask) -> str:
    """A reply to an order's card signs for the order; all else is about items."""
    order_id = _order(ask)
    if order_id is not None:
        answer = receipts.check_sign_for(
            actor=ask.actor, order_id=order_id, room_id="" if ask.direct else ask.room_id, key=ask.key
        )
        return answer.message
    return _said(acts.check_sign_for(actor=ask.actor, item_id=_item(ask).pk, key=ask.key))


def _sign_order(ask: Ask) -> str:
    """By its number, without replying to the card. A number that two organs have given is said with its code word."""
    number = ORDER_NUMBER.search(ask.command.text)
    if number is None:
        raise BadInputError(
            field="number",
            message=_("请写明指令编号，例如：签收 指令〔2026〕17号，或直接回复指令卡片“签收”。"),
        )
    ending = f"指令〔{number['year']}〕{int(number['number'])}号"
    found = orders.received_by(ask.actor.staff_id, ending)
    named = [one for one in found if ask.command.text.startswith(one.organ_code) and one.organ_code]
    found = named or found
    if not found:
        raise NotFoundError(
            message=_("没有发给您的{number}，请核对编号，或发送“待办”查看。").format(number=ending)
        )
    if len(found) > 1:
        names = "、".join(one.number or "" for one in found)
        words = _("有多份{number}：{names}。请回复相应的指令卡片“签收”。")
        raise BadInputError(field="number", message=words.format(number=ending, names=names))
    answer = receipts.check_sign_for(
        actor=ask.actor, order_id=found[0].pk, room_id="" if ask.direct else ask.room_id, key=ask.key
    )
    return answer.message


def _order(ask: Ask) -> UUID | None:
    """The order on whose card the message replies."""
    if ask.command.number is not None or not ask.subject:
        return None
    order = orders.find(UUID(ask.subject))
    return order.pk if order else None


def _report(ask: Ask) -> str:
    if ask.command.percent is None:
        raise BadInputError(field="percent", message=_("请写明进度百分比，例如：进展 12 60% 设备已到货。"))
    return _said(
        acts.check_report(
            actor=ask.actor,
            item_id=_item(ask).pk,
            percent=ask.command.percent,
            text=ask.command.text,
            key=ask.key,
        )
    )


def _ask_extension(ask: Ask) -> str:
    if ask.command.day is None:
        raise BadInputError(field="due_on", message=_("请写明新的时限日期，例如：延期 12 2026-12-31 理由。"))
    return _said(
        extensions.check_ask_extension(
            actor=ask.actor,
            item_id=_item(ask).pk,
            due_on=ask.command.day,
            reason=ask.command.text,
            key=ask.key,
        )
    )


def _decide_extension(ask: Ask, *, agree: bool) -> str:
    return _said(
        extensions.check_decide_extension(
            actor=ask.actor, item_id=_item(ask).pk, agree=agree, reason=ask.command.text, key=ask.key
        )
    )


def _send_back(ask: Ask) -> str:
    return _said(
        acts.check_return(actor=ask.actor, item_id=_item(ask).pk, reason=ask.command.text, key=ask.key)
    )


def _close(ask: Ask) -> str:
    return _said(acts.check_close(actor=ask.actor, item_id=_item(ask).pk, key=ask.key))


def _remind(ask: Ask) -> str:
    return _said(reminders.check_remind_now(actor=ask.actor, item_id=_item(ask).pk, key=ask.key))


def _digest(ask: Ask) -> str:
    return commands.ask_digest(actor=ask.actor, room_id=_room(ask), key=ask.key).message


def _item(ask: Ask) -> Item:
    """The item that is meant: by number in this room's force, or by the card that is replied to.

    In a task force's room a number means that force alone: what is typed here never touches another one.
    """
    command = ask.command
    if command.number is None:
        if not ask.subject:
            raise BadInputError(field="number", message=_("请写明事项编号，例如：签收 12。"))
        return access_item(ask.actor, UUID(ask.subject))
    item = commands.find_item_by_number(ask.actor, command.number, _force_room(ask) or ask.room_id)
    rooms = {force.room_id for force in taskforces.visible(ask.actor)}
    here = _force_room(ask) or (ask.room_id if ask.room_id in rooms else None)
    if here and here not in item.room_ids:
        words = _("本专班没有第{number}项，请发送“台账”查看编号。")
        raise NotFoundError(message=words.format(number=command.number))
    return item


def _room(ask: Ask) -> str:
    """The room of the force that is named, or of the only force in sight when said in a direct room."""
    named = _force_room(ask)
    if not ask.direct and named not in {None, ask.room_id}:
        raise BadInputError(field="force", message=_("其他专班的台账和摘要请在该专班群或单聊中查询。"))
    if named or not ask.direct:
        return named or ask.room_id
    forces = taskforces.visible(ask.actor)
    if len(forces) == 1:
        return forces[0].room_id
    if not forces:
        raise NotFoundError(message=_("您目前没有参加专班，如有疑问请联系专班办公室。"))
    names = "、".join(f"《{force.name}》" for force in forces)
    words = _("您参加多个专班：{names}。请写明专班名称，例如：台账 《{first}》。")
    raise BadInputError(field="force", message=words.format(names=names, first=forces[0].name))


def _force_room(ask: Ask) -> str | None:
    """Raises NotFoundError when a force is named that is not in the person's sight."""
    wanted = ask.command.force
    if not wanted:
        return None
    forces = taskforces.visible(ask.actor)
    exact = [force for force in forces if force.name == wanted]
    like = exact or [force for force in forces if wanted in force.name]
    if len(like) != 1:
        words = _("没有找到专班《{name}》，或名称不够明确，请写全称。")
        raise NotFoundError(message=words.format(name=wanted))
    return like[0].room_id


def _said(done: ItemAnswer) -> str:
    """The service's sentence, and how the item stands after it."""
    item = done.item
    sentence = done.message if done.message.endswith("。") else f"{done.message}。"
    colour = (
        f"{COLOUR_WORDS[item.colour]} · {item.chip}"
        if item.colour in {"red", "yellow", "green"}
        else item.chip
    )
    stands = _("现为“{state}”，进度{percent}%，{colour}。")
    return f"{sentence}\n" + stands.format(state=item.state_words, percent=item.percent, colour=colour)


_ANSWERS: dict[str, Callable[[Ask], str]] = {
    "ledger": _ledger,
    "sign_order": _sign_order,
    "sign_for": _sign_for,
    "report": _report,
    "ask_extension": _ask_extension,
    "agree_extension": lambda ask: _decide_extension(ask, agree=True),
    "return_extension": lambda ask: _decide_extension(ask, agree=False),
    "send_back": _send_back,
    "close": _close,
    "remind": _remind,
    "digest": _digest,
    "one_table": answer_one_table,
    "pending": lambda ask: answer_todo(ask, DUBAN.name),
    "help": lambda ask: help_text(DUBAN, ask.command.text),
}

DUBAN: Bot = Bot(
    number="bot-duban",
    name="督办助手",
    says="交办事项，接收签收、进展和延期申请，汇总专班台账。",
    forms=FORMS,
    answer=answer,
)
