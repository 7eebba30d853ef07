"""GET /sync: what it carries, when it answers, what it never shows (matrix.md §2.1 to §2.3)."""

import asyncio
import time
from typing import Any

import pytest
from django.conf import settings

from chatops.matrix.answer import Collector
from chatops.services import messages
from chatops.store.matrix import rooms as rooms_store
from chatops.store.matrix import sync as sync_store
from chatops.store.models import Stream, StreamHead
from common.aio import call_service

pytestmark = pytest.mark.django_db(transaction=True)


def bodies(section):
    return [event["content"].get("body") for event in section["timeline"]["events"]]


async def test_the_initial_sync_is_short_and_complete(raw, people, together):
    anna, ben = raw(people.anna), raw(people.ben)
    for number in range(12):
        await anna.say(together, f"第{number}条")
    first = await ben.sync()
    assert set(first) >= {
        "account_data",
        "presence",
        "to_device",
        "device_lists",
        "device_one_time_keys_count",
    }
    room = first["rooms"]["join"][together]
    assert bodies(room) == [f"第{number}条" for number in range(2, 12)]
    assert room["timeline"]["limited"] is True
    kinds = {event["type"] for event in room["state"]["events"]}
    assert kinds >= {
        "m.room.create",
        "m.room.name",
        "m.room.power_levels",
        "m.room.member",
        "m.room.join_rules",
    }
    members = {event["state_key"] for event in room["state"]["events"] if event["type"] == "m.room.member"}
    assert members == {people.anna.user_id, people.ben.user_id, people.bot.user_id}
    assert room["summary"] == {"m.joined_member_count": 3, "m.invited_member_count": 0}
    assert room["unread_notifications"] == {"notification_count": 12, "highlight_count": 0}
    event = room["timeline"]["events"][-1]
    assert event["unsigned"]["org.tongzhou.acting"]["name"] == people.anna.staff.name
    assert event["unsigned"]["age"] >= 0
    assert isinstance(event["origin_server_ts"], int)
    again = await ben.sync(first["next_batch"])
    assert again["rooms"] == {"join": {}, "invite": {}, "knock": {}, "leave": {}}


async def test_a_gap_is_filled_exactly(raw, people, together):
    anna, ben = raw(people.anna), raw(people.ben)
    since = (await ben.sync())["next_batch"]
    await anna.ok("PUT", f"/rooms/{together}/state/m.room.topic", json={"topic": "今晚降雨"})
    sent = [await anna.say(together, f"第{number}条") for number in range(5)]
    limit = '{"room":{"timeline":{"limit":2}}}'
    room = (await ben.sync(since, filter=limit))["rooms"]["join"][together]
    assert [event["event_id"] for event in room["timeline"]["events"]] == sent[3:]
    assert room["timeline"]["limited"] is True
    assert [event["content"] for event in room["state"]["events"]] == [{"topic": "今晚降雨"}]
    query = {"dir": "b", "from": room["timeline"]["prev_batch"], "to": since}
    page = await ben.ok("GET", f"/rooms/{together}/messages", params=query)
    assert [event["event_id"] for event in page["chunk"]][:3] == sent[2::-1]
    assert page["chunk"][3]["type"] == "m.room.topic"
    assert len(page["chunk"]) == 4
    assert "end" not in page
    full = await ben.sync(since, filter='{"room":{"timeline":{"limit":100}}}')
    assert full["rooms"]["join"][together]["timeline"]["limited"] is False
    assert full["rooms"]["join"][together]["state"]["events"] == []


async def test_a_long_poll_wakes_within_moments(raw, people, together):
    anna, ben = raw(people.anna), raw(people.ben)
    since = (await ben.sync())["next_batch"]
    waits = []
    for number in range(5):
        poll = asyncio.create_task(ben.sync(since, timeout=20000))
        await asyncio.sleep(0.1)
        await anna.say(together, f"第{number}条")
        answered = time.monotonic()
        got = await poll
        waits.append(time.monotonic() - answered)
        assert bodies(got["rooms"]["join"][together]) == [f"第{number}条"]
        since = got["next_batch"]
    assert sorted(waits)[2] < 1  # promised: 100 ms


