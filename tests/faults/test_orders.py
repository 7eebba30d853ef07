"""kill -9 of the worker at every step of an order's ladder: no rung missed, none doubled."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from common import clock
from demo.neighbours.gateway import Gateway
from deploy.embedded.places import CHECKOUT
from tests.faults.scene import chance
from tests.workflows.orders.conftest import add_person, be, draft, issue, organs
from workflows.orders.views import OrderRungIn, OrderScopeIn
from workflows.store.models import OrderAttempt, OrderRecipient, OrderRung

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.timeout(400)]

__all__ = ["be", "draft", "issue", "organs"]
PEOPLE = 400
STEPS = ("text", "voice", "duty", "leader")


class Worker:
    """`manage.py work` as a process of its own."""

    def __init__(self, **settings: str) -> None:
        self._settings = settings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "work"], cwd=CHECKOUT, env=os.environ | self._settings
        )

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(20)
            self.process = None


@pytest.fixture
def gateway():
    server = Gateway(pause_s=0.05)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def worker(gateway):
    made = Worker(TEXT_GATEWAY_URL=gateway.url, VOICE_GATEWAY_URL=gateway.url, TZ_CLOCK="real")
    yield made
    made.kill()


def wait(holds, seconds=90.0):
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.005)


def moved_on(order, step, written, known):
    rows = OrderAttempt.objects.filter(order_id=order.id, rung__step=step)
    return rows.count() > written or rows.exclude(state="trying").count() > known


def make_order(issue, organs, settings):
    settings.ORDER_SECOND_APPROVER_FOR_VOICE = False
    settings.VOICE_GATEWAY_URL = settings.TEXT_GATEWAY_URL = "http://127.0.0.1:9/"
    for number in range(PEOPLE):
        add_person(organs.xayj, f"more{number}", "handler", "科员", phone=f"139{number:07d}0")
    return issue(
        scope=OrderScopeIn(units=[organs.xayj.pk, organs.cbyj.pk], everyone=True),
        rungs=[OrderRungIn(step=step, minutes=0) for step in STEPS],
        sign_by=clock.now() + timedelta(hours=3),
    )


def test_no_rung_is_missed_and_none_doubled(issue, organs, gateway, worker, settings):
    moments = chance()
    order = make_order(issue, organs, settings)
    attempts = OrderAttempt.objects.filter(order_id=order.id)
    people = OrderRecipient.objects.filter(order_id=order.id).count()

    # Twice within each step: as soon as its first attempts are written, and in the middle of its answers.
    for step in STEPS:
        ended = OrderRung.objects.filter(order_id=order.id, step=step, ended_at__isnull=False)
        for _ in range(2):
            if ended.exists() and not attempts.filter(rung__step=step, state="trying").exists():
                break
            known = attempts.filter(rung__step=step).exclude(state="trying").count()
            written = attempts.filter(rung__step=step).count()
            worker.start()
            wait(partial(moved_on, order, step, written, known))
            time.sleep(moments.uniform(0.0, 0.4))
            worker.kill()
    worker.start()
    wait(lambda: not OrderRung.objects.filter(order_id=order.id, ended_at__isnull=True).exists())
    wait(lambda: not attempts.filter(state="trying").exists())
    worker.kill()

    by_step = Counter(attempts.values_list("rung__step", flat=True))
    assert by_step["text"] == people
    # Calls go to who has not read: everybody here, nobody opened it.
    assert by_step["voice"] == people
    # Two units that have not received: a duty officer and a head each, in the app and by text message.
    assert (by_step["duty"], by_step["leader"]) == (4, 4)
    targets = Counter(attempts.values_list("rung_id", "unit_id", "to_staff_id", "channel"))
    assert set(targets.values()) == {1}
    outside = {str(pk) for pk in attempts.filter(channel__in=("text", "voice")).values_list("pk", flat=True)}
    assert set(gateway.log) == outside  # each was asked for, under a key of its own
    sent = Counter((one["to"], one["channel"]) for one in gateway.log.values())
    twice = {key for key, number in sent.items() if number > 1}
    told = set(
        attempts.filter(rung__step__in=("duty", "leader"), channel="text").values_list(
            "to_staff_id", flat=True
        )
    )
    assert len(twice) == len(told)  # only those whom a later rung tells of somebody else's silence
    answers = set(attempts.filter(state="failed").values_list("answer", flat=True))
    assert answers <= {"关机"}  # what the gateway says of numbers that end in 8, and no more than that


def test_a_sign_for_between_two_lives_stops_the_rest(issue, organs, be, gateway, worker, settings):
    from workflows.orders import receipts

    order = make_order(issue, organs, settings)
    attempts = OrderAttempt.objects.filter(order_id=order.id)
    worker.start()
    wait(lambda: attempts.filter(rung__step="text").count() > 0)
    worker.kill()
    for number in range(PEOPLE):
        receipts.check_sign_for(actor=be(f"more{number}"), order_id=order.id)
    before = set(gateway.log)
    worker.start()
    wait(lambda: not OrderRung.objects.filter(order_id=order.id, ended_at__isnull=True).exists())
    wait(lambda: not attempts.filter(state="trying").exists())
    worker.kill()
    signed = set(
        OrderRecipient.objects.filter(order_id=order.id, state="signed_for").values_list("id", flat=True)
    )
    after = attempts.filter(recipient_id__in=signed).exclude(pk__in=before)
    assert not {str(pk) for pk in after.values_list("pk", flat=True)} & set(gateway.log)
    assert attempts.filter(state="stopped").exists()
