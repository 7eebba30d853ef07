"""The port of files: the same with the media folder and with a real S3 server in a process of its own."""

import subprocess
import sys
import time

import httpx
import pytest

from chatops.store import media_files
from tests.support.ports import free_socket


@pytest.fixture(scope="module")
def s3_address(tmp_path_factory):
    with free_socket() as found:
        port = found.getsockname()[1]
    log = (tmp_path_factory.mktemp("s3") / "log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=log,
        stderr=log,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{address}/moto-api/", timeout=2, trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(10)
        log.close()


@pytest.fixture
def bucket(settings, s3_address, request):
    """The settings name a bucket of that server."""
    settings.S3_ENDPOINT, settings.S3_REGION = s3_address, "us-east-1"
    settings.S3_KEY_ID, settings.S3_SECRET = "key", "secret"
    settings.S3_BUCKET = "tongzhou"
    media_files._client.cache_clear()
    client = media_files._client(settings.S3_ENDPOINT, settings.S3_REGION, settings.S3_KEY_ID)
    client.create_bucket(Bucket="tongzhou")
    yield
    pages = client.list_objects_v2(Bucket="tongzhou").get("Contents", [])
    for item in pages:
        client.delete_object(Bucket="tongzhou", Key=item["Key"])
    client.delete_bucket(Bucket="tongzhou")
    client.close()
    media_files._client.cache_clear()


@pytest.fixture(params=["local", "s3"])
def store(request, settings, tmp_path):
    settings.MEDIA_DIR = tmp_path / "media"
    if request.param == "s3":
        request.getfixturevalue("bucket")
    return media_files.files()


def put(store, key, body):
    source = media_files.incoming() / "source"
    source.write_bytes(body)
    store.put(key, source)
    assert not source.exists()


def test_what_is_put_is_read_whole_and_in_parts(store):
    body = bytes(range(256)) * 2_048
    put(store, "aa/bb/one", body)
    assert b"".join(store.read("aa/bb/one")) == body
    assert b"".join(store.read("aa/bb/one", 300, 10)) == body[300:310]
    assert b"".join(store.read("aa/bb/one", 500_000)) == body[500_000:]


def test_what_is_not_there(store):
    with pytest.raises(FileNotFoundError):
        store.read("aa/bb/none")
    store.delete("aa/bb/none")


def test_deleting_takes_what_lies_below_and_nothing_beside(store):
    for key in ("aa/one", "aa/one.d/480.jpg", "aa/one.d/p1.jpg", "aa/one.e"):
        put(store, key, b"x")
    store.delete("aa/one.d")
    assert b"".join(store.read("aa/one")) == b"".join(store.read("aa/one.e")) == b"x"
    for gone in ("aa/one.d/480.jpg", "aa/one.d/p1.jpg"):
        with pytest.raises(FileNotFoundError):
            store.read(gone)


@pytest.mark.django_db(transaction=True)
def test_a_file_of_a_room_lies_in_the_bucket(settings, tmp_path, bucket):
    from chatops.services import media, media_keep, media_previews
    from tests.support import files
    from tests.support.world import make_person, make_unit

    settings.MEDIA_DIR = tmp_path / "media"
    person = make_person("周牧远", unit=make_unit()).actor()
    body = files.pdf("approved", pages=2)
    coming = media_keep.begin(actor=person, filename="方案.pdf", mime="application/pdf")
    coming.write(body)
    stored = coming.finish()
    found = media.access_original(actor=person, media_id=stored.media_id)
    assert b"".join(found.read(10, 20)) == body[10:30]
    assert media_previews.page(actor=person, media_id=stored.media_id, number=2).body.startswith(b"\xff\xd8")
    assert media_previews.thumbnail(actor=person, media_id=stored.media_id, width=200, height=200).body
    assert [path for path in settings.MEDIA_DIR.rglob("*") if path.is_file()] == []
