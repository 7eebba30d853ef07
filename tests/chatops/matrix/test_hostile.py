"""What a client of bad intent sends is refused or harmless, the same on both doors, and others go on."""

import uuid
from typing import Any

import pytest

from chatops.store.models import Event, Room
from common.aio import call_service
from tests.support import files
from tests.support.live import LiveClient

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = {"msgtype": "m.text", "body": "x"}
NESTED: dict[str, Any] = {"a": [[[[1]]]]}
for _ in range(40):
    NESTED = {"a": NESTED}
MALFORMED = {
    "too deep": {**TEXT, "more": NESTED},
    "a huge number": {**TEXT, "size": 2**53},
    "a fraction": {**TEXT, "size": 0.5},
    "too large": {**TEXT, "more": "字" * 22_000},
    "many keys too large": {**TEXT, **{f"k{number}": "v" for number in range(9_000)}},
    "half a pair": {**TEXT, "more": "\udcff"},
    "the end of a string": {**TEXT, "a\x00": "b"},
    "no text": {"msgtype": "m.text", "body": ["x"]},
    "no kind": {"body": "x"},
    "a relation without end": {**TEXT, "m.relates_to": {"rel_type": "m.reference", "event_id": "$" + "x" * 4000}},
    "a kind of relation without end": {**TEXT, "m.relates_to": {"rel_type": "r" * 4000, "event_id": "$x"}},
    "words in another's mouth": {**TEXT, "org.tongzhou.forward": {"name": "市长", "event_id": "$x"}},
    "mentions without end": {**TEXT, "m.mentions": {"user_ids": [f"@{n}:tongzhou.localhost" for n in range(500)]}},
}  # fmt: skip
# Of the wrong type, but where nothing looks at them: taken as they are, and without effect.
ODD = [
    {**TEXT, "m.relates_to": "x"},
    {**TEXT, "m.relates_to": {"rel_type": ["m.thread"], "event_id": {}}},
    {**TEXT, "m.relates_to": {"m.in_reply_to": 7}},
    {**TEXT, "m.mentions": ["@x"], "org.tongzhou.mentions": 7},
    {**TEXT, "format": "org.matrix.custom.html", "formatted_body": 7},
    {**TEXT, "url": {"mxc": 1}, "info": [], "file": "x"},
]


class Door:
    """Sends as one person by the Matrix door or the live socket; answers (event id or "", error code or "")."""

    def __init__(self, raw, live):
        self._raw, self._live = raw, live

    async def send(self, room, kind, content, txn=""):
        txn = txn or str(uuid.uuid4())
        if self._live is None:
            try:
                answer = await self._raw("PUT", f"/rooms/{room}/send/{kind}/{txn}", json=content)
            except UnicodeEncodeError:  # the library sends no such thing; as others would write it
                said = b'{"msgtype":"m.text","body":"x","more":"\\udcff"}'
                answer = await self._raw("PUT", f"/rooms/{room}/send/{kind}/{txn}", content=said)
            assert answer.status_code < 500, answer.text
            body = answer.json()
            return body.get("event_id", ""), body.get("errcode", "")
        self._live.frames.clear()
        frame = {"type": "send", "txn": txn, "room": room, "event": kind, "content": content}
        try:
            await self._live.say(frame)
        except TypeError:  # the same
            await self._live.say('{"type":"send","txn":"x","room":"x","content":{"body":"\\udcff"}}')
        answer = await self._live.wait(lambda one: "acks" in one or one["type"] == "refused")
        if answer["type"] == "refused":
            assert answer["message"]
            return "", answer["code"]
        return answer["acks"][0]["event_id"], ""


@pytest.fixture(params=["matrix", "socket"])
async def door(request, raw, people, delivery):
    if request.param == "matrix":
        yield lambda person: _by_matrix(raw, person)
        return
    opened = []

    async def by_socket(person):
        client = await LiveClient(delivery, person.secret).start()
        await client.wait_for("welcome")
        opened.append(client)
        return Door(None, client)

    yield by_socket
    for client in opened:
        await client.stop()


async def _by_matrix(raw, person):
    return Door(raw(person), None)


