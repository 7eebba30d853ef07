"""Files at the REST door: resumed uploads, the room's rule, previews, ranges, headers."""

import base64
import hashlib
import io
import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageChops

from chatops.models import Media, MediaUse, Room, Upload
from chatops.services import membership, messages, redactions, rooms, uploads
from chatops.services.media_uses import FileNotYoursError
from common import clock
from common.errors import ForbiddenError
from tests.support import files

pytestmark = pytest.mark.django_db(transaction=True)

TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_DIR = tmp_path / "media"


class Door:
    """One person's requests."""

    def __init__(self, person):
        self.person = person
        self.client = Client(headers={"authorization": f"Bearer {person.secret}"})

    def __call__(self, method, path, body=b"", kind="application/octet-stream", **headers):
        return self.client.generic(
            method, f"/api/v1{path}", body, kind, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    def announce(self, name, size, kind=""):
        said = f"filename {base64.b64encode(name.encode()).decode()}"
        if kind:
            said += f",filetype {base64.b64encode(kind.encode()).decode()}"
        return self("POST", "/uploads", Upload_Length=str(size), Upload_Metadata=said, **TUS)

    def piece(self, where, at, body):
        return self("PATCH", where, body, "application/offset+octet-stream", Upload_Offset=str(at), **TUS)

    def upload(self, name, body, kind=""):
        made = self.announce(name, len(body), kind)
        assert made.status_code == 201, made.content
        where = made["Location"].removeprefix("/api/v1")
        assert self.piece(where, 0, body).status_code == 204
        done = self("POST", f"{where}/finish")
        assert done.status_code == 200, done.content
        return done.json()

    def show(self, room, file, msgtype="m.file", **more):
        content = {
            "msgtype": msgtype,
            "body": file["filename"],
            "url": file["content_uri"],
            "info": file["info"],
            **more,
        }
        return messages.send(actor=self.person.actor(), room_id=room, type="m.room.message", content=content)

    def read(self, file, rest="", **headers):
        answer = self("GET", f"/media/{file['media_id']}{rest}", **headers)
        answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer


def kept():
    return [path for path in django_settings.MEDIA_DIR.rglob("*") if path.is_file()]


@pytest.fixture
def room(owner, member):
    made = rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=[member.staff.pk])
    return made.room_id


# -- in pieces ------------------------------------------------------------------------------------------------------


def test_an_upload_goes_on_where_it_was_cut(owner):
    door, body = Door(owner), files.pdf("approved")
    made = door.announce("方案.pdf", len(body), "application/pdf")
    where = made["Location"].removeprefix("/api/v1")
    assert door.piece(where, 0, body[:100])["Upload-Offset"] == "100"
    # The app died with bytes on disk that were never counted: they are written over.
    [path] = kept()
    path.write_bytes(path.read_bytes() + b"garbage")
    asked = door("HEAD", where, **TUS)
    assert (asked["Upload-Offset"], asked["Upload-Length"], asked["Cache-Control"]) == (
        "100",
        str(len(body)),
        "no-store",
    )
    assert door.piece(where, 0, body).status_code == 409
    assert door("POST", f"{where}/finish").status_code == 409
    assert door.piece(where, 100, body[100:]).status_code == 204
    done = door("POST", f"{where}/finish").json()
    assert door("POST", f"{where}/finish").json() == done
    assert (done["sha256"], done["msgtype"]) == (hashlib.sha256(body).hexdigest(), "m.file")
    assert done["info"]["mimetype"] == "application/pdf"
    assert done["info"]["org.tongzhou.file"] == {"pages": 1, "checked": True, "preview": True}
    assert door.read(done).body == body


def test_an_upload_is_nobody_elses_and_can_be_dropped(owner, member):
    door = Door(owner)
    where = door.announce("a.txt", 10)["Location"].removeprefix("/api/v1")
    for method in ("HEAD", "DELETE"):
        assert Door(member)(method, where, **TUS).status_code == 404
    assert Door(member).piece(where, 0, b"0123456789").status_code == 404
    assert door("DELETE", where, **TUS).status_code == 204
    assert door("HEAD", where, **TUS).status_code == 404
    assert kept() == []


