"""Long polls that are answered from what this process knows already tell the same as the collector would."""

import asyncio

import orjson
import pytest

from chatops.matrix.answer import Collector
from chatops.matrix.endpoints import sync
from chatops.matrix.news import News

pytestmark = pytest.mark.django_db(transaction=True)


PASSING = {"age", "unread_notifications", "ephemeral"}


def sent(body):
    """As a client reads it."""
    return timeless(orjson.loads(orjson.dumps(body)))


def timeless(value):
    """Without ages, counts and who is typing, which may change between two readings."""
    if isinstance(value, dict):
        return {key: timeless(one) for key, one in value.items() if key not in PASSING}
    return [timeless(one) for one in value] if isinstance(value, list) else value


@pytest.fixture
def compared(monkeypatch):
    """Lets the collector answer too whenever the quick way has; returns the pairs of bodies."""
    pairs, quick = [], News.collect

    async def both(self, delivery, actor, sieve, since, rooms, keys):
        found = await quick(self, delivery, actor, sieve, since, rooms, keys)
        if found is not None and found.body is not None:
            whole = await Collector(delivery, actor, sieve, full_state=False).collect(since)
            if whole.token == found.token:  # else something more has happened in between
                pairs.append((sent(found.body), sent(whole.body)))
        return found

    monkeypatch.setattr(News, "collect", both)
    return pairs


async def follow(one, token, until):
    """Poll until the text is there; the texts heard on the way, and the last unread counts."""
    heard, counts = [], {}
    async with asyncio.timeout(30):
        while until not in heard:
            got = await one.sync(token, timeout=5000)
            token = got["next_batch"]
            for room in got["rooms"]["join"].values():
                heard += [event["content"].get("body") for event in room["timeline"]["events"]]
                counts = room["unread_notifications"]
    return heard, counts


async def test_messages_reach_every_poll_alike_and_once(raw, people, together, compared):
    everybody = [raw(people.anna), raw(people.ben), raw(people.bot)]
    anna, ben = everybody[:2]
    tokens = [(await one.sync())["next_batch"] for one in everybody]
    polls = [
        asyncio.create_task(follow(one, token, "末")) for one, token in zip(everybody, tokens, strict=True)
    ]
    await asyncio.sleep(0.2)
    for number in range(5):
        await anna.say(together, f"第{number}条")
    mention = {"m.mentions": {"user_ids": [people.ben.user_id]}}
    await ben.say(together, "请看", **{"m.mentions": {"user_ids": [people.anna.user_id]}})
    await anna.say(together, "请阅", **mention)
    await anna.say(together, "末")
    heard = await asyncio.gather(*polls)
    said = [*(f"第{number}条" for number in range(5)), "请看", "请阅", "末"]
    assert [texts for texts, _counts in heard] == [said] * 3
    for one, (_texts, counts) in zip(everybody, heard, strict=True):
        assert (await one.sync())["rooms"]["join"][together]["unread_notifications"] == counts
    assert compared, "no poll went the quick way"
    for quick, whole in compared:
        assert quick == whole


async def test_what_is_said_of_a_message_is_left_to_the_collector(raw, people, together, compared):
    anna, ben = raw(people.anna), raw(people.ben)
    token = (await ben.sync())["next_batch"]
    poll = asyncio.create_task(follow(ben, token, "* 改过"))
    await asyncio.sleep(0.2)
    event = await anna.say(together, "写错")
    await anna.ok("PUT", f"/rooms/{together}/typing/{people.anna.user_id}", json={"typing": True})
    edit = {"m.new_content": {"msgtype": "m.text", "body": "改过"}}
    edit["m.relates_to"] = {"rel_type": "m.replace", "event_id": event}
    await anna.say(together, "* 改过", **edit)
    await poll
    for quick, whole in compared:
        assert quick == whole


async def test_a_recalled_message_is_not_told_to_a_poll_that_comes_later(raw, people, together):
    anna, ben, bot = raw(people.anna), raw(people.ben), raw(people.bot)
    first, second = (await ben.sync())["next_batch"], (await bot.sync())["next_batch"]
    quick = asyncio.create_task(ben.sync(first, timeout=20000))
    await asyncio.sleep(0.2)
    event = await anna.say(together, "不该发的话")
    assert "不该发的话" in str(await quick)
    await anna.ok("PUT", f"/rooms/{together}/redact/{event}/r1", json={})
    assert "不该发的话" not in str(await bot.sync(second, timeout=20000))


async def test_a_token_that_is_no_good_any_more_ends_the_polls_within_seconds(raw, people, together):
    ben = raw(people.ben)
    token = (await ben.sync())["next_batch"]
    await ben.sync(token, timeout=10)
    poll = asyncio.create_task(ben("GET", "/sync", params={"since": token, "timeout": 20000}))
    await asyncio.sleep(0.2)
    await ben.ok("POST", "/logout", json={})
    async with asyncio.timeout(10):
        assert (await poll).status_code == 401
        assert (await ben("GET", "/sync", params={"since": token, "timeout": 0})).status_code == 401


async def test_who_asks_again_at_once_gets_the_news_of_a_beat_together(raw, people, together, monkeypatch):
    monkeypatch.setattr(sync, "BEAT_S", 2.0)
    anna, ben = raw(people.anna), raw(people.ben)
    since = (await ben.sync())["next_batch"]
    since = (await ben.sync(since, timeout=1))["next_batch"]
    poll = asyncio.create_task(ben.sync(since, timeout=20_000))
    await asyncio.sleep(0.1)
    first = await anna.say(together, "一")
    second = await anna.say(together, "二")
    events = (await poll)["rooms"]["join"][together]["timeline"]["events"]
    assert [event["event_id"] for event in events] == [first, second]
