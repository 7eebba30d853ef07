"""The live socket: signing in, sending, catching up, flow control, removal."""

import asyncio

import pytest
from django.conf import settings as site

from chatops.models import Event
from chatops.services import membership, messages, timeline
from common.aio import call_service
from directory.services import devices
from tests.support.live import LiveClient, opened_delivery

pytestmark = pytest.mark.django_db(transaction=True)


def service_send(person, room_id, body):
    return messages.send(
        actor=person.actor(),
        room_id=room_id,
        type="m.room.message",
        content={"msgtype": "m.text", "body": body},
    )


def service_remove(owner, room_id, member):
    membership.remove_member(actor=owner.actor(), room_id=room_id, staff_number=member.number)


def service_add(owner, room_id, member):
    membership.add_members(actor=owner.actor(), room_id=room_id, staff_ids=[member.pk])


async def test_a_message_is_acknowledged_and_reaches_all_members_in_order(cast, connect):
    owner, anna = await connect(cast.owner), await connect(cast.anna)
    txns = [await owner.send(cast.id, f"第{number}条") for number in range(20)]
    acks = [await owner.acked(txn) for txn in txns]
    assert [ack["seq"] for ack in acks] == list(range(cast.head + 1, cast.head + 21))
    for client in (owner, anna):
        events = await client.reach(cast.id, cast.head + 20)
        assert [event["content"]["body"] for event in events] == [f"第{number}条" for number in range(20)]
    assert events[0]["sender"] == cast.owner.user_id
    assert events[0]["acting"] == {"name": "周牧远", "post": "科员", "unit": "市水利和湖泊局"}


async def test_the_acknowledgement_comes_with_the_event_and_to_nobody_else(cast, connect):
    owner, anna = await connect(cast.owner), await connect(cast.anna)
    ack = await owner.acked(await owner.send(cast.id, "一"))
    for client in (owner, anna):
        await client.reach(cast.id, ack["seq"])
    [frame] = [frame for frame in owner.frames if frame["type"] in {"ack", "events"}]
    assert (frame["last"], frame["acks"]) == (ack["seq"], [ack])
    assert not [frame for frame in anna.frames if "acks" in frame]


async def test_a_client_is_told_how_often_to_report(cast, connect, settings):
    settings.LIVE_QUEUE_FRAMES, settings.LIVE_QUEUE_BYTES = 40, 100_000
    owner = await connect(cast.owner)
    welcome = await owner.wait(lambda frame: frame["type"] == "welcome")
    assert welcome["report"] == {"frames": 20, "bytes": 50_000}


async def test_a_resend_after_a_lost_connection_is_one_message(cast, connect):
    first = await connect(cast.owner)
    txn = await first.send(cast.id, "只发一次", txn="same")
    ack = await first.acked(txn)
    second = await connect(cast.owner)
    await second.send(cast.id, "只发一次", txn="same")
    assert (await second.acked("same"))["event_id"] == ack["event_id"]
    bodies = await call_service(lambda: Event.objects.filter(room_id=cast.room.pk, txn_id="same").count())
    assert bodies == 1


async def test_catching_up_by_position_gives_exactly_what_was_missed(cast, connect):
    owner = await connect(cast.owner)
    for number in range(30):
        last = await owner.acked(await owner.send(cast.id, str(number)))
    late = await connect(cast.anna, positions={cast.id: cast.head + 10})
    events = await late.reach(cast.id, last["seq"])
    assert [event["seq"] for event in events] == list(range(cast.head + 11, last["seq"] + 1))
    now = await owner.acked(await owner.send(cast.id, "新"))
    events = await late.reach(cast.id, now["seq"])
    assert events[-1]["content"]["body"] == "新"
    assert len({event["seq"] for event in events}) == len(events)


async def test_short_events_unfold_to_what_rest_gives(cast, connect):
    owner, anna = await connect(cast.owner), await connect(cast.anna)
    await owner.acked(await owner.send(cast.id, "一"))
    await anna.acked(await anna.send(cast.id, "二", msgtype="m.notice"))
    live = await anna.reach(cast.id, cast.head + 2)
    late = await connect(cast.ben, positions={cast.id: 0})
    everything = await late.reach(cast.id, cast.head + 2)
    actor = await call_service(cast.owner.actor)
    page = await call_service(timeline.page, actor=actor, room_id=cast.id, after=0, limit=200)
    assert everything == page["items"]
    assert live == page["items"][-2:]


async def test_many_pages_and_new_messages_meanwhile_leave_no_gap(cast, connect, delivery):
    owner = await connect(cast.owner)
    for number in range(450):
        await owner.send(cast.id, str(number))
    await owner.reach(cast.id, cast.head + 450, 30)
    late = await connect(cast.anna, positions={cast.id: cast.head})
    for number in range(50):
        await owner.send(cast.id, f"新{number}")
    events = await late.reach(cast.id, cast.head + 500, 30)
    assert [event["seq"] for event in events] == list(range(cast.head + 1, cast.head + 501))


