"""Who was removed, after that: every door of the room, REST, Matrix and socket, also one that was open meanwhile."""

import asyncio
import json
from urllib.parse import quote

import httpx
import pytest
from django.conf import settings

from chatops.matrix.endpoints.routes import SIGNED_IN
from chatops.services import membership, messages, pins, polls, reactions, redactions, room_settings
from common.aio import call_service
from config.api import api
from tests.support import doors, files
from tests.support.live import LiveClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

WORD = "移出之后"
# At Matrix who has left goes on reading the room as it was, and may tidy up after it.
LEFT_MAY = {"/forget", "/leave", "/account_data/", "/tags", "/unban"}


def test_every_route_of_a_room_has_a_row():
    """A door that nobody has thought about is a door that nobody has closed."""
    mine = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, deeds in api.get_openapi_schema()["paths"].items()
        for method in deeds
        if path.startswith("/api/v1/rooms/{room}")
    }
    assert {door.known_as for door in doors.REST} == mine
    theirs = {
        (method, doors.plain(path))
        for method, path, _ in SIGNED_IN
        if "{room_id}" in path and "/room_keys/" not in path  # 404 for everybody
    }
    known = {door.known_as for door in doors.MATRIX}
    assert {(method, _named(path)) for method, path in known} == {(m, _named(path)) for m, path in theirs}


def _named(path):
    for short in ("stranger", "other", "user", "gone"):
        path = path.replace(f"{{{short}}}", "{user}")
    return path


class Story:
    """Ben is taken out; what the others do after that has the word in it."""

    def __init__(self, people, room):
        self.anna, self.ben, self.cara, self.room = people.anna, people.ben, people.cara, room
        self.before = self.say(self.anna, "到岗")
        self.gone = self.say(self.anna, "将撤回")
        self.poll = self.say(self.anna, **doors.POLL, kind="m.poll.start")

    def say(self, who, body="", kind="m.room.message", **more):
        content = doors.text(body, **more) if kind == "m.room.message" else more
        return messages.send(actor=who.actor(), room_id=self.room, type=kind, content=content)

    def remove(self):
        membership.remove_member(actor=self.anna.actor(), room_id=self.room, staff_number=self.ben.number)

    def go_on(self, media):
        actor, room, event = self.anna.actor(), self.room, self.before.event_id
        self.say(self.anna, f"{WORD} 新消息")
        self.say(self.anna, f"{WORD} 话题", **doors.relation("m.thread", event))
        fresh = {"m.new_content": doors.text(f"{WORD} 改")}
        self.say(self.anna, f"* {WORD} 改", **fresh, **doors.relation("m.replace", event))
        self.say(
            self.anna, f"{WORD}.png", url=f"mxc://{settings.SERVER_NAME}/{media}", filename=f"{WORD}.png"
        )
        self.say(self.anna, f"{WORD} @", **{"m.mentions": {"user_ids": [self.ben.user_id], "room": True}})
        reactions.react(actor=actor, room_id=room, event_id=event, key=WORD, on=True)
        redactions.recall(actor=actor, room_id=room, event_id=self.gone.event_id, reason=f"{WORD} 缘由")
        polls.vote(actor=actor, room_id=room, event_id=self.poll.event_id, choices=["a"])
        pins.pin(actor=actor, room_id=room, event_id=event)
        changes = {"name": f"{WORD} 群名", "purpose": f"{WORD} 用途"}
        room_settings.change(actor=actor, room_id=room, changes=changes)
        membership.do_add_members(actor=actor, room=_room(room), staff_ids=[self.cara.pk])

    def places(self, media, since):
        return {
            "room": self.room,
            "event": self.before.event_id,
            "gone": self.gone.event_id,
            "poll": self.poll.event_id,
            "user": self.ben.user_id,
            "other": self.anna.user_id,
            "stranger": self.cara.user_id,
            "media": media,
            "server": settings.SERVER_NAME,
            "since": since,
            "word": WORD,
            "name": "sign",
            "data_type": "x.y",
            "tag": "u.x",
            "rel_type": "m.thread",
            "event_type": "m.room.message",
        }


