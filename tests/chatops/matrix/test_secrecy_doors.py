"""The secrecy gate at every entrance of the chat, by every door: refused, not stored, reported, never with content.

What comes in one floor up (items, task forces, reports, imports) is walked by that floor's tests.
"""

import base64
from urllib.parse import quote

import httpx
import pytest
from django.conf import settings as django_settings
from django.db import connection

from chatops.models import Media, SecrecyRefusal
from common.aio import call_service
from tests.support import files
from tests.support.live import LiveClient

pytestmark = pytest.mark.django_db(transaction=True)

MARKED = "机密★3年 防线部署图"
SECRET_WORD = "防线部署"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_DIR = tmp_path / "media"


class Doors:
    """Anna in a room, at each door."""

    def __init__(self, rest, matrix, delivery, room, event, secret):
        self.rest = rest
        self.matrix = matrix
        self.delivery = delivery
        self.room = room
        self.path = f"/rooms/{quote(room)}"
        self.event = event
        self.secret = secret

    def text(self, body, **more):
        return {"msgtype": "m.text", "body": body, **more}

    def edit(self, body):
        fresh = self.text(body)
        relation = {"rel_type": "m.replace", "event_id": self.event}
        return {**self.text("* 改"), "m.new_content": fresh, "m.relates_to": relation}

    def reaction(self, key):
        return {"m.relates_to": {"rel_type": "m.annotation", "event_id": self.event, "key": key}}

    async def by_rest(self, method, path, body, status=422):
        answer = await self.rest.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()["code"], answer.json()["facts"]["refusal"]

    async def post(self, content, kind="m.room.message"):
        return await self.by_rest(
            "POST", f"{self.path}/messages", {"txn_id": "x", "type": kind, "content": content}
        )

    async def by_matrix(self, method, path, **more):
        answer = await self.matrix(method, path, **more)
        assert answer.status_code == 403, answer.text
        assert answer.json()["errcode"] == "M_FORBIDDEN"
        return "secrecy_refused", answer.json()["org.tongzhou.refusal"]

    async def put(self, content, kind="m.room.message"):
        return await self.by_matrix("PUT", f"{self.path}/send/{kind}/x", json=content)

    async def by_socket(self, content, kind="m.room.message"):
        client = await LiveClient(self.delivery, self.secret).start()
        await client.wait_for("welcome")
        await client.say({"type": "send", "txn": "x", "room": self.room, "event": kind, "content": content})
        frame = await client.wait_for("refused", txn="x")
        await client.stop()
        return frame["code"], frame["refusal"]

    async def tus(self, name, body):
        said = f"filename {base64.b64encode(name.encode()).decode()}"
        made = await self.rest.post(
            "/api/v1/uploads", headers={"Upload-Length": str(len(body)), "Upload-Metadata": said}
        )
        if made.status_code == 201:
            where = made.headers["Location"]
            piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
            assert (await self.rest.patch(where, content=body, headers=piece)).status_code == 204
            made = await self.rest.post(f"{where}/finish")
        assert made.status_code == 422, made.text
        return made.json()["code"], made.json()["facts"]["refusal"]

    async def multipart(self, name, body):
        made = await self.rest.post("/api/v1/media", files={"file": (name, body)})
        assert made.status_code == 422, made.text
        return made.json()["code"], made.json()["facts"]["refusal"]

    async def matrix_upload(self, name, body):
        return await self.by_matrix(
            "POST", "/_matrix/media/v3/upload", params={"filename": name}, content=body
        )


POLL = {
    "m.poll": {
        "question": {"m.text": [{"body": MARKED}]},
        "answers": [{"m.id": "1", "m.text": [{"body": "是"}]}, {"m.id": "2", "m.text": [{"body": "否"}]}],
    },
    "m.text": [{"body": "投票"}],
}
FORMATTED = {"format": "org.matrix.custom.html", "formatted_body": "<b>机</b>&#23494;★3年 防线部署图"}

