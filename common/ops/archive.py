"""A backup: a tar of `database.dump`, `media/…` and, last, `manifest.json` with sizes and SHA-256."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from django.utils.translation import gettext as _

from common.ops.postgres_tools import OpsError

FORMAT = 1
MANIFEST, DUMP, MEDIA = "manifest.json", "database.dump", "media"
CHUNK = 1024 * 1024


@dataclass
class Manifest:
    """What a backup holds.

    Attributes:
        created_at: RFC 3339, UTC.
        migrations: `app.name` of every applied migration.
        files: archive path → (size in bytes, SHA-256 in hexadecimal).
    """

    server_name: str
    created_at: str
    postgres: int
    migrations: list[str]
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    format: int = FORMAT


class _Hashing(io.RawIOBase):
    """Reads through while it counts and hashes."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.size, self.digest = source, 0, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.source.read(size)
        self.size += len(block)
        self.digest.update(block)
        return block


def write(target: IO[bytes], manifest: Manifest, dump: Path, media: Path) -> None:
    """Write the archive and fill `manifest.files`. A file that grows meanwhile is cut at its old size."""
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, manifest, DUMP, dump)
        for path in sorted(media.rglob("*")) if media.is_dir() else []:
            if path.is_file() and not path.is_symlink():
                _add(tar, manifest, f"{MEDIA}/{path.relative_to(media).as_posix()}", path)
        body = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(body), 0o600
        tar.addfile(entry, io.BytesIO(body))


def _add(tar: tarfile.TarFile, manifest: Manifest, name: str, path: Path) -> None:
    with path.open("rb") as file:
        entry = tarfile.TarInfo(name)
        facts = os.fstat(file.fileno())
        entry.size, entry.mtime, entry.mode = facts.st_size, int(facts.st_mtime), 0o600
        reader = _Hashing(file)
        tar.addfile(entry, reader)
    manifest.files[name] = (reader.size, reader.digest.hexdigest())


def read_manifest(path: Path) -> Manifest:
    """Read the whole archive and check every byte of it against the manifest. Raises OpsError."""
    seen: dict[str, tuple[int, str]] = {}
    body = b""
    try:
        for name, reader in _entries(path):
            if name == MANIFEST:
                body = reader.read()
                continue
            while reader.read(CHUNK):
                pass
            seen[name] = (reader.size, reader.digest.hexdigest())
        manifest = Manifest(**json.loads(body))
        expected = {name: (int(size), str(digest)) for name, (size, digest) in manifest.files.items()}
    except (OSError, EOFError, tarfile.TarError, ValueError, TypeError) as err:
        raise OpsError(message=_("{path} 不是完整的备份文件：{error}").format(path=path, error=err)) from err
    if manifest.format != FORMAT:
        raise OpsError(message=_("{path} 由另一版本的程序生成，请换用相应版本恢复。").format(path=path))
    if seen != expected or DUMP not in seen:
        raise OpsError(
            message=_("{path} 已损坏：内容与清单不符，未作任何改动。请换一份备份。").format(path=path)
        )
    return manifest


def extract(path: Path, dump: Path, media: Path) -> None:
    """Write the dump and the media files where they are told to go; both are new."""
    media.mkdir(parents=True)
    for name, reader in _entries(path):
        if name == MANIFEST:
            continue
        target = dump if name == DUMP else media.joinpath(*PurePosixPath(name).parts[1:])
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            while block := reader.read(CHUNK):
                file.write(block)


def _entries(path: Path) -> Iterator[tuple[str, _Hashing]]:
    """Every entry with its reader. Only plain files under our names: an archive may come from elsewhere."""
    with tarfile.open(path, "r|") as tar:
        for entry in tar:
            parts = PurePosixPath(entry.name).parts
            ours = entry.name in {DUMP, MANIFEST} or (len(parts) > 1 and parts[0] == MEDIA)
            reader = tar.extractfile(entry) if entry.isreg() else None
            if reader is None or not ours or ".." in parts:
                raise OpsError(
                    message=_("{path} 含有不应有的条目 {name}，未恢复。").format(path=path, name=entry.name)
                )
            yield entry.name, _Hashing(reader)
