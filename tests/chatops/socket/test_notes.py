"""What a lagging client sends again, and notes that name nobody."""

import pytest

from chatops.models import Event
from chatops.services import messages, polls
from common.aio import call_service

pytestmark = pytest.mark.django_db(transaction=True)


def body_count(room, body):
    return Event.objects.filter(room_id=room, content__body=body).count()


async def test_what_a_lagging_client_sent_is_one_message_after_it_sends_it_again(cast, connect, settings):
    settings.LIVE_QUEUE_FRAMES = 64
    owner, slow = await connect(cast.owner), await connect(cast.anna, reports=False)
    for number in range(80):
        await owner.acked(await owner.send(cast.id, str(number)))
    await slow.wait_for("resume")
    taken = len(slow.frames)
    txn = await slow.send(cast.id, "没有回执")
    await owner.reach(cast.id, cast.head + 81)  # stored and told to others, its acknowledgement was dropped
    assert len(slow.frames) == taken
    slow._reports = True
    await slow.say({"type": "resume", "frames": taken, "positions": slow.positions})
    await slow.send(cast.id, "没有回执", txn)
    ack = await slow.acked(txn)
    events = await slow.reach(cast.id, cast.head + 81)
    assert [event["event_id"] for event in events if event["content"].get("body") == "没有回执"] == [
        ack["event_id"]
    ]
    assert await call_service(body_count, cast.room.pk, "没有回执") == 1


async def test_an_anonymous_vote_is_told_at_once_and_names_nobody(cast, connect):
    owner, anna = await connect(cast.owner), await call_service(cast.anna.actor)
    answers = [{"m.id": key, "m.text": [{"body": key}]} for key in "ab"]
    content = {
        "m.poll": {"question": {"m.text": [{"body": "几时开会"}]}, "answers": answers, "max_selections": 1},
        "body": "几时开会",
        "org.tongzhou.poll": {"anonymous": True},
    }
    poll = await call_service(
        messages.send, actor=anna, room_id=cast.id, type="m.poll.start", content=content
    )
    await owner.reach(cast.id, poll.seq)
    await call_service(polls.vote, actor=anna, room_id=cast.id, event_id=poll.event_id, choices=["a"])
    note = await owner.wait(lambda frame: frame["type"] == "room_note" and frame["kind"] == "poll", 2)
    assert (note["event"], cast.anna.user_id in str(note)) == (poll.event_id, False)
