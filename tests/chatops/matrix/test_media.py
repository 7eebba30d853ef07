"""Files on the Matrix door: kept as sent, served so that nothing runs, limited in size."""

import hashlib
import io

import nio
import pytest
from django.conf import settings as django_settings

from chatops.models import Room
from common.aio import call_service
from tests.support import files

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_DIR = tmp_path / "media"


async def upload(asks, body, kind, name=""):
    answer = await asks.ok(
        "POST",
        "/_matrix/media/v3/upload",
        params={"filename": name} if name else {},
        content=body,
        headers={"Content-Type": kind},
    )
    return answer["content_uri"].removeprefix("mxc://")


async def test_nio_uploads_and_downloads(login, people):
    anna = await login(people.anna)
    answer, _ = await anna.upload(
        io.BytesIO(PNG), content_type="image/png", filename="水位 图.png", filesize=len(PNG)
    )
    assert isinstance(answer, nio.UploadResponse), answer
    got = await anna.download(answer.content_uri)
    assert isinstance(got, nio.MemoryDownloadResponse), got
    assert (got.body, got.content_type, got.filename) == (PNG, "image/png", "水位 图.png")


async def test_the_digest_is_kept_and_the_headers_are_safe(raw, people):
    asks = raw(people.anna)
    path = await upload(asks, PNG, "image/png", "a.png")
    got = await asks("GET", f"/_matrix/client/v1/media/download/{path}/b.png?allow_remote=true")
    assert got.content == PNG
    assert got.headers["etag"] == f'"{hashlib.sha256(PNG).hexdigest()}"'
    assert got.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert got.headers["cross-origin-resource-policy"] == "cross-origin"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"] == "inline; filename=\"b.png\"; filename*=utf-8''b.png"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", b"<script>1</script>"),
        ("image/svg+xml", b"<svg/>"),
        ("image/png", b"<html>"),
        ("?", b"x"),
    ],
)
async def test_what_could_run_is_only_saved(raw, people, kind, body):
    asks = raw(people.anna)
    got = await asks("GET", f"/_matrix/client/v1/media/download/{await upload(asks, body, kind)}")
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"] == "attachment"


async def test_refusals_leave_nothing_behind(raw, people, settings):
    settings.UPLOAD_MAX_BYTES = 5000
    asks, path = raw(people.anna), "/_matrix/media/v3/upload"

    async def endless():
        for _ in range(10):
            yield b"x" * 1000

    assert await asks.fails("POST", path, content=b"x" * 5001) == (413, "M_TOO_LARGE")
    assert await asks.fails("POST", path, content=endless()) == (413, "M_TOO_LARGE")
    assert await asks.fails("POST", path, content=b"MZ\x90") == (400, "M_INVALID_PARAM")
    marked = {"filename": "机密★3年 方案.doc"}
    assert await asks.fails("POST", path, params=marked, content=b"x") == (403, "M_FORBIDDEN")
    assert await asks.ok("GET", "/_matrix/client/v1/media/config") == {"m.upload.size": 5000}
    assert [file for file in django_settings.MEDIA_DIR.rglob("*") if file.is_file()] == []


async def test_who_reads_the_message_reads_the_file(raw, people, together):
    anna = raw(people.anna)
    path = await upload(anna, PNG, "image/png", "a.png")
    full = f"/_matrix/client/v1/media/download/{path}"
    assert await raw(people.ben).fails("GET", full) == (404, "M_NOT_FOUND")
    shown = {"msgtype": "m.image", "body": "a.png", "url": f"mxc://{path}"}
    event = await anna.send(together, "m.room.message", shown)
    assert (await raw(people.ben)("GET", full)).content == PNG
    assert await raw(people.cara).fails("GET", full) == (404, "M_NOT_FOUND")
    other = await raw(people.cara).room()
    refused = await raw(people.cara)("PUT", f"/rooms/{other}/send/m.room.message/x", json=shown)
    assert (refused.status_code, refused.json()["errcode"]) == (403, "M_FORBIDDEN")
    assert (await anna("PUT", f"/rooms/{together}/redact/{event}/r", json={})).status_code == 200
    assert await raw(people.ben).fails("GET", full) == (404, "M_NOT_FOUND")


async def test_signing_in_comes_first(raw, people):
    path = await upload(raw(people.anna), PNG, "image/png")
    full = f"/_matrix/client/v1/media/download/{path}"
    assert await raw("nobody").fails("GET", full) == (401, "M_UNKNOWN_TOKEN")
    old = f"/_matrix/media/v3/download/{path}"
    assert await raw(people.anna).fails("GET", old) == (404, "M_UNRECOGNIZED")
    missing = "/_matrix/client/v1/media/download/tongzhou.localhost/..%2F..%2Fsecrets"
    assert await raw(people.anna).fails("GET", missing) == (404, "M_NOT_FOUND")


async def test_thumbnails_and_ranges(raw, people, together):
    anna, body = raw(people.anna), files.picture(2000, 1000)
    path = await upload(anna, body, "image/png", "图.png")
    await anna.send(together, "m.room.message", {"msgtype": "m.image", "body": "图", "url": f"mxc://{path}"})
    small = await raw(people.ben)(
        "GET", f"/_matrix/client/v1/media/thumbnail/{path}?width=96&height=96&method=crop"
    )
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
    assert small.headers["content-length"] == str(len(small.content))
    part = await raw(people.ben)(
        "GET", f"/_matrix/client/v1/media/download/{path}", headers={"Range": "bytes=10-19"}
    )
    assert (part.status_code, part.content) == (206, body[10:20])
    head = await raw(people.ben)("HEAD", f"/_matrix/client/v1/media/download/{path}")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(body)), b"")
    text = await upload(anna, b"plain", "text/plain")
    assert await anna.fails("GET", f"/_matrix/client/v1/media/thumbnail/{text}") == (404, "M_NOT_FOUND")


async def test_a_room_without_downloading_gives_marked_thumbnails_only(raw, people, together):
    anna = raw(people.anna)
    path = await upload(anna, files.picture(), "image/png", "图.png")
    await anna.send(together, "m.room.message", {"msgtype": "m.image", "body": "图", "url": f"mxc://{path}"})
    await call_service(Room.objects.filter(room_id=together).update, no_download=True)
    refused = await raw(people.ben)("GET", f"/_matrix/client/v1/media/download/{path}")
    assert (refused.status_code, refused.json()["errcode"]) == (403, "M_FORBIDDEN")
    assert refused.json()["error"].endswith("。")
    marked = await raw(people.ben)("GET", f"/_matrix/client/v1/media/thumbnail/{path}?width=640&height=480")
    plain = await anna("GET", f"/_matrix/client/v1/media/thumbnail/{path}?width=640&height=480")
    assert marked.status_code == plain.status_code == 200
    assert marked.content != plain.content
