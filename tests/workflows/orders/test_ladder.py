"""The ladder with a gateway that answers: each step once, stopped by sign-for, every attempt on the board."""

import threading
from datetime import timedelta

import pytest

from common import clock
from demo.neighbours.gateway import Gateway
from directory.store.models import Staff
from workflows.orders import board, gateways, ladder, receipts
from workflows.orders.views import OrderRungIn, OrderScopeIn
from workflows.store.models import OrderAttempt, OrderRecipient, OrderRung

LADDER = [
    OrderRungIn(step="text", minutes=5),
    OrderRungIn(step="voice", minutes=10),
    OrderRungIn(step="duty", minutes=15),
    OrderRungIn(step="leader", minutes=30),
]


@pytest.fixture
def gateway(settings):
    server = Gateway()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    settings.TEXT_GATEWAY_URL = settings.VOICE_GATEWAY_URL = server.url
    settings.ORDER_SECOND_APPROVER_FOR_VOICE = False
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def climb():
    """`climb(16)`: what the worker does in the first sixteen minutes, minute by minute."""
    from tests.workflows.orders.conftest import NOW

    def work(minutes, *, since=0):
        for minute in range(since, minutes + 1):
            with clock.travel(NOW + timedelta(minutes=minute)):
                while ladder.work():
                    pass

    with clock.travel(NOW):
        yield work


def sent(gateway, channel):
    return [one for one in gateway.log.values() if one["channel"] == channel]


def test_each_step_is_taken_once_and_only_for_those_who_are_still_missing(issue, be, gateway, climb):
    order = issue(rungs=LADDER)
    receipts.open_order(be("xayj_office"), order.id)  # has read: no text message
    climb(6)
    assert len(sent(gateway, "text")) == 5
    with clock.travel(clock.now() + timedelta(minutes=6)):
        receipts.check_sign_for(actor=be("xayj_head"), order_id=order.id)
    climb(12, since=6)
    assert len(sent(gateway, "voice")) == 4
    climb(40, since=12)
    # The unit in 咸安 has received; only the duty officer of the other is told, then its head.
    told = OrderAttempt.objects.filter(order_id=order.id, channel="app").order_by("at")
    assert list(told.values_list("rung__step", "to_name")) == [("duty", "cbyj值班员"), ("leader", "cbyj局长")]
    assert len(sent(gateway, "text")) == 5 + 2
    climb(90, since=40)
    assert all(one["times"] == 1 for one in gateway.log.values())
    steps = {step.step: step for step in board.ladder(be("yjj_head"), order.id).steps}
    assert [steps[name].state for name in ("app", "text", "voice", "duty", "leader")] == ["done"] * 5
    assert (steps["text"].reached, steps["text"].yielded) == (5, 1)


def test_what_leaves_the_house_says_that_an_order_waits_and_nothing_else(issue, gateway, climb):
    issue(rungs=LADDER)
    climb(40)
    assert {one["text"] for one in gateway.log.values()} == {"您有一条特急指令待签收"}
    assert {frozenset(one) for one in gateway.log.values()} == {
        frozenset({"to", "text", "channel", "key", "times", "answer"})
    }


def test_what_no_channel_could_deliver_is_on_the_board(issue, be, gateway, climb):
    Staff.objects.filter(staff_number="xayj_head").update(phone="13800000008")  # fails
    Staff.objects.filter(staff_number="cbyj_head").update(phone="")
    order = issue(rungs=LADDER[:2])
    climb(12)
    failed, _ = board.attempts(be("yjj_head"), order.id, only="failed")
    words = {(one.to_name, one.channel): one.answer for one in failed}
    assert words["xayj局长", "text"] == "关机"
    assert words["cbyj局长", "text"] == "通讯录中没有联系号码"
    assert board.ladder(be("yjj_head"), order.id).failures == len(failed)
    lost = OrderRecipient.objects.filter(order_id=order.id, state="unreachable")
    assert set(lost.values_list("name", flat=True)) >= {"xayj局长", "cbyj局长"}
    assert [one.address for one in failed if one.to_name == "xayj局长"][:1] == ["138****0008"]
    receipts.check_sign_for(actor=be("xayj_head"), order_id=order.id)  # a late client takes it all the same


