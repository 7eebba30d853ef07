"""Where things lie and who owns them: the unprivileged account, data folders, secrets, ports, locks."""

import fcntl
import grp
import hashlib
import json
import os
import pwd
import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.embedded.errors import StartError, explain

CHECKOUT = Path(__file__).resolve().parents[2]
SYSTEM_DATA = Path("/var/lib/tongzhou")
FIRST_PORT, PORTS = 20_000, 10_000  # below the kernel's ephemeral range


@dataclass(frozen=True)
class Account:
    """The account that servers run under. `drops`: we are root and become this account in each server."""

    uid: int
    gid: int
    drops: bool

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments of subprocess that start a program under this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.drops else {}

    def make_folder(self, path: Path) -> Path:
        """Create `path` (0700, owned by this account) unless it is there. Raises StartError."""
        try:
            if not path.is_dir():
                path.mkdir(parents=True, mode=0o755)
                path.chmod(0o700)
                if self.drops:
                    os.chown(path, self.uid, self.gid)
        except OSError as err:
            raise explain(err, path) from err
        return path

    def can_enter(self, path: Path) -> bool:
        """Whether this account may traverse to `path` (or to its nearest existing parent)."""
        while not path.exists():
            path = path.parent
        try:
            return subprocess.run(["/usr/bin/test", "-x", path], check=False, **self.popen).returncode == 0
        except PermissionError:
            return False


def account_for(data: Path) -> Account:
    """Ourselves; for root the owner of the existing data, else nobody (PostgreSQL refuses uid 0)."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), drops=False)
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, drops=True)
    try:
        nobody = pwd.getpwnam("nobody")
        group = grp.getgrgid(nobody.pw_gid)
    except KeyError as err:
        raise StartError(
            "系统没有 nobody 用户，无法以非特权身份运行数据库；请以普通用户启动。",
            "There is no user nobody to run the database under; start as an ordinary user.",
        ) from err
    return Account(nobody.pw_uid, group.gr_gid, drops=True)


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def data_root(var: Path) -> tuple[Path, Account]:
    """The folder for clusters and sockets, and their account.

    It is `var/data`; when root's stand-in cannot traverse to it (a home with mode 0700), a folder
    under /var/lib/tongzhou named by the hash of the checkout's path.
    """
    inside = var / "data"
    account = account_for(inside / "postgres")
    if not account.drops or account.can_enter(var):
        return inside, account
    outside = SYSTEM_DATA / short_hash(str(var.resolve()))
    return outside, account_for(outside / "postgres")


class Secrets:
    """Random secrets kept in a folder (0700), a file each (0600), made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str) -> str:
        path = self.folder / name
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            if not path.exists():
                self._make(path)
            return path.read_text(encoding="ascii").strip()
        except OSError as err:
            raise explain(err, path) from err

    def _make(self, path: Path) -> None:
        # Complete under another name first: a full disk must not leave an empty secret behind.
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(38) + "\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(path)
        finally:
            fresh.unlink(missing_ok=True)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stable_port(memory: Path, name: str) -> int:
    """The remembered port of `name`, else one derived from the path of `memory`, else any that is free."""
    try:
        known: dict[str, int] = json.loads(memory.read_text()) if memory.exists() else {}
    except (OSError, ValueError):
        known = {}
    derived = FIRST_PORT + int(short_hash(f"{memory.resolve()} {name}"), 16) % PORTS
    taken = {port for other, port in known.items() if other != name}
    wanted = [port for port in (known.get(name), derived) if port and port not in taken]
    port = next((port for port in wanted if is_free(port)), None) or any_free_port()
    if known.get(name) != port:
        try:
            memory.parent.mkdir(parents=True, exist_ok=True)
            memory.write_text(json.dumps(known | {name: port}))
        except OSError as err:
            raise explain(err, memory) from err
    return port


def try_lock(path: Path) -> int | None:
    """An exclusive lock on `path` as an open descriptor (keep it), or None when another process holds it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as err:
        raise explain(err, path) from err
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock of this folder while running. Raises StartError when another start holds it."""
    descriptor = try_lock(path)
    if descriptor is None:
        raise StartError(
            "本目录的同舟已在运行；请先停止它（在其窗口按 Ctrl-C），再启动。",
            "Tongzhou is already running from this checkout; stop it (Ctrl-C in its window) and start again.",
        )
    try:
        yield
    finally:
        os.close(descriptor)
