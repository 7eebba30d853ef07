"""Backup and restore, by comparison of every table, sequence and file."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from psycopg import sql

from common.ops import archive, backup
from common.ops.backup import back_up, restore
from common.ops.postgres_tools import OpsError
from deploy.embedded.places import CHECKOUT
from deploy.embedded.servers import ADMIN, ROLE
from tests.support.environment import SLOT

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = """
SELECT c.relname, c.relkind::text FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'S') AND NOT c.relispartition AND n.nspname = 'public' ORDER BY 1
"""

SHAPE = """
SELECT table_name, column_name, data_type, coalesce(column_default, '') FROM information_schema.columns
 WHERE table_schema = 'public';
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public';
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace;
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal;
SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
"""


@dataclass
class Site:
    """A database of its own, with the folder of its files."""

    url: str
    var: Path

    @property
    def media(self) -> Path:
        return self.var / "media"

    @contextmanager
    def here(self) -> Iterator[None]:
        """This process works on that site for a while."""
        config, url, media = connections.settings["default"], settings.DATABASE_URL, settings.MEDIA_DIR
        name = config["NAME"]
        self._point(self.url.rpartition("/")[2], self.url, self.media)
        try:
            yield
        finally:
            self._point(name, url, media)

    @staticmethod
    def _point(name: str, url: str, media: Path) -> None:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
        connections.settings["default"]["NAME"] = name
        settings.DATABASE_URL, settings.MEDIA_DIR = url, media

    def restore(self, file: Path, *, force: bool = False) -> None:
        with self.here():
            restore(file, force=force)

    def refuses(self, file: Path, *, force: bool = False) -> str:
        """The sentence with which restoring is refused."""
        with pytest.raises(OpsError) as caught:
            self.restore(file, force=force)
        return caught.value.user_message()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT, env=os.environ | {"DATABASE_URL": self.url, "TZ_VAR_DIR": str(self.var)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def other_site(tmp_path) -> Iterator[Site]:
    """An empty database beside ours."""
    name = f"tz_restore_{os.getpid()}"
    with psycopg.connect(SLOT.url(ADMIN, "postgres"), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(ROLE))
        )
        yield Site(SLOT.url(ROLE, name), tmp_path / "other")
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def site(settings, tmp_path) -> Site:
    """Our own, with rows that are easily damaged on the way and files of awkward names."""
    from django.contrib.contenttypes.models import ContentType

    ours = Site(settings.DATABASE_URL, tmp_path / "ours")
    settings.MEDIA_DIR = ours.media
    for name, content in {
        "a/图 片.png": b"\x89PNG\x00\xff",
        "b/empty": b"",
        "b/large": os.urandom(3_000_000),
    }.items():
        path = ours.media / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    awkward = ["督〔2026〕12号", "换行\n制表\t反斜\\", "SET transaction_timeout = 0;", "\\.", "𠮷'\""]
    for number, text in enumerate(awkward):
        ContentType.objects.create(app_label=f"case {number}", model=text)
    return ours


def content(url: str) -> dict[str, object]:
    """Every table's rows as one checksum, every sequence's position."""
    rows = "SELECT count(*), md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {} t"
    position = "SELECT last_value, is_called FROM {}"
    with psycopg.connect(url) as connection:
        found: dict[str, object] = {}
        for name, kind in connection.execute(TABLES).fetchall():
            ask = sql.SQL(position if kind == "S" else rows).format(sql.Identifier("public", name))
            found[name] = connection.execute(ask).fetchone()
        return found


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def shape(url: str) -> list[tuple[str, ...]]:
    """Columns, indexes, constraints, triggers and functions, as PostgreSQL spells them."""
    with psycopg.connect(url) as connection:
        return sorted(row for ask in SHAPE.split(";") for row in connection.execute(ask.encode()).fetchall())


def test_what_is_restored_equals_what_was_backed_up(site, other_site, tmp_path):
    file = tmp_path / "site.tar"
    said = site.manage("backup", str(file))
    assert said.returncode == 0, said.stderr
    assert "3 个文件" in said.stdout
    assert file.stat().st_mode & 0o777 == 0o600

    done = other_site.manage("restore", str(file))
    assert done.returncode == 0, done.stderr
    assert content(other_site.url) == content(site.url)
    assert content(site.url)["django_content_type"] != (0, "")
    assert shape(other_site.url) == shape(site.url)
    assert files(other_site.media) == files(site.media)
    assert not [path for path in other_site.var.iterdir() if path.name.startswith(".")]

    again = tmp_path / "again.tar"
    with other_site.here():
        back_up(again)
    other_site.restore(again, force=True)
    assert content(other_site.url) == content(site.url)


def test_what_is_there_is_only_replaced_by_force(site, other_site, tmp_path):
    file = tmp_path / "site.tar"
    back_up(file)
    with psycopg.connect(other_site.url) as connection:
        connection.execute("CREATE TABLE mine (n int)")
    other_site.media.mkdir(parents=True)
    (other_site.media / "mine").write_text("mine")
    assert "--force" in other_site.refuses(file)
    assert set(content(other_site.url)) == {"mine"}
    assert files(other_site.media) == {"mine": b"mine"}

    other_site.restore(file, force=True)
    assert content(other_site.url) == content(site.url)
    assert files(other_site.media) == files(site.media)


def test_a_site_in_use_is_not_touched(site, other_site, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "EMPTY_SCHEMA", backup.EMPTY_SCHEMA.replace("'10s'", "'300ms'"))
    file = tmp_path / "site.tar"
    back_up(file)
    with psycopg.connect(other_site.url) as connection:
        connection.execute("CREATE TABLE mine (n int)")
        connection.commit()
        connection.execute("SELECT * FROM mine")
        assert "请先停止" in other_site.refuses(file, force=True)
    assert set(content(other_site.url)) == {"mine"}


@pytest.mark.parametrize("damage", ["cut", "bit", "text"])
def test_a_damaged_archive_changes_nothing(site, other_site, tmp_path, damage):
    file = tmp_path / "site.tar"
    back_up(file)
    body = bytearray(file.read_bytes())
    if damage == "cut":
        body = body[: len(body) // 2]
    elif damage == "bit":
        body[len(body) // 2] ^= 1
    else:
        body = bytearray(b"not a backup")
    file.write_bytes(body)
    assert str(file) in other_site.refuses(file)
    assert content(other_site.url) == {}
    assert not other_site.media.exists()


@pytest.mark.parametrize("name", ["media/../../evil", "etc/passwd"])
def test_entries_that_lead_elsewhere_are_refused(tmp_path, name):
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"evil"))
    with pytest.raises(OpsError, match="不应有的条目"):
        archive.read_manifest(file)


def test_links_are_refused(tmp_path):
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as tar:
        entry = tarfile.TarInfo("media/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    with pytest.raises(OpsError, match="不应有的条目"):
        archive.read_manifest(file)


def test_a_backup_of_a_newer_program_is_refused(site, other_site, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "_applied", lambda: ["common.9999_from_the_future"])
    file = tmp_path / "site.tar"
    back_up(file)
    assert "common.9999_from_the_future" in other_site.refuses(file)
    assert content(other_site.url) == {}


def test_an_existing_file_is_not_overwritten(site, tmp_path):
    file = tmp_path / "site.tar"
    file.write_text("precious")
    refused = site.manage("backup", str(file))
    assert refused.returncode == 1
    assert "已存在" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert file.read_text() == "precious"


def test_a_failed_backup_leaves_no_half_file(site, tmp_path, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", "wrong")
    with pytest.raises(OpsError, match="pg_dump"):
        back_up(tmp_path / "site.tar")
    assert not [
        path.name for path in tmp_path.iterdir() if "tongzhou" in path.name or "site.tar" in path.name
    ]