def stored(room):
    key = Room.objects.get(room_id=room).pk
    return Event.objects.filter(room_id=key, type="m.room.message").count()


def relation(kind, event_id, **more):
    return {"m.relates_to": {"rel_type": kind, "event_id": event_id, **more}}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
async def test_what_cannot_be_kept_is_refused_and_the_next_goes_on(door, people, together, content):
    ben = await door(people.ben)
    event, code = await ben.send(together, "m.room.message", content)
    assert (event, bool(code)) == ("", True)
    assert await call_service(stored, together) == 0
    assert (await ben.send(together, "m.room.message", TEXT))[0]


async def test_what_is_of_the_wrong_type_has_no_effect(door, raw, people, together):
    ben = await door(people.ben)
    for content in ODD:
        event, code = await ben.send(together, "m.room.message", content)
        assert event, (content, code)
    page = await raw(people.anna).ok("GET", f"/rooms/{together}/messages", params={"dir": "b"})
    assert len([one for one in page["chunk"] if one["type"] == "m.room.message"]) == len(ODD)
    assert (await raw(people.anna).sync())["rooms"]["join"][together]["timeline"]["events"]


async def test_a_transaction_again_with_other_words_says_nothing_new(door, raw, people, together):
    ben = await door(people.ben)
    first, _ = await ben.send(together, "m.room.message", TEXT, "t1")
    again, _ = await ben.send(together, "m.room.message", {**TEXT, "body": "别的"}, "t1")
    assert again == first
    poll, _ = await ben.send(together, "m.room.topic", {"topic": "别的"}, "t1")
    assert poll == first
    assert await call_service(stored, together) == 1
    # Another's transactions are another's.
    other, _ = await (await door(people.anna)).send(together, "m.room.message", TEXT, "t1")
    assert other not in {"", first}


@pytest.mark.parametrize("txn", ["x" * 2000, "", "a\x00b"], ids=["long", "empty", "nul"])
async def test_unusable_transaction_ids_are_refused(people, together, delivery, txn):
    client = await LiveClient(delivery, people.ben.secret).start()
    await client.wait_for("welcome")
    await client.say({"type": "send", "txn": txn, "room": together, "content": TEXT})
    assert (await client.wait_for("refused", txn=txn))["code"] == "bad_input"
    await client.acked(await client.send(together, "仍可发送"))
    await client.stop()


async def test_nobody_speaks_of_what_is_not_theirs_or_elsewhere(door, raw, people, together):
    anna, cara = raw(people.anna), raw(people.cara)
    theirs = await anna.say(together, "原话")
    elsewhere = await cara.room()
    hidden = await cara.say(elsewhere, "别处的话")
    ben = await door(people.ben)
    fresh = {"m.new_content": TEXT}
    forged = [
        ("m.room.message", {**TEXT, **relation("m.replace", theirs), **fresh}),
        ("m.room.message", {**TEXT, **relation("m.replace", hidden), **fresh}),
        ("m.room.message", {**TEXT, **relation("m.thread", hidden)}),
        ("m.reaction", relation("m.annotation", hidden, key="好")),
        ("m.reaction", relation("m.annotation", "$nothing", key="好")),
        ("m.poll.response", {**relation("m.reference", hidden), "m.selections": ["a"]}),
        ("m.poll.end", relation("m.reference", theirs)),
        ("m.room.redaction", {"redacts": theirs}),
        ("m.room.member", {"membership": "join"}),
        ("m.room.power_levels", {"users": {people.ben.user_id: 100}}),
    ]
    for kind, content in forged:
        event, code = await ben.send(together, kind, content)
        assert (event, bool(code)) == ("", True), (kind, content)
    # In a room of others it is as if there were none.
    answers = set()
    for room in (elsewhere, "!nothing:tongzhou.localhost"):
        for kind, content in [
            ("m.room.message", TEXT),
            ("m.reaction", relation("m.annotation", hidden, key="好")),
        ]:
            answers.add(await ben.send(room, kind, content))
    assert len(answers) == 1, answers
    assert await call_service(stored, together) == 1
    page = await cara.ok("GET", f"/rooms/{elsewhere}/messages", params={"dir": "b"})
    assert all(one["sender"] != people.ben.user_id for one in page["chunk"])