async def test_other_peoples_rooms_do_not_end_a_long_poll(raw, people, together):
    anna, cara = raw(people.anna), raw(people.cara)
    since = (await cara.sync())["next_batch"]
    poll = asyncio.create_task(cara.sync(since, timeout=1500))
    started = time.monotonic()
    await asyncio.sleep(0.1)
    await anna.say(together, "与她无关")
    got = await poll
    assert time.monotonic() - started >= 1.4
    assert got["rooms"]["join"] == {}


async def test_messages_of_every_door_arrive(raw, people, together):
    ben = raw(people.ben)
    since = (await ben.sync())["next_batch"]
    poll = asyncio.create_task(ben.sync(since, timeout=20000))
    await asyncio.sleep(0.1)
    content = {"msgtype": "m.text", "body": "来自网页"}
    actor = await call_service(people.anna.actor)
    await call_service(messages.send, actor=actor, room_id=together, type="m.room.message", content=content)
    assert bodies((await poll)["rooms"]["join"][together]) == ["来自网页"]


async def test_invitation_join_leave_and_nothing_after(raw, people):
    anna, ben = raw(people.anna), raw(people.ben)
    since = (await ben.sync())["next_batch"]
    poll = asyncio.create_task(ben.sync(since, timeout=20000))
    await asyncio.sleep(0.1)
    room = await anna.room(topic="防汛", invite=[people.ben.user_id])
    invited = await poll
    state = invited["rooms"]["invite"][room]["invite_state"]["events"]
    assert {event["type"] for event in state} >= {
        "m.room.create",
        "m.room.name",
        "m.room.join_rules",
        "m.room.member",
    }
    assert all(set(event) == {"type", "state_key", "sender", "content"} for event in state)
    await ben.ok("POST", f"/rooms/{room}/join")
    joined = await ben.sync(invited["next_batch"], timeout=5000)
    fresh = joined["rooms"]["join"][room]
    assert {event["type"] for event in fresh["state"]["events"] + fresh["timeline"]["events"]} >= {
        "m.room.create"
    }
    before = await anna.say(room, "离开之前")
    await anna.ok("POST", f"/rooms/{room}/kick", json={"user_id": people.ben.user_id, "reason": "调离"})
    after = await anna.say(room, "离开之后")
    await anna.ok("POST", f"/rooms/{room}/ban", json={"user_id": people.ben.user_id})
    left = await ben.sync(joined["next_batch"])
    assert room not in left["rooms"]["join"]
    shown = left["rooms"]["leave"][room]["timeline"]["events"]
    assert shown[0]["event_id"] == before
    assert shown[-1]["content"]["membership"] == "leave"
    assert shown[-1]["unsigned"]["prev_content"]["membership"] == "join"
    assert after not in [event["event_id"] for event in shown]
    assert (await ben.sync(left["next_batch"]))["rooms"]["leave"] == {}
    page = await ben.ok("GET", f"/rooms/{room}/messages", params={"dir": "b", "limit": 100})
    assert after not in [event["event_id"] for event in page["chunk"]]
    assert before in [event["event_id"] for event in page["chunk"]]
    assert await ben.fails("GET", f"/rooms/{room}/event/{after}") == (404, "M_NOT_FOUND")
    with_left = await ben.sync(filter='{"room":{"include_leave":true}}')
    assert after not in [e["event_id"] for e in with_left["rooms"]["leave"][room]["timeline"]["events"]]