async def test_what_a_service_sends_arrives_without_a_wake_up_of_its_own(cast, connect):
    anna = await connect(cast.anna)
    sent = await call_service(service_send, cast.owner, cast.id, "由服务发出")
    events = await anna.reach(cast.id, sent.seq)
    assert events[-1]["content"]["body"] == "由服务发出"


async def test_another_process_is_reached(cast, connect):
    anna = await connect(cast.anna)
    async with opened_delivery() as other:
        owner = await LiveClient(other, cast.owner.secret).start()
        await owner.wait_for("welcome")
        ack = await owner.acked(await owner.send(cast.id, "隔壁进程"))
        events = await anna.reach(cast.id, ack["seq"])
        assert events[-1]["content"]["body"] == "隔壁进程"
        await owner.stop()


async def test_who_is_removed_gets_the_removal_and_nothing_after(cast, connect):
    anna, ben = await connect(cast.anna), await connect(cast.ben)
    await call_service(service_remove, cast.owner, cast.id, cast.anna)
    await anna.wait_for("left", room=cast.id)
    sent = await call_service(service_send, cast.owner, cast.id, "已移出")
    await ben.reach(cast.id, sent.seq)
    assert anna.positions[cast.id] < sent.seq
    assert anna.events[cast.id][-1]["content"]["membership"] == "leave"
    assert all(event["content"].get("body") != "已移出" for event in anna.events[cast.id])
    txn = await anna.send(cast.id, "还能发吗")
    assert (await anna.wait_for("refused", txn=txn))["code"] == "not_in_room"


async def test_who_is_added_sees_the_room_and_what_follows(cast, connect):
    outsider = await connect(cast.outsider)
    await call_service(service_add, cast.owner, cast.id, cast.outsider)
    room = await outsider.wait_for("room", room=cast.id)
    sent = await call_service(service_send, cast.owner, cast.id, "欢迎")
    events = await outsider.reach(cast.id, sent.seq)
    assert [event["seq"] for event in events] == list(range(room["last"] + 1, sent.seq + 1))


async def test_reading_moves_everybodys_receipts_and_the_readers_other_devices(cast, connect):
    owner, anna, again = await connect(cast.owner), await connect(cast.anna), await connect(cast.anna)
    ack = await owner.acked(await owner.send(cast.id, "请阅"))
    await anna.say({"type": "read", "room": cast.id, "seq": ack["seq"]})
    frame = await owner.wait_for("receipts", room=cast.id)
    assert frame["moves"][0][1] == ack["seq"]
    assert cast.anna.number not in str(frame)
    assert (await again.wait_for("read", room=cast.id))["seq"] == ack["seq"]
    await anna.say({"type": "read", "room": cast.id, "seq": 1})
    await anna.say({"type": "read", "room": cast.id, "seq": 10**9})
    await asyncio.sleep(1.2)
    fresh = await connect(cast.anna)
    [entry] = (await fresh.wait_for("welcome"))["rooms"]
    assert entry["read"] == ack["seq"]
    assert entry["unread"] == 0


async def test_a_client_that_takes_nothing_is_told_to_resume_and_loses_nothing(cast, connect, settings):
    settings.LIVE_QUEUE_FRAMES = 64
    owner, slow = await connect(cast.owner), await connect(cast.anna, reports=False)
    for number in range(120):
        await owner.acked(await owner.send(cast.id, str(number)))
    await slow.wait_for("resume")
    taken = len(slow.frames)
    await owner.acked(await owner.send(cast.id, "漏掉的"))
    assert len(slow.frames) == taken
    await slow.say({"type": "resume", "frames": taken, "positions": slow.positions})
    slow._reports = True
    events = await slow.reach(cast.id, cast.head + 121)
    assert [event["seq"] for event in events] == list(range(cast.head + 1, cast.head + 122))


async def test_a_revoked_device_loses_its_socket_within_seconds(cast, connect):
    anna = await connect(cast.anna)
    await call_service(devices.sign_out, cast.anna.device.pk)
    await anna.wait_for("bye", timeout_s=20)
    await asyncio.wait_for(anna.ended.wait(), 10)
    assert anna.closed[0] == 4401


@pytest.mark.parametrize(
    "frame",
    [
        "nonsense",
        "[]",
        '{"type":"dance"}',
        '{"type":"send","txn":1}',
        '{"type":"read","room":"x"}',
        '{"type":"hello"}',
    ],
)
async def test_a_bad_frame_is_refused_with_a_sentence_and_the_socket_lives(cast, connect, frame):
    owner = await connect(cast.owner)
    await owner.say(frame)
    refused = await owner.wait_for("refused", code="bad_frame")
    assert refused["message"]
    await owner.acked(await owner.send(cast.id, "仍可发送"))


async def test_bad_content_names_its_field_and_disturbs_nobody(cast, connect):
    owner = await connect(cast.owner)
    bad = await owner.send(cast.id, "空\x00字符")
    good = await owner.send(cast.id, "好")
    await owner.acked(good)
    refused = await owner.wait_for("refused", txn=bad)
    assert (refused["code"], refused["field"]) == ("bad_input", "content")