# entrance, door, what is done there, `where` of the record
TABLE = [
    ("message", "REST", lambda d: d.post(d.text(MARKED)), "message"),
    ("message", "socket", lambda d: d.by_socket(d.text(MARKED)), "message"),
    ("message", "Matrix", lambda d: d.put(d.text(MARKED)), "message"),
    ("formatted message", "REST", lambda d: d.post(d.text("见图", **FORMATTED)), "message"),
    ("formatted message", "socket", lambda d: d.by_socket(d.text("见图", **FORMATTED)), "message"),
    ("formatted message", "Matrix", lambda d: d.put(d.text("见图", **FORMATTED)), "message"),
    ("edit", "REST", lambda d: d.post(d.edit(MARKED)), "message"),
    ("edit", "socket", lambda d: d.by_socket(d.edit(MARKED)), "message"),
    ("edit", "Matrix", lambda d: d.put(d.edit(MARKED)), "message"),
    ("poll", "REST", lambda d: d.post(POLL, "m.poll.start"), "message"),
    ("poll", "socket", lambda d: d.by_socket(POLL, "m.poll.start"), "message"),
    ("poll", "Matrix", lambda d: d.put(POLL, "m.poll.start"), "message"),
    ("file name in a message", "socket", lambda d: d.by_socket(d.text("图", filename=MARKED)), "message"),
    ("reaction", "socket", lambda d: d.by_socket(d.reaction("机密★"), "m.reaction"), "message"),
    ("reaction", "Matrix", lambda d: d.put(d.reaction("机密★"), "m.reaction"), "message"),
    ("forward's comment", "REST", lambda d: d.by_rest("POST", f"{d.path}/forwards", {
        "from_room": d.room, "events": [d.event], "mode": "merged", "comment": MARKED, "txn_id": "f"}), "message"),
    ("merged title", "REST", lambda d: d.by_rest("POST", f"{d.path}/forwards", {
        "from_room": d.room, "events": [d.event], "mode": "merged", "title": MARKED, "txn_id": "f"}), "message"),
    ("reason of a recall", "REST", lambda d: d.by_rest(
        "POST", f"{d.path}/events/{d.event}/recall", {"reason": MARKED}), "reason"),
    ("reason of a recall", "Matrix", lambda d: d.by_matrix(
        "PUT", f"{d.path}/redact/{d.event}/x", json={"reason": MARKED}), "reason"),
    ("room name", "REST", lambda d: d.by_rest("POST", "/rooms", {"kind": "work", "name": MARKED}), "title"),
    ("room purpose", "REST", lambda d: d.by_rest(
        "POST", "/rooms", {"kind": "work", "name": "会商", "purpose": MARKED}), "title"),
    ("room name, changed", "REST", lambda d: d.by_rest("PATCH", d.path, {"name": MARKED}), "title"),
    ("room purpose, changed", "REST", lambda d: d.by_rest(
        "PATCH", d.path, {"purpose": MARKED}), "title"),
    ("room name", "Matrix", lambda d: d.by_matrix("POST", "/createRoom", json={"name": MARKED}), "title"),
    ("room topic", "Matrix", lambda d: d.by_matrix(
        "PUT", f"{d.path}/state/m.room.topic", json={"topic": MARKED}), "title"),
    ("room name, changed", "Matrix", lambda d: d.by_matrix(
        "PUT", f"{d.path}/state/m.room.name", json={"name": MARKED}), "title"),
    ("status note", "REST", lambda d: d.by_rest(
        "PUT", "/person/status", {"kind": "meeting", "note": "机密★"}), "status"),
    ("file name", "tus", lambda d: d.tus(f"{MARKED}.pdf", b"x"), "file_name"),
    ("file name", "multipart", lambda d: d.multipart(f"{MARKED}.pdf", b"x"), "file_name"),
    ("file name", "Matrix", lambda d: d.matrix_upload(f"{MARKED}.pdf", b"x"), "file_name"),
    ("file content", "tus", lambda d: d.tus("方案.docx", files.docx(MARKED)), "file"),
    ("file content", "multipart", lambda d: d.multipart("方案.docx", files.docx(MARKED)), "file"),
    ("file content", "Matrix", lambda d: d.matrix_upload("方案.docx", files.docx(MARKED)), "file"),
]  # fmt: skip


@pytest.fixture
async def doors(url, raw, delivery, people, together):
    sent = await raw(people.anna).say(together, "原文")
    headers = {"Authorization": f"Bearer {people.anna.secret}"}
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, headers=headers) as rest:
        yield Doors(rest, raw(people.anna), delivery, together, sent, people.anna.secret)


def everything_stored():
    """All rows of every table as text, but for what the audit of a refused deed never has."""
    tables = [table for table in connection.introspection.table_names() if not table.startswith("django_")]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - names of tables
            yield from (row[0] for row in cursor.fetchall())


@pytest.mark.parametrize(
    ("entrance", "door", "deed", "where"), TABLE, ids=[f"{row[0]}, {row[1]}" for row in TABLE]
)
async def test_entrance(doors, people, entrance, door, deed, where):
    code, refusal = await deed(doors)
    assert code == "secrecy_refused"

    def look():
        [row] = SecrecyRefusal.objects.all()
        assert (str(row.pk), row.where, row.staff_number) == (refusal, where, people.anna.number)
        assert row.mark == "机密"
        assert not any(SECRET_WORD in text for text in everything_stored())
        assert not Media.objects.exists()
        assert [path for path in django_settings.MEDIA_DIR.rglob("*") if path.is_file()] == []

    await call_service(look)


async def test_a_draft_with_a_mark_stays_in_its_window(doors, people):
    answer = await doors.rest.put(f"/api/v1{doors.path}/draft", json={"text": MARKED})
    assert answer.status_code == 204
    assert not await call_service(lambda: any(SECRET_WORD in text for text in everything_stored()))
    assert not await call_service(SecrecyRefusal.objects.exists)