async def test_nothing_from_before_the_invitation_where_history_is_closed(raw, people):
    anna, ben = raw(people.anna), raw(people.ben)
    closed = {"type": "m.room.history_visibility", "content": {"history_visibility": "invited"}}
    room = await anna.room(initial_state=[closed])
    early = await anna.say(room, "只有先来的人知道")
    since = (await ben.sync())["next_batch"]
    await anna.ok("POST", f"/rooms/{room}/invite", json={"user_id": people.ben.user_id})
    between = await anna.say(room, "邀请之后")
    await ben.ok("POST", f"/join/{room}")
    for got in (await ben.sync(since), await ben.sync()):
        shown = [event["event_id"] for event in got["rooms"]["join"][room]["timeline"]["events"]]
        assert between in shown
        assert early not in shown
    page = await ben.ok("GET", f"/rooms/{room}/messages", params={"dir": "f", "limit": 100})
    assert early not in [event["event_id"] for event in page["chunk"]]
    assert await ben.fails("GET", f"/rooms/{room}/event/{early}") == (404, "M_NOT_FOUND")
    assert await ben.fails("GET", f"/rooms/{room}/context/{early}") == (404, "M_NOT_FOUND")
    assert await ben.fails("PUT", f"/rooms/{room}/redact/{early}/t", json={}) == (404, "M_NOT_FOUND")
    shared = {"history_visibility": "shared"}
    path = f"/rooms/{room}/state/m.room.history_visibility"
    assert await anna.fails("PUT", path, json=shared) == (403, "M_FORBIDDEN")


async def test_marks_and_counts(raw, people, together, delivery):
    anna, ben = raw(people.anna), raw(people.ben)
    since = (await ben.sync())["next_batch"]
    ids = [await anna.say(together, f"第{number}条") for number in range(3)]
    mention = {"m.mentions": {"user_ids": [people.ben.user_id]}}
    ids.append(await anna.say(together, "请陆景川阅处", **mention))
    got = await ben.sync(since)
    counts = got["rooms"]["join"][together]["unread_notifications"]
    assert counts == {"notification_count": 4, "highlight_count": 1}
    await ben.ok("POST", f"/rooms/{together}/receipt/m.read/{ids[1]}", json={"thread_id": "main"})
    poll = await ben.sync(got["next_batch"], timeout=10000)
    room = poll["rooms"]["join"][together]
    assert room["unread_notifications"] == {"notification_count": 2, "highlight_count": 1}
    [receipt] = room["ephemeral"]["events"]
    assert set(receipt["content"][ids[1]]["m.read"]) == {people.ben.user_id}
    seen = (await anna.sync(since, timeout=5000))["rooms"]["join"][together]["ephemeral"]["events"]
    assert set(seen[0]["content"]) == {ids[1]}
    marks = {"m.fully_read": ids[2], "m.read.private": ids[3]}
    await ben.ok("POST", f"/rooms/{together}/read_markers", json=marks)
    token = poll["next_batch"]
    wanted = {"m.fully_read", "m.read.private"}
    found: set[str] = set()
    async with asyncio.timeout(10):
        while not found >= wanted:
            got = await ben.sync(token, timeout=5000)
            token = got["next_batch"]
            room = got["rooms"]["join"].get(together, {})
            found |= {event["type"] for event in room.get("account_data", {}).get("events", [])}
            for event in room.get("ephemeral", {}).get("events", []):
                found |= {kind for kinds in event["content"].values() for kind in kinds}
    assert room["unread_notifications"] == {"notification_count": 0, "highlight_count": 0}
    others = await anna.sync()
    text = str(others["rooms"]["join"][together]["ephemeral"])
    assert "m.read.private" not in text


async def test_typing_is_a_full_list_and_ends(raw, people, together):
    anna, ben, bot = raw(people.anna), raw(people.ben), raw(people.bot)
    since = (await ben.sync())["next_batch"]
    path = f"/rooms/{together}/typing/"
    await anna.ok("PUT", path + people.anna.user_id, json={"typing": True, "timeout": 30000})
    await bot.ok("PUT", path + people.bot.user_id, json={"typing": True, "timeout": 700})

    async def people_typing(since):
        got = await ben.sync(since, timeout=10000)
        [event] = got["rooms"]["join"][together]["ephemeral"]["events"]
        assert set(event) == {"type", "content"}
        assert got["next_batch"] != since  # matrix-nio throws an answer with the same token away
        return got["next_batch"], event["content"]["user_ids"]

    async with asyncio.timeout(20):
        users: list[str] = []
        while users != [people.anna.user_id, people.bot.user_id]:
            since, users = await people_typing(since)
        since, users = await people_typing(since)
        assert users == [people.anna.user_id]
        await anna.ok("PUT", path + people.anna.user_id, json={"typing": False})
        since, users = await people_typing(since)
        assert users == []


