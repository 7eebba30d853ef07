"""Tables that come as files: of a folder of the house, and by SFTP."""

import asyncio
import os
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import asyncssh
import pytest

from connectors.adapters import files
from connectors.errors import SourceError
from tests.connectors.asking import ask

FILE_MAPPING = {
    "rows": "rows", "subject": {"code": '"站码"', "name": '"站名"'},
    "observed_at": {"path": '"时间"', "format": "%Y-%m-%d %H:%M"},
    "metrics": [{"key": "stage", "name": "水位", "unit": "米", "value": '"水位"'}],
}  # fmt: skip
CSV = "站码,站名,时间,水位\n1,西河桥站,2026-07-17 14:30,27.83\n2,马桥站,2026-07-17 14:30,坏\n"


def test_files_of_a_folder_are_read_once_whatever_their_encoding(settings, tmp_path):
    settings.CONNECTOR_FILES = tmp_path
    folder = tmp_path / "water"
    folder.mkdir()
    for name, encoding in (("a.csv", "utf-8-sig"), ("b.csv", "gb18030"), ("notes.txt", "utf-8")):
        (folder / name).write_bytes(CSV.encode(encoding))
        os.utime(folder / name, (1, 1))
    (folder / "link.csv").symlink_to("/etc/passwd")
    (folder / "new.csv").write_bytes(CSV.encode())
    config = {"folder": "water", "mapping": FILE_MAPPING}
    first = files.pull(ask(config))
    assert [(one.subject_name, one.value) for one in first.parsed.readings] == [
        ("西河桥站", Decimal("27.83"))
    ] * 2
    assert len(first.parsed.rejections) == 2
    assert files.pull(ask(config, first.cursor)).unchanged
    os.utime(folder / "new.csv", (2, 2))
    assert len(files.pull(ask(config, first.cursor)).parsed.readings) == 1
    with pytest.raises(SourceError) as refused:
        files.pull(ask(config | {"folder": "../.."}))
    assert refused.value.reason == "private_target"


class _Door(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - asyncssh's own signature
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("water", "sftp-pass")


@pytest.fixture
def sftp(tmp_path) -> Iterator[dict[str, Any]]:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.csv").write_bytes(CSV.encode("gb18030"))
    os.utime(tmp_path / "out" / "a.csv", (1, 1))
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), {}

    async def serve() -> None:
        found["server"] = await asyncssh.create_server(
            _Door, "127.0.0.1", 0, server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(tmp_path).encode()),
        )  # fmt: skip
        ready.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    yield {
        "place": "sftp", "host": "127.0.0.1", "port": found["server"].get_port(), "user": "water", "secret": "SFTP",
        "host_key": key.export_public_key().decode().strip(), "folder": "out", "allow_private": True,
        "mapping": FILE_MAPPING,
    }  # fmt: skip

    async def stop() -> None:
        found["server"].close()
        await found["server"].wait_closed()
        loop.stop()

    asyncio.run_coroutine_threadsafe(stop(), loop)
    thread.join(10)
    loop.close()


def test_files_come_by_sftp_from_the_host_that_was_registered(sftp):
    pulled = files.pull(ask(sftp, SFTP="sftp-pass"))
    assert [one.value for one in pulled.parsed.readings] == [Decimal("27.83")]
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    for changes, secret, words in [
        ({}, "wrong", "拒绝了账号"),
        ({"host_key": other}, "sftp-pass", "主机密钥"),
    ]:
        with pytest.raises(SourceError) as refused:
            files.pull(ask(sftp | changes, SFTP=secret))
        assert words in refused.value.user_message()