async def test_a_secrecy_mark_is_refused_on_the_socket(cast, connect):
    owner = await connect(cast.owner)
    txn = await owner.send(cast.id, "机密★3年")
    assert (await owner.wait_for("refused", txn=txn))["code"] == "secrecy_refused"


async def test_too_many_messages_get_a_retry_time(cast):
    async with opened_delivery(sends_per_minute=6) as delivery:
        client = await LiveClient(delivery, cast.owner.secret).start()
        await client.wait_for("welcome")
        for number in range(5):
            txn = await client.send(cast.id, str(number))
        refused = await client.wait_for("refused", txn=txn)
        assert refused["code"] == "rate_limited"
        assert 0 < refused["retry_after_ms"] <= 10_000
        await client.stop()


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([(b"authorization", b"Bearer wrong")], 4401),
        ([(b"host", b"a.example"), (b"origin", b"http://evil.example"), (b"cookie", b"COOKIE")], 4403),
        ([(b"host", b"a.example"), (b"origin", b"http://["), (b"cookie", b"COOKIE")], 4403),
        ([(b"host", b"a.example"), (b"cookie", b"COOKIE")], 4403),
    ],
)
async def test_strangers_and_foreign_origins_are_turned_away(cast, delivery, headers, code):
    cookie = f"{site.SESSION_COOKIE}={cast.owner.secret}".encode()
    headers = [(name, cookie if value == b"COOKIE" else value) for name, value in headers]
    client = await LiveClient(delivery, "").start(headers=headers)
    await asyncio.wait_for(client.ended.wait(), 10)
    assert client.closed is not None
    assert client.closed[0] == code


async def test_the_session_cookie_works_from_our_own_origin(cast, delivery):
    cookie = f"{site.SESSION_COOKIE}={cast.owner.secret}".encode()
    headers = [(b"host", b"a.example:8000"), (b"origin", b"http://a.example:8000"), (b"cookie", cookie)]
    client = await LiveClient(delivery, "").start(headers=headers)
    await client.wait_for("welcome")
    await client.stop()


async def test_who_comes_from_a_process_further_ahead_gets_nothing_twice(cast, connect, monkeypatch):
    owner = await connect(cast.owner)
    async with opened_delivery() as other:
        held_up = []
        pull = other.hub._pull
        monkeypatch.setattr(other.hub, "_pull", lambda topic, last: held_up.append((topic, last)))
        ben = await LiveClient(other, cast.ben.secret).start()
        await ben.wait_for("welcome")
        for number in range(5):
            last = await owner.acked(await owner.send(cast.id, str(number)))
        anna = await LiveClient(other, cast.anna.secret).start(positions={cast.id: last["seq"]})
        await anna.wait_for("welcome")
        monkeypatch.setattr(other.hub, "_pull", pull)
        for topic, seq in held_up:
            pull(topic, seq)
        await ben.reach(cast.id, last["seq"])
        newest = await owner.acked(await owner.send(cast.id, "新"))
        assert [event["seq"] for event in await anna.reach(cast.id, newest["seq"])] == [newest["seq"]]
        for client in (ben, anna):
            await client.stop()


async def test_the_oldest_of_too_many_sockets_is_ended_in_words(cast, connect, settings):
    settings.LIVE_SOCKETS_PER_PERSON = 2
    oldest, second, newest = [await connect(cast.anna) for _ in range(3)]
    bye = await oldest.wait_for("bye")
    assert (bye["code"], "2 个" in bye["message"]) == ("too_many_sockets", True)
    await asyncio.wait_for(oldest.ended.wait(), 10)
    assert oldest.closed[0] == 4409
    txn = await second.send(cast.id, "照常")
    await newest.reach(cast.id, (await second.acked(txn))["seq"])


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{constructor}}", "'; --"]
)
async def test_markup_is_a_text_like_any_other(cast, connect, text):
    owner, anna = await connect(cast.owner), await connect(cast.anna)
    ack = await owner.acked(await owner.send(cast.id, text))
    assert (await anna.reach(cast.id, ack["seq"]))[-1]["content"]["body"] == text


async def test_a_number_beyond_the_database_is_refused_by_its_field(cast, connect):
    owner = await connect(cast.owner)
    await owner.say(f'{{"type":"read","room":"{cast.id}","seq":99999999999999999999}}')
    refused = await owner.wait_for("refused", code="bad_frame")
    assert refused["field"] == "seq"
    assert "seq" in refused["message"]


async def test_what_one_person_says_keeps_its_order_whichever_way_it_goes(cast, connect):
    """A mention is looked up on a service thread, plain words go to the journal: neither overtakes the other."""
    client = await connect(cast.owner)
    named = {"msgtype": "m.text", "body": "请看", "m.mentions": {"user_ids": [cast.anna.user_id]}}
    plain = {"msgtype": "m.text", "body": "好"}
    said = [f"t{number}" for number in range(24)]
    for number, txn in enumerate(said):
        await client.say(
            {"type": "send", "txn": txn, "room": cast.id, "content": named if number % 3 else plain}
        )
    seqs = [(await client.acked(txn))["seq"] for txn in said]
    assert seqs == sorted(seqs)
