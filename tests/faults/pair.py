"""Two app processes behind Debian's nginx as we ship it, on one database, with a Redis that can be killed."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.embedded.places import CHECKOUT, Secrets, account_for, any_free_port
from deploy.embedded.processes import Server, die_with_parent
from deploy.embedded.valkey import start_valkey
from tests.support.app import DaphneApp
from tests.support.programs import need
from tests.support.redis_proxy import RedisProxy


@dataclass
class Redis:
    """A Valkey on a fixed port: `kill()` is kill -9, `start()` again."""

    folder: Path
    port: int = field(default_factory=any_free_port)
    server: Server | None = None

    def start(self) -> str:
        password = Secrets(self.folder / "secrets").get("redis")
        data, log = self.folder / "valkey", self.folder / "valkey.log"
        self.server = start_valkey(data, self.port, password=password, log=log)
        return self.server.url

    def kill(self) -> None:
        if self.server is not None:
            self.server.process.send_signal(signal.SIGKILL)
            self.server.process.wait(10)
            self.server = None


@dataclass
class Pair:
    """`url` is the proxy's; `apps` are the two behind it."""

    url: str
    apps: list[DaphneApp]
    redis: Redis
    doorbell: RedisProxy


@contextmanager
def pair_of_apps(**settings: str) -> Iterator[Pair]:
    """Needs `django_db(transaction=True)`."""
    nginx = need("nginx", package="nginx-light")
    folder = Path(tempfile.mkdtemp(prefix="tz-pair-"))
    folder.chmod(0o755)  # the unprivileged account must reach it
    redis, port = Redis(folder), any_free_port()
    url = f"http://127.0.0.1:{port}"
    proxy: subprocess.Popen[bytes] | None = None
    try:
        with RedisProxy(redis.start()) as doorbell:
            env = {"REDIS_URL": doorbell.url, "BEHIND_PROXY": "1", **settings}
            with DaphneApp(**env) as first, DaphneApp(**env) as second:
                proxy = _start_nginx(nginx, folder, port, [first, second])
                _wait_for(url)
                yield Pair(url, [first, second], redis, doorbell)
    finally:
        if proxy is not None:
            proxy.terminate()
            proxy.wait(20)
        redis.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _start_nginx(nginx: str, folder: Path, port: int, apps: list[DaphneApp]) -> subprocess.Popen[bytes]:
    account = account_for(folder / "nginx")
    account.make_folder(folder / "nginx")
    place = str(folder / "nginx")
    servers = "\n    ".join(f"server {app.url.removeprefix('http://')};" for app in apps)
    text = (CHECKOUT / "deploy" / "nginx" / "tongzhou.conf").read_text()
    for before, after in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("server 127.0.0.1:8000;", servers),
        ("/var/log/nginx", place),
    ):
        assert before in text
        text = text.replace(before, after)
    temp = "".join(
        f"{kind}_temp_path {place}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(f"daemon off;\npid {place}/pid;\nevents {{}}\nhttp {{\n{temp}{text}\n}}\n")
    return subprocess.Popen(
        [nginx, "-p", place, "-c", str(config), "-e", f"{place}/error"], env=os.environ,
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 (what outlives a killed run is worse)
        **account.popen,
    )  # fmt: skip


def _wait_for(url: str) -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        try:
            if httpx.get(f"{url}/_matrix/client/versions", trust_env=False, timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("nothing answers behind the proxy")