async def test_filters(raw, people, together):
    anna, ben = raw(people.anna), raw(people.ben)
    other = await anna.room(invite=[people.ben.user_id])
    await ben.ok("POST", f"/join/{other}")
    wanted = {
        "room": {
            "rooms": [together],
            "timeline": {"limit": 5, "types": ["m.room.mess*"], "not_senders": [people.bot.user_id]},
            "state": {"lazy_load_members": True},
        }
    }
    user = people.ben.user_id
    stored = (await ben.ok("POST", f"/user/{user}/filter", json=wanted))["filter_id"]
    assert (await ben.ok("POST", f"/user/{user}/filter", json=wanted))["filter_id"] == stored
    assert await ben.ok("GET", f"/user/{user}/filter/{stored}") == wanted
    assert await ben.fails("GET", f"/user/{user}/filter/none") == (404, "M_NOT_FOUND")
    since = (await ben.sync(filter=stored))["next_batch"]
    await anna.say(together, "一")
    await raw(people.bot).say(together, "二")
    await anna.send(together, "org.tongzhou.note", {"a": 1})
    await anna.ok("PUT", f"/rooms/{together}/state/m.room.topic", json={"topic": "三"})
    await anna.say(other, "四")
    got = await ben.sync(since, filter=stored)
    assert set(got["rooms"]["join"]) == {together}
    room = got["rooms"]["join"][together]
    assert bodies(room) == ["一"]
    assert {"topic": "三"} in [event["content"] for event in room["state"]["events"]]
    members = [event["state_key"] for event in room["state"]["events"] if event["type"] == "m.room.member"]
    assert people.anna.user_id in members
    assert people.bot.user_id not in members
    assert (await ben.sync(since))["next_batch"] == got["next_batch"]  # a filter never moves the position
    assert set((await ben.sync(since))["rooms"]["join"]) == {together, other}


async def test_full_state_with_nothing_new_has_a_token_of_its_own(raw, people, together):
    ben = raw(people.ben)
    since = (await ben.sync())["next_batch"]
    for _ in range(2):
        got = await ben.sync(since, full_state="true", timeout=30000)
        assert got["next_batch"] != since
        room = got["rooms"]["join"][together]
        assert room["timeline"]["events"] == []
        assert {event["type"] for event in room["state"]["events"]} >= {"m.room.create", "m.room.member"}
        since = got["next_batch"]


async def test_account_data_reaches_the_other_devices(raw, login, people, together):
    web, phone = raw(people.ben), raw((await login(people.ben)).access_token)
    user = people.ben.user_id
    since = (await phone.sync())["next_batch"]
    await web.ok("PUT", f"/user/{user}/account_data/org.example.theme", json={"dark": True})
    await web.ok("PUT", f"/user/{user}/rooms/{together}/account_data/m.tag", json={"tags": {}})
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(10):
        while len(events) < 2:
            got = await phone.sync(since, timeout=5000)
            since = got["next_batch"]
            events += got["account_data"]["events"]
            events += got["rooms"]["join"].get(together, {}).get("account_data", {}).get("events", [])
    assert {event["type"] for event in events} == {"org.example.theme", "m.tag"}
    assert await phone.ok("GET", f"/user/{user}/account_data/org.example.theme") == {"dark": True}
    assert "org.example.theme" not in str(await raw(people.anna).sync())


async def test_a_direct_room_is_one_and_known_as_direct(raw, people):
    anna, ben = raw(people.anna), raw(people.ben)
    since = (await ben.sync())["next_batch"]
    body = {"is_direct": True, "invite": [people.ben.user_id]}
    room = (await anna.ok("POST", "/createRoom", json=body))["room_id"]
    back = {"is_direct": True, "invite": [people.anna.user_id]}
    assert (await ben.ok("POST", "/createRoom", json=back))["room_id"] == room
    got = await ben.sync(since, timeout=5000)
    assert got["account_data"]["events"] == [{"type": "m.direct", "content": {people.anna.user_id: [room]}}]
    assert got["rooms"]["join"][room]["summary"]["m.heroes"] == [people.anna.user_id]
    await ben.ok("POST", f"/rooms/{room}/leave")
    assert (await anna.ok("POST", "/createRoom", json=body))["room_id"] == room
    assert await ben.ok("GET", "/joined_rooms") == {"joined_rooms": [room]}