def _room(room_id):
    from chatops.models import Room

    return Room.objects.get(room_id=room_id)


def path_of(path, places):
    """In a path each filled place is one segment."""
    return doors.filled(path, {name: quote(said, safe="") for name, said in places.items()})


@pytest.fixture
async def story(people, together):
    return await call_service(Story, people, together)


@pytest.fixture
async def rest(url, people):
    headers = {"Authorization": f"Bearer {people.ben.secret}"}
    base = f"{url}/api/v1"
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=30, headers=headers) as client:
        yield client


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_DIR = tmp_path / "media"


async def test_a_removed_member_gets_nothing_more_at_any_door(story, raw, rest, url, people, delivery):
    ben = raw(people.ben)
    since = (await ben.sync())["next_batch"]
    polling = asyncio.create_task(ben.sync(since, timeout=4000))
    live = await LiveClient(delivery, people.ben.secret).start()
    await live.wait_for("welcome")
    media = await upload(url, people.anna)
    await call_service(story.remove)
    await call_service(story.go_on, media)
    told = await polling
    assert WORD in json.dumps(await raw(people.anna).sync(), ensure_ascii=False)
    assert WORD not in json.dumps(told, ensure_ascii=False)
    again = await ben.sync(told["next_batch"], timeout=300)
    assert WORD not in json.dumps(again, ensure_ascii=False)
    places = story.places(media, since)
    wrong = await at_rest(rest, places) + await at_matrix(ben, places)
    await live.wait_for("left")
    assert WORD not in json.dumps(live.frames, ensure_ascii=False)
    await live.stop()
    assert wrong == [], "\n".join(map(str, wrong))


async def upload(url, person):
    headers = {"Authorization": f"Bearer {person.secret}"}
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30, headers=headers) as client:
        sent = await client.post(
            "/api/v1/media", files={"file": (f"{WORD}.png", files.picture(), "image/png")}
        )
    assert sent.status_code == 201, sent.text
    return sent.json()["media_id"]


async def at_rest(client, places):
    """What any door says beside "not found"; uninvited joining and files of others are refused."""
    wrong = []
    for door in doors.REST:
        answer = await client.request(
            door.method,
            path_of(door.path, places),
            params=doors.filled(door.query, places),
            json=doors.filled(door.body, places) if door.method != "GET" else None,
        )
        is_foreign = door.path.endswith("/join") or "{media}" in json.dumps(door.body)
        if answer.status_code != (403 if is_foreign else 404) or WORD in answer.text:
            wrong.append((door.method, door.path, door.body, answer.status_code, answer.text[:300]))
    for path in doors.REST_AROUND:
        answer = await client.get(path_of(path, places))
        said = answer.text.replace(f'"q":"{WORD}"', "")
        if answer.status_code not in {200, 404} or WORD in said or places["room"] in said:
            wrong.append(("GET", path, None, answer.status_code, answer.text[:300]))
    return wrong


async def at_matrix(asks, places):
    """At no door a word of what came later, and nothing that can be written."""
    wrong = []  # first around the room: one of its doors strikes it off his list
    for method, path, body in doors.MATRIX_AROUND:
        answer = await asks(method, path_of(path, places), json=doors.filled(body, places) if body else None)
        said = answer.text.replace(f'"highlights":["{WORD}"]', "")
        if answer.status_code not in {200, 403, 404} or WORD in said:
            wrong.append((method, path, None, answer.status_code, answer.text[:300]))
    for door in doors.MATRIX:
        answer = await asks(
            door.method,
            path_of(door.path, places),
            params=doors.filled(door.query, places),
            json=doors.filled(door.body, places) if door.method != "GET" else None,
        )
        may = door.method == "GET" or any(part in door.path for part in LEFT_MAY)
        fine = answer.status_code in {200, 400, 403, 404} if may else answer.status_code in {400, 403, 404}
        if not fine or WORD in answer.text:
            wrong.append((door.method, door.path, door.body, answer.status_code, answer.text[:300]))
    return wrong