@pytest.mark.parametrize(
    ("name", "size", "status"),
    [
        ("a.txt", 0, 400),
        ("a.txt", 5001, 413),
        ("x" * 300, 5, 400),
        ("setup.exe", 5, 400),
        ("机密★3年.doc", 5, 422),
    ],
)
def test_what_is_refused_before_a_byte_is_sent(owner, settings, name, size, status):
    settings.UPLOAD_MAX_BYTES = 5000
    answer = Door(owner).announce(name, size)
    assert answer.status_code == status
    assert answer.json()["message"].endswith("。")
    assert not Upload.objects.exists()


def test_pieces_that_do_not_fit(owner):
    door = Door(owner)
    where = door.announce("a.bin", 10)["Location"].removeprefix("/api/v1")
    assert door.piece(where, 0, b"x" * 11).status_code == 413
    assert door("PATCH", where, b"x", Upload_Offset="0").status_code == 415
    assert door.piece(where, 0, b"MZ\x90").status_code == 400
    assert door("HEAD", where, **TUS).status_code == 404
    assert kept() == []


def test_paths_and_controls_in_names_lead_nowhere(owner):
    done = Door(owner).upload("../../etc/pa\nss\u202ewd.txt", b"plain", "text/plain")
    assert done["filename"] == "passwd.txt"
    stored = Media.objects.get().storage_key
    assert (django_settings.MEDIA_DIR / stored).resolve().is_relative_to(django_settings.MEDIA_DIR.resolve())


def test_what_nobody_touches_for_a_day_goes(owner):
    Door(owner).announce("a.bin", 10)
    assert uploads.sweep() == 0
    with clock.travel(clock.now() + timedelta(days=2)):
        assert uploads.sweep() == 1
    assert kept() == []