async def test_tokens_of_a_restored_or_trimmed_database_begin_again(raw, people, together):
    ben = raw(people.ben)
    since = (await ben.sync())["next_batch"]
    ahead = since.rsplit("_", 2)
    future = f"{ahead[0]}_{int(ahead[1]) + 50}_0"
    assert await ben.fails("GET", f"/sync?since={future}") == (400, "M_UNKNOWN")
    await raw(people.anna).say(together, "修剪之前")
    await raw(people.anna).say(together, "最后一条")
    await asyncio.sleep(0.2)
    head = await call_service(lambda: StreamHead.objects.get(pk=1).pos)
    await call_service(Stream.objects.filter(pos__lt=head).delete)
    room = (await ben.sync(since))["rooms"]["join"][together]
    assert bodies(room)[-2:] == ["修剪之前", "最后一条"]
    assert room["state"]["events"]
    await call_service(StreamHead.objects.filter(pk=1).update, epoch="0ther")
    got = await ben.sync(since)
    assert got["rooms"]["join"][together]["state"]["events"]
    assert got["next_batch"].startswith("s0ther_")


async def test_undrained_events_are_told_once(raw, people, together, delivery, monkeypatch):
    """An event may be visible in its room before the drain has given it a place."""
    ben = raw(people.ben)
    since = (await ben.sync())["next_batch"]
    drain = delivery.drain._drain_all
    monkeypatch.setattr(delivery.drain, "_drain_all", lambda: asyncio.sleep(0))
    monkeypatch.setattr(sync_store, "drain_now", lambda _pool: asyncio.sleep(0))
    await raw(people.anna).say(together, "还在路上")
    got = await ben.sync(since)
    assert got["rooms"]["join"] == {}
    initial = await ben.sync()
    assert "还在路上" not in bodies(initial["rooms"]["join"][together])
    await drain()
    assert bodies((await ben.sync(since))["rooms"]["join"][together]) == ["还在路上"]
    assert bodies((await ben.sync(initial["next_batch"]))["rooms"]["join"][together]) == ["还在路上"]


async def test_who_does_not_wait_sees_what_was_answered_before(raw, people, together):
    anna, ben = raw(people.anna), raw(people.ben)
    since = (await ben.sync())["next_batch"]
    for number in range(20):
        await anna.say(together, f"第{number}条")
        got = await ben.sync(since)
        assert bodies(got["rooms"]["join"][together]) == [f"第{number}条"]
        since = got["next_batch"]


async def test_twenty_rooms_cost_as_many_statements_as_one(raw, people, delivery, monkeypatch):
    anna, ben, asked = raw(people.anna), raw(people.ben), []
    rows = sync_store._rows

    async def counting(pool, statement, params):
        asked.append(statement)
        return await rows(pool, statement, params)

    monkeypatch.setattr(sync_store, "_rows", counting)
    monkeypatch.setattr(rooms_store, "_rows", counting)
    counts = []
    for number in (1, 19):
        for _ in range(number):
            room = await anna.room(invite=[people.ben.user_id])
            await ben.ok("POST", f"/join/{room}")
        asked.clear()
        got = await ben.sync()
        counts.append(len(asked))
    assert len(got["rooms"]["join"]) == 20
    assert counts[0] == counts[1] <= 12


async def test_many_who_begin_at_once_leave_connections_to_the_others(raw, people, monkeypatch):
    anna, whole = raw(people.anna), Collector.collect
    now, most = 0, 0

    async def slowly(self, since):
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(0.05)
        now -= 1
        return await whole(self, since)

    monkeypatch.setattr(Collector, "collect", slowly)
    found = await asyncio.gather(*(anna.sync() for _ in range(12)))
    assert len(found) == 12
    assert most == settings.ASYNC_POOL - 2
