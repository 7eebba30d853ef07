"""What a room's settings hold back, at every door: history from before one joined, forwarding, downloading."""

import json

import httpx
import pytest
from django.conf import settings

from chatops.models import Event
from chatops.services import membership, messages, pins, reactions, redactions, room_settings
from common.aio import call_service
from tests.chatops.matrix.test_removed import WORD, path_of, upload
from tests.support import doors
from tests.support.live import LiveClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_DIR = tmp_path / "media"


@pytest.fixture
def rest(url):
    def of(person):
        headers = {"Authorization": f"Bearer {person.secret}"}
        return httpx.AsyncClient(base_url=f"{url}/api/v1", trust_env=False, timeout=30, headers=headers)

    return of


class Past:
    """What was said before Cara came into a room that keeps its past; she is in it now."""

    def __init__(self, people, room, media):
        self.people, self.room, self.media = people, room, media
        actor = people.anna.actor()
        room_settings.change(actor=actor, room_id=room, changes={"history_shared": False})
        self.old = self.say(doors.text(f"{WORD} 早先"))
        fresh = {"m.new_content": doors.text(f"{WORD} 改")}
        self.say(doors.text("* 改", **fresh, **doors.relation("m.replace", self.old.event_id)))
        self.say(doors.text(f"{WORD} 话题", **doors.relation("m.thread", self.old.event_id)))
        reactions.react(actor=actor, room_id=room, event_id=self.old.event_id, key=WORD, on=True)
        self.poll = self.say({**doors.POLL, "m.text": [{"body": WORD}]}, "m.poll.start")
        uri = f"mxc://{settings.SERVER_NAME}/{media}"
        self.say({"msgtype": "m.file", "body": f"{WORD}.png", "url": uri})
        gone = self.say(doors.text("将撤回"))
        redactions.recall(actor=actor, room_id=room, event_id=gone.event_id, reason=f"{WORD} 缘由")
        self.gone = gone
        pins.pin(actor=actor, room_id=room, event_id=self.old.event_id)
        membership.add_members(actor=actor, room_id=room, staff_ids=[people.cara.pk])
        # Said today in a thread of before: the reply is hers to read, its root is not.
        self.today = self.say(doors.text("今日", **doors.relation("m.thread", self.old.event_id)))

    def say(self, content, kind="m.room.message"):
        return messages.send(actor=self.people.anna.actor(), room_id=self.room, type=kind, content=content)

    def places(self):
        people = self.people
        return {
            "room": self.room, "event": self.old.event_id, "gone": self.gone.event_id,
            "poll": self.poll.event_id, "user": people.cara.user_id, "other": people.ben.user_id,
            "stranger": people.bot.user_id, "media": self.media, "server": settings.SERVER_NAME,
            "since": "", "word": WORD, "name": "sign", "data_type": "x.y", "tag": "u.x",
            "rel_type": "m.thread", "event_type": "m.room.message",
        }  # fmt: skip


# What puts Cara or others out of the room, or ends it; the rest leaves her where she is.
LEAVING = ("/leave", "/forget", "/kick", "/ban", "/archive", "/members/{other}")


def staying(table):
    return [door for door in table if not door.path.endswith(LEAVING)]


def is_wrong(answer, *, tells=False):
    """A word of what was said before, a fault, or an answer about an event that she may not know of."""
    said = answer.text.replace(f'"q":"{WORD}"', "").replace(f'"highlights":["{WORD}"]', "")
    return WORD in said or answer.status_code >= 500 or (tells and answer.is_success)


async def test_nothing_of_before_one_joined_is_to_be_had(people, together, url, raw, rest, delivery):
    media = await upload(url, people.anna)
    past = await call_service(Past, people, together, media)
    places = past.places()
    async with rest(people.cara) as asks:
        wrong = await at_rest(asks, places)
    wrong += await at_matrix(raw(people.cara), places)
    live = await LiveClient(delivery, people.cara.secret).start(positions={together: 0})
    await live.wait_for("welcome")
    await live.reach(together, past.today.seq)
    assert WORD not in json.dumps(live.frames, ensure_ascii=False)
    await live.stop()
    assert wrong == [], "\n".join(map(str, wrong))


async def at_rest(asks, places):
    wrong = []
    for door in staying(doors.REST):
        body = doors.filled(door.body, places) if door.method != "GET" else None
        query = doors.filled(door.query, places)
        answer = await asks.request(door.method, path_of(door.path, places), params=query, json=body)
        if is_wrong(answer, tells="{event}" in door.path or "{poll}" in door.path):
            wrong.append((door.method, door.path, door.body, answer.status_code, answer.text[:300]))
    for path in doors.REST_AROUND:
        answer = await asks.get(path_of(path, places))
        if is_wrong(answer, tells=path.startswith("/media")):
            wrong.append(("GET", path, None, answer.status_code, answer.text[:300]))
    return wrong