def test_a_gateway_that_is_down_is_told_not_hidden(issue, be, gateway, climb, settings):
    settings.TEXT_GATEWAY_URL = "http://127.0.0.1:9/"
    order = issue(rungs=LADDER[:1])
    climb(6)
    states = OrderAttempt.objects.filter(order_id=order.id).values_list("state", "answer")
    assert set(states) == {("failed", "通道无应答（ConnectError）")}
    settings.TEXT_GATEWAY_URL = ""
    assert "text" not in {step for step, _ in gateways.offered_steps()}


def test_a_drill_stays_in_the_house_unless_asked(issue, gateway, climb):
    order = issue(rungs=LADDER, is_drill=True)
    climb(40)
    assert gateway.log == {}
    stopped = OrderRung.objects.filter(order_id=order.id, stopped="演练不对外发送")
    assert {rung.step for rung in stopped} == {"text", "voice"}
    issue(rungs=LADDER[:1], is_drill=True, drill_outside=True)
    climb(6)
    assert {one["text"] for one in gateway.log.values()} == {"【演练】您有一条特急指令待签收"}


def test_a_step_works_in_batches_and_remembers_how_far_it_got(issue, gateway, climb, monkeypatch, organs):
    from tests.workflows.orders.conftest import add_person

    monkeypatch.setattr(ladder, "BATCH", 7)
    for number in range(30):
        add_person(organs.xayj, f"more{number}", "handler", "科员", phone=f"139{number:07d}0")
    order = issue(rungs=LADDER[:1], scope=OrderScopeIn(units=[organs.xayj.pk], everyone=True))
    climb(6)
    rung = OrderRung.objects.get(order_id=order.id, step="text")
    assert (rung.reached, rung.ended_at is not None) == (34, True)
    assert len(gateway.log) == 34


def test_an_order_that_ended_climbs_no_further(issue, be, gateway, climb):
    from workflows.orders import issuing

    order = issue(rungs=LADDER)
    climb(6)
    issuing.check_close(actor=be("yjj_office"), order_id=order.id)
    before = len(gateway.log)
    climb(60, since=6)
    assert len(gateway.log) == before
    assert {step.state for step in board.ladder(be("yjj_head"), order.id).steps} == {"done", "stopped"}


def test_steps_are_in_order_and_once(draft):
    from common.errors import BadInputError

    for rungs in (
        [LADDER[0], LADDER[0]],
        [OrderRungIn(step="text", minutes=9), OrderRungIn(step="duty", minutes=3)],
    ):
        with pytest.raises(BadInputError) as refused:
            draft(rungs=rungs)
        assert refused.value.field == "rungs"


def test_mail_carries_the_same_words(settings, issue, climb):
    import asyncio

    got = []

    async def serve(reader, writer):
        writer.write(b"220 test\r\n")
        data = False
        while line := await reader.readline():
            text = line.decode().rstrip("\r\n")
            if data:
                data = text != "."
                got.append(text)
                if not data:
                    writer.write(b"250 taken\r\n")
                continue
            if text.upper().startswith("DATA"):
                data = True
                writer.write(b"354 go\r\n")
            elif text.upper().startswith("QUIT"):
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", server.sockets[0].getsockname()[1]
    settings.SMTP_FROM, settings.MAIL_ADDRESS_PATTERN = "tongzhou@example.gov.cn", "{number}@example.gov.cn"
    try:
        order = issue(rungs=[OrderRungIn(step="mail", minutes=5)])
        climb(6)
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
    assert OrderAttempt.objects.filter(order_id=order.id, state="delivered").count() == 6
    import email
    from email.header import decode_header, make_header

    first = email.message_from_string("\n".join(got[: got.index(".")]))
    assert str(make_header(decode_header(first["Subject"]))) == "您有一条特急指令待签收"
    body = first.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().strip() == "您有一条特急指令待签收"
