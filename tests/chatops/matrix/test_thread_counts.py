"""Unread counts by thread, for clients that ask for them (C-S API, "Threading" and "Receipts")."""

import pytest

pytestmark = pytest.mark.django_db(transaction=True)

BY_THREAD = '{"room":{"timeline":{"unread_thread_notifications":true}}}'


def in_thread(root):
    return {"m.relates_to": {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}}


def counts(notifications, highlights=0):
    return {"notification_count": notifications, "highlight_count": highlights}


async def room_of(caller, room, **query):
    return (await caller.sync(**query))["rooms"]["join"][room]


@pytest.fixture
async def thread(raw, people, together):
    """Ben's message, to which Anna has replied twice, the second time naming him; and said one thing beside it."""
    anna, ben = raw(people.anna), raw(people.ben)
    root = await ben.say(together, "请各单位报送")
    await anna.say(together, "已报", **in_thread(root))
    last = await anna.say(
        together, "请补充", **in_thread(root), **{"m.mentions": {"user_ids": [people.ben.user_id]}}
    )
    await anna.say(together, "另有一事")
    await ben.ok("POST", f"/rooms/{together}/receipt/m.read/{root}", json={"thread_id": "main"})
    return root, last


async def test_replies_are_counted_with_their_thread(raw, people, together, thread):
    root, _ = thread
    told = await room_of(raw(people.ben), together, filter=BY_THREAD)
    assert told["unread_thread_notifications"] == {root: counts(2, 1)}
    assert told["unread_notifications"]["highlight_count"] == 0
    plain = await room_of(raw(people.ben), together)
    assert "unread_thread_notifications" not in plain
    assert plain["unread_notifications"]["highlight_count"] == 1


async def test_a_receipt_in_a_thread_leaves_the_room_unread(raw, people, together, thread):
    root, last = thread
    ben = raw(people.ben)
    before = (await room_of(ben, together, filter=BY_THREAD))["unread_notifications"]
    await ben.ok("POST", f"/rooms/{together}/receipt/m.read/{last}", json={"thread_id": root})
    told = await room_of(ben, together, filter=BY_THREAD)
    assert told["unread_thread_notifications"] == {}
    assert told["unread_notifications"] == before


async def test_a_receipt_names_a_thread_that_is_there(raw, people, together, thread):
    _, last = thread
    ben = raw(people.ben)
    path = f"/rooms/{together}/receipt/m.read/{last}"
    assert await ben.fails("POST", path, json={"thread_id": "$" + "x" * 43}) == (404, "M_NOT_FOUND")
    assert await ben.fails("POST", path, json={"thread_id": ""}) == (400, "M_INVALID_PARAM")
    fully = f"/rooms/{together}/receipt/m.fully_read/{last}"
    assert await ben.fails("POST", fully, json={"thread_id": "main"}) == (400, "M_INVALID_PARAM")
