"""An archived room is read-only: every writing door of REST, socket and Matrix refuses and leaves nothing behind."""

from datetime import timedelta

import httpx
import pytest
from django.conf import settings

from chatops.models import Confirmation, Event, MediaUse, Mention, PollVote, Room
from chatops.services import messages, pins, polls, rooms
from common import clock
from common.aio import call_service
from tests.chatops.matrix.test_removed import path_of, upload
from tests.support import doors
from tests.support.live import LiveClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

ALREADY = {"/knock/{room}", "/rooms/{room}/upgrade"}  # refused to a member of any room


class Scene:
    """Anna's room with Ben in it; she has said what he may answer, and he what she may recall."""

    def __init__(self, people, room_id, media):
        self.people, self.room_id = people, room_id
        self.room = Room.objects.get(room_id=room_id)
        asked = doors.text(
            "请阅",
            **{"org.tongzhou.confirm": {"required": True}},
            url=f"mxc://{settings.SERVER_NAME}/{media}",
        )
        self.asked = self.say(people.anna, asked)
        self.poll = self.say(people.anna, doors.POLL, "m.poll.start")
        pins.pin(actor=people.anna.actor(), room_id=room_id, event_id=self.asked.event_id)
        self.media = media

    def say(self, who, content, kind="m.room.message"):
        return messages.send(actor=who.actor(), room_id=self.room_id, type=kind, content=content)

    def archive(self):
        self.room.refresh_from_db()
        rooms.do_set_archived(actor=self.people.anna.actor(), room=self.room, archived=True)

    def stored(self):
        """All that saying something in a room leaves there."""
        self.room.refresh_from_db()
        counts = [
            table.objects.filter(room_id=self.room.pk).count()
            for table in (Event, PollVote, Confirmation, Mention, MediaUse)
        ]
        return [*counts, self.room.name, self.room.purpose, self.room.no_forward, self.room.levels]

    def places(self):
        people = self.people
        return {
            "room": self.room_id, "event": self.asked.event_id, "gone": self.asked.event_id,
            "poll": self.poll.event_id, "user": people.anna.user_id, "other": people.ben.user_id,
            "stranger": people.cara.user_id, "media": self.media, "server": settings.SERVER_NAME, "name": "sign",
        }  # fmt: skip


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_DIR = tmp_path / "media"


@pytest.fixture
async def scene(url, people, together):
    media = await upload(url, people.anna)
    made = await call_service(Scene, people, together, media)
    await call_service(made.archive)
    return made


def shut(table):
    return [door for door in table if door.archived == doors.SHUT]


async def walked(scene, table, ask):
    """The writing doors that did not refuse, or left something behind."""
    before, places, wrong = await call_service(scene.stored), scene.places(), []
    for door in shut(table):
        answer = await ask(door, path_of(door.path, places), doors.filled(door.body, places))
        after = await call_service(scene.stored)
        if answer is not None or after != before:
            wrong.append((door.method, door.path, door.body, answer, after != before))
            before = after
    return wrong


async def test_rest_writes_nothing(scene, url, people):
    headers = {"Authorization": f"Bearer {people.anna.secret}"}
    async with httpx.AsyncClient(
        base_url=f"{url}/api/v1", trust_env=False, timeout=30, headers=headers
    ) as rest:

        async def ask(door, path, body):
            answer = await rest.request(door.method, path, json=body)
            refused = answer.status_code == 409 and answer.json()["code"] == "room_archived"
            return None if refused else (answer.status_code, answer.text[:200])

        wrong = await walked(scene, doors.REST, ask)
        assert wrong == [], "\n".join(map(str, wrong))
        places = scene.places()
        for door in doors.REST:
            if door.archived == doors.READS:
                answer = await rest.request(
                    door.method,
                    path_of(door.path, places),
                    params=doors.filled(door.query, places),
                    json=door.body,
                )
                assert answer.status_code == 200, (door.path, answer.text)


async def test_matrix_writes_nothing(scene, raw, people):
    anna = raw(people.anna)

    async def ask(door, path, body):
        answer = await anna(door.method, path, json=body)
        said = answer.json()
        archived = "归档" in said.get("error", "") or door.path in ALREADY
        return None if answer.status_code == 403 and archived else (answer.status_code, answer.text[:200])

    wrong = await walked(scene, doors.MATRIX, ask)
    assert wrong == [], "\n".join(map(str, wrong))


async def test_the_socket_writes_nothing(scene, people, delivery):
    before, places = await call_service(scene.stored), scene.places()
    client = await LiveClient(delivery, people.anna.secret).start()
    await client.wait_for("welcome")
    for place, (kind, content) in enumerate(doors.SAYINGS):
        frame = {"type": "send", "txn": f"s{place}", "room": scene.room_id, "event": kind}
        await client.say({**frame, "content": doors.filled(content, places)})
        refused = await client.wait_for("refused", txn=f"s{place}")
        assert refused["code"] == "room_archived", (kind, content, refused)
    await client.stop()
    assert await call_service(scene.stored) == before


async def test_who_is_invited_does_not_come_in(scene, raw, url, people):
    """An invitation from before, by either door."""
    cara = raw(people.cara)
    await call_service(_reopened, scene, people)
    before = await call_service(scene.stored)
    assert (await cara("POST", f"/join/{scene.room_id}", json={})).status_code == 403
    headers = {"Authorization": f"Bearer {people.cara.secret}"}
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30, headers=headers) as rest:
        answer = await rest.post(f"/api/v1/rooms/{scene.room_id}/join")
    assert (answer.status_code, answer.json()["code"]) == (409, "room_archived")
    assert await call_service(scene.stored) == before


def _reopened(scene, people):
    from chatops.services import membership

    actor = people.anna.actor()
    rooms.do_set_archived(actor=actor, room=scene.room, archived=False)
    membership.invite(actor=actor, room_id=scene.room_id, staff_number=people.cara.number)
    scene.archive()


async def test_a_deadline_of_before_says_nothing_in_it(people, together, url):
    media = await upload(url, people.anna)

    def look():
        scene = Scene(people, together, media)
        due = clock.now() + timedelta(hours=1)
        ours = {"anonymous": False, "deadline": int(due.timestamp() * 1000)}
        poll = scene.say(people.anna, {**doors.POLL, "org.tongzhou.poll": ours}, "m.poll.start")
        scene.archive()
        before = scene.stored()
        with clock.travel(due + timedelta(minutes=1)):
            polls.end_due(together, poll.event_id)
            assert scene.stored() == before
            assert polls.results(actor=people.ben.actor(), room_id=together, event_id=poll.event_id)["ended"]

    await call_service(look)