async def test_a_reply_to_elsewhere_shows_nothing_of_it(door, raw, people, together):
    cara = raw(people.cara)
    hidden = await cara.say(await cara.room(), "别处的话")
    event, _ = await (await door(people.ben)).send(
        together, "m.room.message", {**TEXT, "m.relates_to": {"m.in_reply_to": {"event_id": hidden}}}
    )
    anna = raw(people.anna)
    assert "别处的话" not in (await anna("GET", f"/rooms/{together}/event/{event}")).text
    assert await anna.fails("GET", f"/rooms/{together}/event/{hidden}") == (404, "M_NOT_FOUND")
    assert await anna.fails("GET", f"/rooms/{together}/context/{hidden}") == (404, "M_NOT_FOUND")


async def test_files_are_not_found_by_their_ids_or_by_showing_them(
    door, raw, people, together, settings, tmp_path
):
    settings.MEDIA_DIR = tmp_path / "media"
    cara = raw(people.cara)
    address = (await cara.ok("POST", "/_matrix/media/v3/upload", content=files.picture()))["content_uri"]
    ben, path = await door(people.ben), address.removeprefix("mxc://")
    for shown in (
        {"msgtype": "m.image", "body": "a", "url": address},
        {"msgtype": "m.text", "body": "a", "info": {"thumbnail_url": address}},
        {**TEXT, "m.new_content": {"msgtype": "m.image", "body": "a", "url": address}},
    ):
        assert (await ben.send(together, "m.room.message", shown))[1]
    asks, server = raw(people.ben), path.partition("/")[0]
    guessed = [path, f"{server}/{'0' * 32}", f"{server}/..%2f..%2fetc%2fpasswd"]
    paths = [
        f"/_matrix/client/v1/media/{kind}/{one}" for one in guessed for kind in ("download", "thumbnail")
    ]
    answers = [await asks("GET", path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.json()["errcode"] for answer in answers} == {"M_NOT_FOUND"}


async def test_the_limit_of_sends_is_the_persons_whatever_the_device(raw, login, people, together, delivery):
    delivery.limits.per_minute = 8
    client = await LiveClient(delivery, people.ben.secret).start()
    await client.wait_for("welcome")
    other = await login(people.ben, "OTHER")
    asks = raw(other.access_token)
    for number in range(2):
        await client.acked(await client.send(together, str(number)))
        await asks.say(together, str(number))
    refused = await client.wait_for("refused", txn=await client.send(together, "多了"))
    assert (refused["code"], refused["retry_after_ms"] > 0) == ("rate_limited", True)
    assert await asks.fails("PUT", f"/rooms/{together}/send/m.room.message/t", json=TEXT) == (
        429, "M_LIMIT_EXCEEDED",
    )  # fmt: skip
    await client.stop()


async def test_names_bear_no_sign_that_is_not_seen(raw, people):
    anna = raw(people.anna)
    room = await anna.room(name="督办\u202e组\u200b")
    assert await anna.ok("GET", f"/rooms/{room}/state/m.room.name") == {"name": "督办组"}
    await anna.ok("PUT", f"/rooms/{room}/state/m.room.name", json={"name": "\u2066会商\n组\u2069"})
    assert await anna.ok("GET", f"/rooms/{room}/state/m.room.name") == {"name": "会商 组"}
    code = (await anna("PUT", f"/rooms/{room}/state/m.room.name", json={"name": "\u200b\u2060"})).status_code
    assert code == 400


async def test_words_are_kept_as_they_were_said(door, raw, people, together):
    """Not the server's to change: how they are shown without harm is the client's (web/tests/im)."""
    said = "\u202e反写\u202c 与 <b onclick=x>不可见\u200b</b>"
    event, _ = await (await door(people.ben)).send(together, "m.room.message", {**TEXT, "body": said})
    assert (await raw(people.anna).ok("GET", f"/rooms/{together}/event/{event}"))["content"]["body"] == said
