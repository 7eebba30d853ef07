"""Backup and restore of everything that a site keeps: the database and the uploaded files, in one archive."""

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from common import clock
from common.ops import archive
from common.ops.archive import Manifest
from common.ops.postgres_tools import OpsError, Tools, find_tools, server_major

NEWER_SETTINGS = b"SET transaction_timeout"
EMPTY_SCHEMA = """
SET lock_timeout = '10s';
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
ALTER SCHEMA public OWNER TO pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
SET lock_timeout = 0;
"""


def back_up(target: Path) -> Manifest:
    """Write a backup to `target` (0600), complete or not at all.

    The database is dumped first, as of one moment; files come after, and files are only ever added: every
    file that the dump speaks of is in the archive. Secrets are not.
    Raises OpsError.
    """
    if target.exists():
        raise OpsError(message=_("{path} 已存在，请换一个文件名。").format(path=target))
    tools = find_tools()
    manifest = Manifest(
        server_name=settings.SERVER_NAME,
        created_at=clock.now().isoformat(timespec="seconds"),
        postgres=server_major(),
        migrations=_applied(),
    )
    fresh = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".tongzhou-") as folder:
            dump = Path(folder) / archive.DUMP
            _run(tools, ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}"])
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                archive.write(file, manifest, dump, Path(settings.MEDIA_DIR))
                file.flush()
                os.fsync(file.fileno())
        fresh.rename(target)
    except OSError as err:
        raise OpsError(
            message=_("备份未能写入 {path}：{reason}").format(path=target, reason=err.strerror)
        ) from err
    finally:
        fresh.unlink(missing_ok=True)
    return manifest


def restore(source: Path, *, force: bool) -> Manifest:
    """Put back what `source` holds, in one transaction: on any failure the database is as it was.

    Args:
        force: replace a database or a media folder that is not empty.
    Raises:
        OpsError: the archive is damaged or newer than the program, something is there already, or is in use.
    """
    manifest = archive.read_manifest(source)
    tools = find_tools()
    _check_known(manifest)
    media = Path(settings.MEDIA_DIR)
    if not force and (_has_tables() or (media.is_dir() and any(media.iterdir()))):
        raise OpsError(
            message=_("数据库或文件目录不是空的，未作任何改动。确要覆盖，请先备份，再加 --force。")
        )
    media.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=media.parent, prefix=".restore-") as folder:
        dump, files = Path(folder) / archive.DUMP, Path(folder) / archive.MEDIA
        archive.extract(source, dump, files)
        _load(tools, dump)
        if media.exists():
            media.rename(Path(folder) / "before")  # goes with the folder
        files.rename(media)
    return manifest


def _load(tools: Tools, dump: Path) -> None:
    """Empty the schema and fill it from the dump, in one transaction."""
    connection.close()
    reading = [
        tools.program("pg_restore"),
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        "-f",
        "-",
        str(dump),
    ]
    writing = [tools.program("psql"), "-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1"]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(reading, env=tools.env, stdout=subprocess.PIPE, stderr=said) as reader,
        subprocess.Popen(writing, env=tools.env, stdin=subprocess.PIPE, stdout=said, stderr=said) as writer,
    ):
        complete = _pour(reader, writer)
        failed = writer.wait() or not complete
        said.seek(0)
        words = said.read().decode(errors="replace").strip()
    if not failed:
        return
    if "lock timeout" in words:
        raise OpsError(message=_("数据库正在使用，未作任何改动；请先停止 app、worker、bots，再恢复。"))
    raise OpsError(
        message=_("恢复未完成，数据库保持原样：{error}").format(error=words.splitlines()[0] if words else "")
    )


def _pour(reader: subprocess.Popen[bytes], writer: subprocess.Popen[bytes]) -> bool:
    """Feed the script to psql; whether all of it was there: of a part psql would commit a part."""
    assert reader.stdout is not None  # noqa: S101 (PIPE was asked for)
    assert writer.stdin is not None  # noqa: S101
    header = True
    try:
        writer.stdin.write(EMPTY_SCHEMA.encode())
        for line in reader.stdout:
            header = header and not line.startswith((b"CREATE ", b"COPY "))
            # A client newer than the server sets parameters that an older server does not know.
            if header and line.startswith(NEWER_SETTINGS):
                continue
            writer.stdin.write(line)
        if complete := reader.wait() == 0:
            writer.stdin.close()
        else:
            writer.kill()
    except BrokenPipeError:
        reader.kill()
        with contextlib.suppress(BrokenPipeError):
            writer.stdin.close()
        return False  # psql has stopped at an error, which it tells
    return complete


def _run(tools: Tools, command: list[str]) -> None:
    done = subprocess.run(
        [tools.program(command[0]), *command[1:]], env=tools.env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OpsError(
            message=_("{program} 未能完成：{error}").format(program=command[0], error=done.stderr.strip())
        )


def _applied() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _check_known(manifest: Manifest) -> None:
    """Refuse a backup of a newer program: its rows would not fit this one."""
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    known |= {f"{app}.{name}" for each in loader.disk_migrations.values() for app, name in each.replaces}
    if unknown := set(manifest.migrations) - known:
        raise OpsError(
            message=_("备份来自更新的版本（{names}），未作任何改动；请先升级程序。").format(
                names="、".join(sorted(unknown))
            )
        )


def _has_tables() -> bool:
    with connection.cursor() as cursor:
        return bool(connection.introspection.table_names(cursor))