async def at_matrix(asks, places):
    wrong = []
    for door in staying(doors.MATRIX):
        body = doors.filled(door.body, places) if door.method != "GET" else None
        query = {key: value for key, value in doors.filled(door.query, places).items() if value}
        answer = await asks(door.method, path_of(door.path, places), params=query, json=body)
        if is_wrong(answer, tells="{event}" in door.path and "/report/" not in door.path):
            wrong.append((door.method, door.path, door.body, answer.status_code, answer.text[:300]))
    for method, asked, body in doors.MATRIX_AROUND:
        path = asked.replace("?since={since}", "")
        answer = await asks(method, path_of(path, places), json=doors.filled(body, places) if body else None)
        if is_wrong(answer, tells="/media/" in path):
            wrong.append((method, path, None, answer.status_code, answer.text[:300]))
    return wrong


@pytest.mark.parametrize("mode", ["each", "merged"])
async def test_a_room_without_forwarding_lets_nothing_out(people, together, raw, rest, delivery, mode):
    ben = raw(people.ben)
    sent, other = await ben.say(together, "内部"), await ben.room(name="另一群")
    asked = {"from_room": together, "events": [sent], "mode": mode, "comment": "看"}
    async with rest(people.ben) as asks:
        assert (await asks.post(f"/rooms/{other}/forwards", json=asked)).status_code == 201
        await change(people, together, no_forward=True)
        before = await call_service(_seen, other)
        for target in (other, together):
            answer = await asks.post(f"/rooms/{target}/forwards", json=asked)
            assert (answer.status_code, answer.json()["code"]) == (403, "no_forward")
        # A client that makes the copy by itself cannot say that it is one.
        for forged in (
            {"org.tongzhou.forward": {"room_id": together, "event_id": sent}},
            {"org.tongzhou.merged": {"title": "记录", "items": []}},
        ):
            body = {"txn_id": "f", "content": doors.text("内部", **forged)}
            answer = await asks.post(f"/rooms/{other}/messages", json=body)
            assert answer.status_code in {400, 403, 422}, answer.text
            put = await ben("PUT", f"/rooms/{other}/send/m.room.message/f{mode}", json=body["content"])
            assert put.status_code in {400, 403}, put.text
            live = await LiveClient(delivery, people.ben.secret).start()
            await live.wait_for("welcome")
            await live.send(other, "内部", "f", **forged)
            await live.wait_for("refused", txn="f")
            await live.stop()
    assert await call_service(_seen, other) == before


async def change(people, room, **changes):
    def do():
        room_settings.change(actor=people.anna.actor(), room_id=room, changes=changes)

    await call_service(do)


def _seen(room_id):
    return Event.objects.filter(room_id__in=_keys(room_id)).count()


def _keys(room_id):
    from chatops.models import Room

    return Room.objects.filter(room_id=room_id).values_list("pk", flat=True)


@pytest.mark.parametrize("flag", ["no_forward", "no_download"])
async def test_a_file_of_such_a_room_is_shown_nowhere_else(people, together, url, raw, rest, delivery, flag):
    media = await upload(url, people.anna)
    uri = f"mxc://{settings.SERVER_NAME}/{media}"
    shown = {"msgtype": "m.image", "body": "水位.png", "url": uri}
    await raw(people.anna).send(together, "m.room.message", shown)
    await change(people, together, **{flag: True})
    ben = raw(people.ben)
    other = await ben.room(name="另一群")
    before = await call_service(_seen, other)
    edit = {**doors.text("* 改"), "m.new_content": shown}
    async with rest(people.ben) as asks:
        for content in (shown, {**doors.text("图"), "info": {"thumbnail_url": uri}}):
            answer = await asks.post(f"/rooms/{other}/messages", json={"txn_id": "x", "content": content})
            assert (answer.status_code, answer.json()["code"]) == (403, "file_not_yours")
            assert (
                await ben("PUT", f"/rooms/{other}/send/m.room.message/x", json=content)
            ).status_code == 403
            live = await LiveClient(delivery, people.ben.secret).start()
            await live.wait_for("welcome")
            await live.say({"type": "send", "txn": "x", "room": other, "event": "m.room.message",
                            "content": content})  # fmt: skip
            assert (await live.wait_for("refused", txn="x"))["code"] == "file_not_yours"
            await live.stop()
        assert await call_service(_seen, other) == before
        own = await ben.say(other, "原文")
        edit |= doors.relation("m.replace", own)
        answer = await asks.post(f"/rooms/{other}/messages", json={"txn_id": "e", "content": edit})
        assert answer.json()["code"] == "file_not_yours"
        at = f"/_matrix/client/v1/media/%s/{settings.SERVER_NAME}/{media}"
        whole = 403 if flag == "no_download" else 200
        for headers in ({}, {"Range": "bytes=0-9"}):
            for path in (f"/media/{media}", f"/media/{media}?download=true"):
                answer = await asks.get(path, headers=headers)
                assert answer.status_code == (206 if headers and whole == 200 else whole), answer.text
            for name in ("", "/a.png"):
                answer = await ben("GET", at % "download" + name, headers=headers)
                assert answer.status_code == (206 if headers and whole == 200 else whole)
        assert (await asks.get(f"/media/{media}/thumbnail")).status_code == 200
        assert (await ben("GET", at % "thumbnail")).status_code == 200
