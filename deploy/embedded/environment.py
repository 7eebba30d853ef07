"""The variables that every process of ours gets, and the file by which `manage.py` finds them by hand."""

import os
import shlex
import socket
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.errors import StartError, disk_full, explain
from deploy.embedded.places import CHECKOUT, is_free

DEFAULT_PORT = 8000
LEAST_FREE_BYTES = 150_000_000
EVERYWHERE = "0.0.0.0"  # noqa: S104 (compared with what the person asked for)
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def var_folder() -> Path:
    return Path(os.environ.get("TZ_VAR_DIR") or CHECKOUT / "var").resolve()


@dataclass(frozen=True)
class Wish:
    """What the person who starts asks for, read from the environment."""

    listen: str
    port: int
    demo: bool
    database_url: str
    redis_url: str
    var: Path

    @classmethod
    def read(cls) -> "Wish":
        """Raises StartError for a value that cannot be meant."""
        database_url = os.environ.get("DATABASE_URL", "")
        demo = os.environ.get("DEMO") or ("0" if database_url else "1")
        port = os.environ.get("PORT") or str(DEFAULT_PORT)
        if not port.isdecimal() or not 0 < int(port) < 65_536:  # noqa: PLR2004 (ports are 16 bits)
            raise StartError(f"PORT={port} 不是端口号（1–65535）。", f"PORT={port} is not a port (1–65535).")
        if demo not in {"0", "1"}:
            raise StartError(f"DEMO={demo} 应为 0 或 1。", f"DEMO={demo} must be 0 or 1.")
        listen = os.environ.get("LISTEN") or "127.0.0.1"
        return cls(
            listen, int(port), demo == "1", database_url, os.environ.get("REDIS_URL", ""), var_folder()
        )

    @property
    def on_loopback(self) -> bool:
        return self.listen in LOOPBACK

    def public_url(self) -> str:
        if url := os.environ.get("PUBLIC_URL"):
            return url
        host = "127.0.0.1" if self.on_loopback else self.listen
        if self.listen == EVERYWHERE:
            host = _own_address()
        return f"http://{host}:{self.port}"

    def check_port(self) -> None:
        """Raises StartError when something else listens there already."""
        if not is_free(self.port, "127.0.0.1" if self.listen == "localhost" else self.listen):
            raise StartError(
                f"端口 {self.port} 已被其他程序占用；请停止该程序，或换端口：make run PORT={self.port + 1}。",
                f"Port {self.port} is in use; stop that program, or take make run PORT={self.port + 1}.",
            )

    def check_disk(self) -> None:
        """Make the folder for data and see that it can be written and is not full. Raises StartError."""
        probe = self.var / ".probe"
        try:
            for name in ("log", "media", "static"):
                (self.var / name).mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"1" * 4096)
            probe.unlink()
            disk = os.statvfs(self.var)
        except OSError as err:
            raise explain(err, self.var) from err
        if disk.f_bavail * disk.f_frsize < LEAST_FREE_BYTES:
            raise disk_full(self.var)


def for_processes(
    wish: Wish,
    *,
    secret_key: str,
    connector_key: str,
    database_url: str,
    redis_url: str,
    ports: dict[str, int],
) -> dict[str, str]:
    """The environment of app, worker, gateway, bots and neighbours; what the caller has set wins."""
    url = wish.public_url()
    made = {
        "SECRET_KEY": secret_key,
        "CONNECTOR_KEY": connector_key,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DEMO": "1" if wish.demo else "0",
        "PUBLIC_URL": url,
        "APP_URL": f"http://127.0.0.1:{wish.port}",
        "PORT": str(wish.port),
        "TZ_VAR_DIR": str(wish.var),
        "TZ_CLOCK": "db" if wish.demo else "real",
        "NEIGHBOUR_PORT": str(ports["neighbours"]),
        "NEIGHBOUR_URL": f"http://127.0.0.1:{ports['neighbours']}",
        "NEIGHBOUR_OFFICES_PORT": str(ports["offices"]),
        "NEIGHBOUR_HJ212_PORT": str(ports["hj212"]),
        "NEIGHBOUR_SL651_PORT": str(ports["sl651"]),
        "NEIGHBOUR_MQTT_PORT": str(ports["mqtt"]),
        "NEIGHBOUR_PHONES_PORT": str(ports["phones"]),
    }
    if wish.demo:  # text messages and calls of the demo city go to a simulated company, which sends nothing
        made |= dict.fromkeys(
            ("TEXT_GATEWAY_URL", "VOICE_GATEWAY_URL"), f"http://127.0.0.1:{ports['phones']}/"
        )
    if not wish.on_loopback:
        made["ALLOWED_HOSTS"] = f"127.0.0.1,localhost,{url.split('://')[1].split(':')[0]}"
    return made | {name: os.environ[name] for name in made if os.environ.get(name)}


def save(path: Path, made: dict[str, str]) -> None:
    """Write the variables (0600) for `manage.py` by hand."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in sorted(made.items())]
    fresh = path.with_name(f".{path.name}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.writelines(lines)
        fresh.rename(path)
    except OSError as err:
        raise explain(err, path) from err


def adopt(environ: MutableMapping[str, str] = os.environ, var: Path | None = None) -> None:
    """For `manage.py`: where nothing is set, take the variables of the embedded start of this checkout."""
    if environ.get("DATABASE_URL"):
        return
    path = (var or var_folder()) / "embedded.env"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return
    for line in text.splitlines():
        name, _, value = line.partition("=")
        environ.setdefault(name, "".join(shlex.split(value)))


def complete(made: dict[str, str]) -> dict[str, str]:
    """The whole environment of a child."""
    return os.environ | made | {"PYTHONUNBUFFERED": "1", "PYTHON": sys.executable}


def _own_address() -> str:
    """This machine's address on its network; connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
