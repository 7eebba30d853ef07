"""The card of an order in one room: what it says, and how far it got with the people of this room."""

from datetime import datetime
from uuid import UUID

from chatops.cards import Action, Card, Field, Input, Progress, State
from chatops.cards.schema import Code
from common import clock
from workflows.orders.reading import order_link, title_of
from workflows.rules.orders import ORDER_WORDS
from workflows.store import orders as store
from workflows.store.models import Order, Urgency

KIND = "order"
MOST_TEXT = 500

SIGN_FOR = Action(name="sign_for", label="签收", style="primary")
REPORT = Action(name="report", label="反馈", input=[Input(key="text", label="反馈内容", type="text")])
DECLINE = Action(name="decline", label="不属我办", input=[Input(key="reason", label="理由", type="text")])
SUBSTITUTE = Action(
    name="substitute", label="代单位签收", input=[Input(key="reason", label="理由", type="text")]
)


def order_card(order_id: UUID, room_id: str) -> Card | None:
    """None for a draft. The bar counts the members of the room who are recipients: 已确认, 已读, 未触达."""
    order = store.find(order_id)
    if order is None or not order.number:
        return None
    confirmed, read, unreached = store.room_counts(order.pk, order.version, room_id)
    total = confirmed + read + unreached
    bar = f"已确认 {confirmed}　已读 {read}　未触达 {unreached}"
    issued = f"{order.issuer_unit_name} {order.issuer_name}"
    fields = [
        Field(key="issuer", label="签发", value=issued),
        Field(key="text", label="内容", value=order.text[:MOST_TEXT]),
    ]
    if order.sign_by:
        fields.append(Field(key="sign_by", label="签收时限", value=_at(order.sign_by)))
    if order.report_by:
        fields.append(Field(key="report_by", label="反馈时限", value=_at(order.report_by)))
    if order.mandate:
        fields.append(Field(key="mandate", label="依据", value=order.mandate))
    if order.version > 1:
        fields.append(Field(key="version", label="版本", value=f"第{order.version}版，前版签收不再有效"))
    if total:
        fields.append(Field(key="receipts", label="本群回执", value=bar))
    if order.end_reason:
        fields.append(Field(key="reason", label="撤回原因", value=order.end_reason))
    open_now = order.state == "issued"
    word = f"{Urgency(order.urgency).label}指令 · {ORDER_WORDS[order.state]}"
    lines = [
        f"【{order.number}】{title_of(order)}",
        word,
        *(f"{field.label}：{field.value}" for field in fields),
    ]
    if open_now:
        lines.append("回复本消息“签收”即可签收。")
    return Card(
        kind=KIND,
        subject=str(order.pk),
        version=order.shown,
        title=title_of(order)[:200],
        number=order.number,
        as_of=clock.now(),
        state=State(code=_code(order), word=word),
        fields=fields,
        progress=Progress(percent=confirmed * 100 // total) if total else None,
        actions=[SIGN_FOR, REPORT] if open_now else [],
        menu=[DECLINE, SUBSTITUTE] if open_now else [],
        link=order_link(order.pk),
        fallback="\n".join(lines),
    )


def _at(moment: datetime) -> str:
    return f"{clock.local(moment):%m月%d日 %H:%M}"


def _code(order: Order) -> Code:
    if order.state != "issued":
        return "done" if order.state == "closed" else "grey"
    return "red" if order.urgency == "top" else "yellow" if order.urgency == "urgent" else "none"


def escalation_words(order_id: UUID, unit_id: UUID) -> str:
    """What a duty officer or leader is told of a unit that has not received an order; "" when it is over."""
    order = store.find(order_id)
    unit = store.unit_row(order_id, order.version, unit_id) if order else None
    if order is None or unit is None or order.state != "issued":
        return ""
    limit = f"，签收时限{_at(order.sign_by)}" if order.sign_by else ""
    return (
        f"{unit.unit_name}尚未签收{order.number}“{title_of(order)}”{limit}。"
        f"请督促签收；值班员、办公室和单位负责人可以代单位签收：{order_link(order.pk)}"
    )
