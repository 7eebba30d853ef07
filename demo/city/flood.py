"""A flood on command: water rises, alert, order to the townships, receipts, recovery.

Nothing is written past the product: the neighbours are asked as a person at their desk would ask them, and everything
else follows through gateway, worker, templates and bots. What is there already is not made again, so that a play
that was stopped goes on where it was.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from common import clock
from common.errors import ConflictError
from connectors.services import manage
from connectors.store.models import Alert, AlertKind, Connector, Subscription
from demo.city.cast import Cast
from directory.actors import Actor
from directory.services.acting import actor_of
from directory.store.models import Staff
from workflows.orders import issuing, receipts
from workflows.orders.views import OrderRungIn, OrderScopeIn
from workflows.store.models import Order, OrderRecipient, TaskForce, Trigger, TriggerRun
from workflows.triggers import services as triggers
from workflows.triggers.contents import OrderContent, TriggerCondition

FORCE = "淦河防汛专班"
STATION = "42120001"
RAISED_M = 0.9
TEMPLATE = "汛情预警转指令（演示）"
AUTHOR, APPROVER = "xn-zfb.duty", "xn-zfb.head"
MANDATE = "市防汛抗旱指挥部授权"
TOWNS = ("xa-wq", "xa-mq")
# Source, who subscribes the room to it.
SOURCES = (("telemetry", "xn-slj.digital"), ("weather-alerts", "xn-yjj.digital"))
REPORT = "已转移低洼处群众42户118人，安置点3处已开放；干流堤防正在巡查。"
# A station reports each minute, and alerts are asked for each minute.
PATIENCE_S = 200.0
Found = TypeVar("Found")


class FloodError(ConflictError):
    """The play cannot go on; the message says why and what to do."""

    code = "flood"


@dataclass
class Flood:
    """`say` gets each line of progress; `pause` lets so many seconds go by."""

    say: Callable[[str], None]
    pause: Callable[[float], None] = time.sleep
    patience_s: float = PATIENCE_S
    pace_s: float = 3.0
    cast: Cast = field(default_factory=Cast)

    def play(self) -> None:
        """From the first drop to the end. Raises FloodError, DomainError."""
        offices = self._offices()
        trigger = self.prepare()
        alert = self._open_alert()
        if alert is None:
            self._ask(offices, "/water", {"raise_m": RAISED_M})
            self.say(f"上游来水：各遥测站水位上涨{RAISED_M}米。")
        if not self._open_signals():
            self._ask(offices, "/cap/issue", {"severity": "Severe", "hours": 6})
            self.say("市气象台发布暴雨橙色预警信号。")
        self.say("等待测站下一次报送（每分钟一次）……")
        alert = alert or self._wait(self._open_alert, "水位预警没有出现。请确认网关和数据源正在运行。")
        self.say(f"预警：{alert.words}。卡片已发到“{FORCE}”工作群。")
        order = self._wait(lambda: self._order(trigger, alert), "指令没有签发。请确认后台任务正在运行。")
        self.say(f"按模板签发指令{order.number}《{order.title}》，发往温泉街道、马桥镇。")
        self._receive(order)
        self._ask(offices, "/water", {"raise_m": 0.0})
        self.say("雨停水退：各遥测站水位回落。")
        if self._open_signals():
            self._ask(offices, "/cap/cancel", {"severity": "Severe"})
            self.say("市气象台解除暴雨橙色预警信号。")
        self._wait(
            lambda: Alert.objects.filter(pk=alert.pk, closed_at__isnull=False).first(), "水位预警没有解除。"
        )
        self.say("水位回落到警戒以下并超过回差，预警解除，卡片已更新。")
        order.refresh_from_db()
        if order.state == "issued":
            issuing.check_close(actor=self._author(), order_id=order.pk, key=f"flood:{order.pk}:close")
        self.say(f"指令{order.number}办结。演练结束，可再次运行。")

    def prepare(self) -> Trigger:
        """The room's subscriptions and the approved template, made once. Raises FloodError."""
        force = TaskForce.objects.filter(name=FORCE).first()
        found = {one.key: one for one in Connector.objects.filter(key__in=[key for key, _post in SOURCES])}
        if force is None or len(found) < len(SOURCES):
            raise FloodError(message="这里没有演示城市。请先运行 make run，再在另一个终端运行本命令。")
        for key, post in SOURCES:
            if not Subscription.objects.filter(room_id=force.room_id, connector=found[key]).exists():
                wish = manage.Wish(what=("alerts",))
                actor = self.cast.actor(post)
                manage.put_subscription(actor=actor, connector=found[key], room_id=force.room_id, wish=wish)
                self.say(f"“{FORCE}”工作群订阅{found[key].name}。")
        trigger = Trigger.objects.filter(name=TEMPLATE).first()
        if trigger is None or trigger.approved_by_id is None:
            trigger = self._template(found["telemetry"], trigger)
            self.say("市政府总值班室拟定预警转指令模板，经主任批准。")
        return trigger

    def _template(self, telemetry: Connector, known: Trigger | None) -> Trigger:
        """Of the city government's office: townships take orders of a government above them, or by its mandate."""
        content = OrderContent(
            title="{对象}{级别}预警：立即巡堤查险、转移低洼群众",
            text="{时间}，{原因}。请立即组织巡堤查险，转移低洼处群众，有险必报。来源：{来源}。",
            urgency="urgent",
            scope=OrderScopeIn(units=self.cast.unit_ids(TOWNS)),
            rungs=[OrderRungIn(step="duty", minutes=10), OrderRungIn(step="leader", minutes=20)],
            mandate=MANDATE,
            sign_minutes=30,
            report_minutes=120,
        )
        condition = TriggerCondition(least="orange", kinds=[AlertKind.THRESHOLD], codes=[STATION])
        new = triggers.TriggerIn(
            TEMPLATE,
            "alert",
            "order",
            content.model_dump(mode="json"),
            condition.model_dump(mode="json", exclude_defaults=True),
            connector_id=telemetry.pk,
        )
        made = triggers.put_trigger(actor=self._author(), new=new, trigger_id=known.pk if known else None)
        return triggers.check_approve_trigger(actor=self.cast.actor(APPROVER), trigger_id=made.pk)

    def _receive(self, order: Order) -> None:
        """One person of each township signs; those of the first report as well."""
        rows = OrderRecipient.objects.filter(order=order, version=order.version, answers=True)
        first: dict[Any, OrderRecipient] = {}
        for row in rows.select_related("unit").order_by("rank", "pk"):
            first.setdefault(row.unit_id, row)
        for place, row in enumerate(first.values()):
            self.pause(self.pace_s)
            actor = _person(row.staff_id)
            if row.state in {"pending", "delivered", "read", "unreachable"}:
                receipts.check_sign_for(actor=actor, order_id=order.pk, key=f"flood:{order.pk}:{row.pk}:s")
                self.say(f"{row.unit.short_name}{row.post_title}{row.name}签收。")
            if place == 0 and not row.report:
                self.pause(self.pace_s)
                receipts.check_report(
                    actor=actor, order_id=order.pk, text=REPORT, key=f"flood:{order.pk}:{row.pk}:r"
                )
                self.say(f"{row.unit.short_name}反馈：{REPORT}")

    def _order(self, trigger: Trigger, alert: Alert) -> Order | None:
        """Raises FloodError where the template was refused."""
        run = TriggerRun.objects.filter(trigger=trigger, about=f"alert:{alert.pk}").first()
        if run is None:
            return None
        order = Order.objects.filter(pk=run.made.removeprefix("order:")).first() if run.made else None
        if run.error or order is None or order.issued_at is None:
            raise FloodError(message=f"模板没有签发指令：{run.error or run.words}")
        return order

    def _open_alert(self) -> Alert | None:
        mine = Alert.objects.filter(connector__key="telemetry", subject__code=STATION, closed_at__isnull=True)
        return mine.filter(kind=AlertKind.THRESHOLD).first()

    def _open_signals(self) -> bool:
        return Alert.objects.filter(connector__key="weather-alerts", closed_at__isnull=True).exists()

    def _wait(self, find: Callable[[], Found | None], why: str) -> Found:
        ends = clock.now() + timedelta(seconds=self.patience_s)
        while (found := find()) is None:
            if clock.now() > ends:
                raise FloodError(message=why)
            self.pause(1.0)
        return found

    def _author(self) -> Actor:
        return self.cast.actor(AUTHOR)

    def _offices(self) -> str:
        """Where the neighbours' offices are asked: where the weather office's alerts come from."""
        source = Connector.objects.filter(key="weather-alerts").first()
        if source is None:
            raise FloodError(message="这里没有演示城市。请先运行 make run，再在另一个终端运行本命令。")
        parts = urlsplit(source.config["url"])
        return f"{parts.scheme}://{parts.netloc}"

    def _ask(self, offices: str, path: str, said: dict[str, Any]) -> None:
        try:
            httpx.post(f"{offices}{path}", json=said, timeout=10, trust_env=False).raise_for_status()
        except httpx.HTTPError as err:
            raise FloodError(message="邻居系统没有应答。请确认 make run 正在运行。") from err


def _person(staff_id: int) -> Actor:
    actor = actor_of(Staff.objects.get(pk=staff_id).staff_number, "web")
    if actor is None:
        raise FloodError(message="接收人已不在岗。")
    return actor