def test_one_person_has_not_any_number_of_them(owner, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_OPEN", 2)
    answers = [Door(owner).announce("a.bin", 10).status_code for _ in range(3)]
    assert answers == [201, 201, 429]


def test_in_one_request(owner):
    door = Door(owner)
    made = door.client.post(
        "/api/v1/media", {"file": SimpleUploadedFile("水位.png", files.picture(), "image/png")}
    )
    assert made.status_code == 201, made.content
    assert (made.json()["info"]["w"], made.json()["info"]["h"], made.json()["msgtype"]) == (
        640,
        480,
        "m.image",
    )


# -- who may read ---------------------------------------------------------------------------------------------------


def test_who_may_read_the_message_may_read_the_file(owner, member, outsider, room):
    file = Door(owner).upload("a.txt", b"hello", "text/plain")
    assert Door(owner).read(file).status_code == 200
    assert Door(member).read(file).status_code == 404  # not shown yet
    sent = Door(owner).show(room, file)
    assert Door(member).read(file).body == b"hello"
    assert Door(outsider).read(file).status_code == 404
    redactions.recall(actor=owner.actor(), room_id=room, event_id=sent.event_id)
    assert Door(member).read(file).status_code == 404
    assert Door(owner).read(file).status_code == 200


def test_who_leaves_reads_no_more_and_who_comes_later_reads_what_they_may(owner, member, outsider):
    made = rooms.create_room(
        actor=owner.actor(), kind="work", name="会商", members=[member.staff.pk],
        initial=[("m.room.history_visibility", "", {"history_visibility": "joined"})],
    )  # fmt: skip
    file = Door(owner).upload("a.txt", b"hello", "text/plain")
    Door(owner).show(made.room_id, file)
    membership.add_members(actor=owner.actor(), room_id=made.room_id, staff_ids=[outsider.staff.pk])
    assert Door(outsider).read(file).status_code == 404
    assert Door(member).read(file).status_code == 200
    membership.remove_member(actor=owner.actor(), room_id=made.room_id, staff_number=member.number)
    assert Door(member).read(file).status_code == 404


def test_nobody_opens_a_file_by_showing_it(owner, member, outsider, room):
    file = Door(owner).upload("a.txt", b"hello", "text/plain")
    trap = rooms.create_room(actor=outsider.actor(), kind="work", name="取件").room_id
    for content in (
        {"msgtype": "m.file", "body": "a", "url": file["content_uri"]},
        {"msgtype": "m.image", "body": "a", "info": {"thumbnail_url": file["content_uri"]}},
        {"msgtype": "m.file", "body": "a", "file": {"url": file["content_uri"]}},
    ):
        with pytest.raises(FileNotYoursError):
            messages.send(actor=outsider.actor(), room_id=trap, type="m.room.message", content=content)
    assert not MediaUse.objects.exists()
    Door(owner).show(room, file)
    other = rooms.create_room(actor=member.actor(), kind="work", name="转发").room_id
    Door(member).show(other, file)  # who may read it may hand it on
    assert MediaUse.objects.count() == 2


def test_an_edit_that_shows_another_file(owner, member, room):
    first = Door(owner).upload("a.txt", b"one", "text/plain")
    second = Door(owner).upload("b.txt", b"two", "text/plain")
    sent = Door(owner).show(room, first)
    fresh = {"msgtype": "m.file", "body": "b.txt", "url": second["content_uri"]}
    content = {
        **fresh,
        "m.new_content": fresh,
        "m.relates_to": {"rel_type": "m.replace", "event_id": sent.event_id},
    }
    messages.send(actor=owner.actor(), room_id=room, type="m.room.message", content=content)
    assert Door(member).read(second).body == b"two"


def test_a_retry_shows_a_file_once(owner, room):
    file = Door(owner).upload("a.txt", b"hello", "text/plain")
    content = {"msgtype": "m.file", "body": "a.txt", "url": file["content_uri"]}
    for _ in range(2):
        messages.send(actor=owner.actor(), room_id=room, type="m.room.message", content=content, txn_id="t1")
    assert MediaUse.objects.count() == 1


# -- previews -------------------------------------------------------------------------------------------------------


def test_thumbnails_and_pages(owner, member, room):
    photo = Door(owner).upload("现场.jpg", files.photo(2000, 1000), "image/jpeg")
    paper = Door(owner).upload("方案.pdf", files.pdf("approved", pages=2), "application/pdf")
    Door(owner).show(room, photo, "m.image")
    Door(owner).show(room, paper)
    small = Door(member).read(photo, "/thumbnail?w=200&h=200")
    assert (small["Content-Type"], small["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert Image.open(io.BytesIO(small.content)).size == (240, 480)
    assert Image.open(io.BytesIO(Door(member).read(photo, "/thumbnail?w=1200&h=1200").content)).height == 1600
    assert Door(member).read(photo, "/thumbnail", If_None_Match=small["ETag"]).status_code == 304
    page = Door(member).read(paper, "/pages/2")
    assert Image.open(io.BytesIO(page.content)).width == 1240
    assert Door(member).read(paper, "/pages/2").content == page.content
    for rest in ("/pages/0", "/pages/3"):
        assert Door(member).read(paper, rest).status_code == 404
    assert Door(member).read(photo, "/pages/1").status_code == 404


def test_without_downloading_only_marked_previews_are_given(owner, member, room):
    paper = Door(owner).upload("方案.pdf", files.pdf("approved"), "application/pdf")
    Door(owner).show(room, paper)
    Room.objects.filter(room_id=room).update(no_download=True)
    refused = Door(member).read(paper)
    assert (refused.status_code, refused.json()["code"]) == (403, "no_download")
    plain = Door(owner).read(paper, "/pages/1")
    marked = Door(member).read(paper, "/pages/1")
    assert marked.status_code == 200
    shown, bare = (Image.open(io.BytesIO(answer.content)).convert("L") for answer in (marked, plain))
    assert ImageChops.difference(shown, bare).point(lambda value: 255 * (value > 8)).histogram()[255] > 5000
    assert marked["ETag"] != plain["ETag"]
    assert Door(member).read(paper, "/thumbnail").status_code == 200
    other = rooms.create_room(actor=member.actor(), kind="work", name="转发").room_id
    with pytest.raises(ForbiddenError):
        Door(member).show(other, paper)
    [row] = Door(member)("GET", f"/rooms/{quote(room)}/files").json()["items"]
    assert row["no_download"] is True


def test_out_of_a_room_without_forwarding_no_file_goes_into_another(owner, member, room):
    paper = Door(owner).upload("方案.pdf", files.pdf("approved"), "application/pdf")
    Door(owner).show(room, paper)
    Room.objects.filter(room_id=room).update(no_forward=True)
    assert Door(member).read(paper).status_code == 200
    other = rooms.create_room(actor=member.actor(), kind="work", name="转出").room_id
    with pytest.raises(ForbiddenError) as refused:
        Door(member).show(other, paper)
    assert refused.value.code == "file_not_yours"
    Door(member).show(room, paper)  # again in the room itself
    Door(owner).show(other_room(owner, member), paper)  # its owner may, and from there it is free
    Door(member).show(other, paper)


def other_room(owner, member):
    return rooms.create_room(actor=owner.actor(), kind="work", name="公开", members=[member.pk]).room_id


# -- headers and ranges ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [("bytes=0-3", 206, 0, 4), ("bytes=5-", 206, 5, 10), ("bytes=-4", 206, 6, 10), ("bytes=8-99", 206, 8, 10),
     ("bytes=0-1,4-5", 200, 0, 10), ("lines=0-1", 200, 0, 10), ("bytes=5-3", 200, 0, 10)],
)  # fmt: skip
def test_ranges(owner, asked, status, start, end):
    body = b"0123456789"
    file = Door(owner).upload("a.txt", body, "text/plain")
    got = Door(owner).read(file, Range=asked)
    assert got.status_code == status
    assert got.body == body[start:end]
    assert got["Content-Length"] == str(end - start)
    if status == 206:
        assert got["Content-Range"] == f"bytes {start}-{end - 1}/10"


def test_a_range_outside_and_a_changed_file(owner):
    file = Door(owner).upload("a.txt", b"0123456789", "text/plain")
    beyond = Door(owner).read(file, Range="bytes=10-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, "bytes */10")
    assert Door(owner).read(file, Range="bytes=0-1", If_Range='"other"').status_code == 200


@pytest.mark.parametrize(
    ("name", "body", "said", "mime", "shown"),
    [
        ("a.html", b"<script>alert(1)</script>", "text/html", "application/octet-stream", False),
        (
            "a.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "image/svg+xml",
            "application/octet-stream",
            False,
        ),
        ("a.png", b"<html>", "image/png", "application/octet-stream", False),
        ("a.pdf", files.picture(), "application/pdf", "image/png", True),
        ("a.txt", b"plain", "text/plain", "text/plain; charset=utf-8", True),
        ("a.zip", files.zipped({"a": "b"}), "image/png", "application/zip", False),
    ],
)
def test_the_content_decides_and_nothing_runs(owner, name, body, said, mime, shown):
    got = Door(owner).read(Door(owner).upload(name, body, said))
    assert got["Content-Type"] == mime
    assert got["Content-Disposition"].split(";")[0] == ("inline" if shown else "attachment")
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert got["Cache-Control"] == "private, no-cache"


def test_names_of_downloads(owner):
    file = Door(owner).upload('水位"图".txt', b"x", "text/plain")
    got = Door(owner).read(file, "?download=1")
    name = quote('水位"图".txt', safe="")
    assert got["Content-Disposition"] == f"attachment; filename=\"_____.txt\"; filename*=utf-8''{name}"


# -- the files of a room --------------------------------------------------------------------------------------------


def test_the_files_of_a_room(owner, member, outsider, room, monkeypatch):
    monkeypatch.setattr("chatops.services.media.PAGE", 2)
    for name, body, kind in [
        ("现场.png", files.picture(), "image/png"),
        ("方案.pdf", files.pdf("approved"), "application/pdf"),
        (
            "台账.xlsx",
            files.xlsx("序号"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ]:
        Door(owner).show(room, Door(owner).upload(name, body, kind))
    path = f"/rooms/{quote(room)}/files"

    def names(query=""):
        answer = Door(member)("GET", path + query).json()
        return [row["filename"] for row in answer["items"]], answer["next"]

    first, cursor = names()
    assert first == ["台账.xlsx", "方案.pdf"]
    assert names(f"?cursor={cursor}") == (["现场.png"], None)
    assert names("?kind=image") == (["现场.png"], None)
    assert names(f"?q={quote('方案')}")[0] == ["方案.pdf"]
    [row] = Door(member)("GET", path + "?kind=image").json()["items"]
    assert (row["w"], row["h"], row["sender"], row["preview"]) == (640, 480, owner.user_id, True)
    assert Door(outsider)("GET", path).status_code == 404
    for bad in ("?kind=x", "?cursor=x"):
        assert Door(member)("GET", path + bad).status_code == 400
    assert json.loads(Door(member)("GET", path + "?q=%25").content)["items"] == []
