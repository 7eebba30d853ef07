"""Where nobody answers: text message, call, duty post, leader in charge. Each step once, stopped by sign-for.

A step is a row (`OrderRung`). Working on it is two moves, each its own transaction: *plan* writes a batch of attempts
as `trying` and how far it got; *send* locks such attempts, asks the gateway and writes its answer. A worker that dies
between the two leaves rows that any worker takes up at once; nothing else remembers where it was.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from chatops.services.tell import tell_people
from common import clock
from common.events import publish
from workflows import events
from workflows.orders import gateways
from workflows.orders.gateways import Answer, Message
from workflows.rules.orders import Step
from workflows.store import order_ladder as store
from workflows.store import orders as order_store
from workflows.store.models import Order, OrderAttempt, OrderRung
from workflows.store.order_ladder import Target

BATCH, SENDERS = 200, 8
OUTSIDE = frozenset({"text", "mail", "voice"})


def plan(order: Order, people: int, now: datetime) -> None:
    """Write the steps of this version. The first, in the app, is done with the issue itself."""
    rows = [
        OrderRung(
            order=order,
            version=order.version,
            step=Step.APP,
            due_at=now,
            started_at=now,
            ended_at=now,
            reached=people,
        )
    ]
    for rung in order.rungs:
        quiet = order.is_drill and not order.drill_outside and rung["step"] in OUTSIDE
        rows.append(
            OrderRung(
                order=order, version=order.version, step=rung["step"],
                due_at=now + timedelta(minutes=rung["minutes"]),
                ended_at=now if quiet else None, stopped="演练不对外发送" if quiet else "",
            )
        )  # fmt: skip
    OrderRung.objects.bulk_create(rows)


def stop(order: Order, why: str, now: datetime) -> None:
    """No step of the present version is taken any more."""
    open_rungs = OrderRung.objects.filter(order=order, version=order.version, ended_at__isnull=True)
    open_rungs.update(ended_at=now, stopped=why)


def work() -> bool:
    """A chore of the worker: take one batch of what is due. True while more may wait."""
    return plan_batch() | send_batch()


def plan_batch() -> bool:
    """Write the next attempts of one due step; a step with nobody left to reach ends."""
    with transaction.atomic():
        now = clock.now()
        rung = store.take_due(now)
        if rung is None:
            return False
        rung.started_at = rung.started_at or now
        targets = _targets(rung)
        store.add_attempts(rung, targets, now)
        if targets:
            rung.done_to = max(target.cursor for target in targets)
            rung.reached += len({(target.staff_id, target.channel) for target in targets})
        else:
            rung.ended_at = now
        rung.save()
        order_store.tick(rung.order_id, {target.unit_id for target in targets} or {None})
        return True


def _targets(rung: OrderRung) -> list[Target]:
    """Whom the next batch reaches, after `done_to`: persons who have not read, or for units that have not received."""
    match rung.step:
        case Step.DUTY:
            return _for_units(rung, store.duty_posts(rung, BATCH))
        case Step.LEADER:
            return _for_units(rung, store.leaders(rung, BATCH))
        case _:
            return store.unread_people(rung, BATCH)


def _for_units(rung: OrderRung, found: Sequence[Target]) -> list[Target]:
    """Duty officers and leaders are told in the app, and by text message where there is a provider."""
    order = rung.order
    outside = gateways.is_configured("text") and not (order.is_drill and not order.drill_outside)
    if not outside:
        return list(found)
    return [each for target in found for each in (target, target.by("text"))]


def send_batch() -> bool:
    """Ask the gateways about a batch of attempts that nobody else holds."""
    with transaction.atomic():
        tries = store.lock_trying(BATCH)
        if not tries:
            return False
        gone = store.settled_among(tries)
        answers = _ask([row for row in tries if row.pk not in gone])
        now = clock.now()
        for row in tries:
            answer = Answer("stopped", gone[row.pk]) if row.pk in gone else answers[row.pk]
            row.state, row.answer, row.answered_at = answer.state, answer.words, now
        store.save_answers(tries)
        _tell(tries)
        store.mark_unreachable(
            [row.recipient_id for row in tries if row.state == "failed" and row.recipient_id]
        )
        for order_id in {row.order_id for row in tries}:
            order_store.tick(order_id, {row.unit_id for row in tries if row.order_id == order_id})
        return True


def _ask(tries: Sequence[OrderAttempt]) -> dict[UUID, Answer]:
    """In a few threads, which touch no database: a gateway that is slow costs its time once, not for each."""
    answers = {row.pk: Answer(gateways.DELIVERED, "应用内已提醒") for row in tries if row.channel == "app"}
    outside = [row for row in tries if row.channel != "app"]
    phones = store.phones({row.to_staff_id for row in outside})
    messages = [
        Message(
            key=str(row.pk), channel=row.channel, to=_address(row, phones),
            words=gateways.words_for(row.order.urgency, is_drill=row.order.is_drill),
        )
        for row in outside
    ]  # fmt: skip
    if messages:
        with ThreadPoolExecutor(SENDERS) as pool:
            for row, message, answer in zip(
                outside, messages, pool.map(gateways.send, messages), strict=True
            ):
                row.address = gateways.masked(message.to)
                answers[row.pk] = answer
    return answers


def _address(row: OrderAttempt, phones: dict[int, tuple[str, str]]) -> str:
    phone, number = phones.get(row.to_staff_id, ("", ""))
    if row.channel == "mail":
        return settings.MAIL_ADDRESS_PATTERN.format(number=number) if number else ""
    return phone


def _tell(tries: Sequence[OrderAttempt]) -> None:
    """In the app: a frame for each duty officer or leader, and a message of the bot, once per order and person."""
    for row in tries:
        if row.channel != "app" or row.state != gateways.DELIVERED:
            continue
        tell_people(
            [row.to_staff_id], "order_escalated", {"id": str(row.order_id), "number": row.order.number}
        )
        publish(
            events.OrderEscalated(
                order_id=row.order_id, staff_id=row.to_staff_id, unit_id=row.unit_id, key=f"order:{row.pk}"
            )
        )
