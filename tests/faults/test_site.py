"""The site as operators run it: the units' own command lines behind Debian's nginx, PostgreSQL and Redis."""

import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from deploy.embedded.places import CHECKOUT, Secrets, account_for, any_free_port
from deploy.embedded.postgres import ADMIN, ROLE, start_postgres
from deploy.embedded.processes import die_with_parent
from deploy.embedded.programs import Postgres
from deploy.embedded.valkey import start_valkey
from tests.support.programs import need, need_postgres

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

HOST = "im.example.gov.cn"
PASSWORD = "first-of-the-city-1949"


@dataclass
class Site:
    """Addresses of a running site, and its processes by unit name."""

    url: str
    app_port: int
    env: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_unit(self, name: str, *, text: str | None = None) -> None:
        """Start what the systemd unit's ExecStart says, or the one in `text`."""
        text = text or (CHECKOUT / "deploy" / "systemd" / f"{name}.service").read_text()
        found = re.search(r"^ExecStart=(.*)$", text.replace("\\\n", " "), re.MULTILINE)
        assert found
        line = found[1].replace("/opt/tongzhou", str(CHECKOUT)).replace("%i", str(self.app_port))
        self.processes[name] = subprocess.Popen(
            shlex.split(line), cwd=CHECKOUT, env=self.env,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 (what outlives a killed run is worse)
        )  # fmt: skip

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Host": HOST}, timeout=20)


def manage(env: dict[str, str], *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT, env=env, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    nginx = need("nginx", package="nginx-light")
    redis_server = need("redis-server", package="redis-server")
    binaries = need_postgres()
    assert (CHECKOUT / "web" / "dist" / "index.html").exists(), "run make web first"
    folder = Path(f"/tmp/tz-site-{os.getpid()}")  # noqa: S108 (the unprivileged account must reach it)
    folder.mkdir(mode=0o755)
    secrets = Secrets(folder / "secrets")
    passwords = {name: secrets.get(name) for name in (ADMIN, ROLE)}
    postgres = start_postgres(
        folder / "postgres", any_free_port(), passwords=passwords, log=folder / "postgres.log",
        programs=Postgres(binaries, int(binaries.parent.name)),
    )  # fmt: skip
    redis = start_valkey(
        folder / "redis", any_free_port(), password=secrets.get("redis"), log=folder / "redis.log",
        program=Path(redis_server),
    )  # fmt: skip
    web_port, app_port = any_free_port(), any_free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("TZ_")} | {
        "SECRET_KEY": secrets.get("key"),
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "PUBLIC_URL": f"http://{HOST}",
        "ALLOWED_HOSTS": f"{HOST},127.0.0.1",
        "BEHIND_PROXY": "1",
        "DEMO": "0",
        "TZ_VAR_DIR": str(folder / "var"),
        "APP_URL": f"http://127.0.0.1:{app_port}",
        "BOTS_HOMESERVER": f"http://127.0.0.1:{app_port}",
    }
    for name in ("media", "static"):
        (folder / "var" / name).mkdir(parents=True)
    made = Site(f"http://127.0.0.1:{web_port}", app_port, env)
    try:
        manage(env, "migrate", "--verbosity", "0")
        for unit in ("tongzhou-app@", "tongzhou-worker"):
            made.start_unit(unit)
        made.processes["nginx"] = start_nginx(nginx, folder, web_port, app_port)
        wait_for(made, "/", 200)
        yield made
    finally:
        for process in reversed(made.processes.values()):
            process.terminate()
            process.wait(20)
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder)


def start_nginx(nginx: str, folder: Path, port: int, app_port: int) -> subprocess.Popen[bytes]:
    """Our site as it is shipped, on a free loopback port, under the unprivileged account."""
    account = account_for(folder / "nginx")
    account.make_folder(folder / "nginx")
    place = str(folder / "nginx")
    text = (CHECKOUT / "deploy" / "nginx" / "tongzhou.conf").read_text()
    for before, after in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("127.0.0.1:8000", f"127.0.0.1:{app_port}"),
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
        [nginx, "-p", place, "-c", str(config), "-e", f"{place}/error"],
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 (as above)
        **account.popen,
    )  # fmt: skip


def wait_for(site: Site, path: str, status: int, seconds: float = 60) -> httpx.Response:
    give_up = time.monotonic() + seconds
    answer = None
    with site.client() as client:
        while time.monotonic() < give_up:
            try:
                answer = client.get(path)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == status:
                return answer
            time.sleep(0.2)
    raise AssertionError(f"{path} did not answer {status}, but {answer}")


def open_live(site: Site, *, origin: str, cookie: str) -> ClientConnection:
    """The live line through nginx, offered with compression as Chromium does."""
    line = socket.create_connection(("127.0.0.1", int(site.url.rpartition(":")[2])), timeout=20)
    return connect(
        f"ws://{HOST}/live",
        sock=line,
        origin=Origin(origin),
        additional_headers={"Cookie": f"tz_session={cookie}"},
        compression="deflate",
    )


def test_day_one_of_a_site(site):
    """The sign-in page, the first administrator's link, a session by cookie, the live line."""
    page = wait_for(site, "/", 200)
    assert "text/html" in page.headers["content-type"]
    assert "<title>" in page.text
    token = re.search(r"/first-admin#(\S+)", manage(site.env, "first-admin"))
    assert token
    with site.client() as client:
        client.get("/api/v1/session")
        answer = client.post(
            "/api/v1/session/first-admin",
            json={"token": token[1], "staff_number": "xn0001", "name": "李敏", "password": PASSWORD},
            headers={"X-CSRFToken": client.cookies.get("csrftoken", ""), "Origin": f"http://{HOST}"},
        )
        assert answer.status_code == 200, answer.text
        session = client.cookies["tz_session"]
        assert client.get("/api/v1/session").json()["name"] == "李敏"

    with open_live(site, origin=f"http://{HOST}", cookie=session) as live:
        # Compressing each frame for each socket would undo "encode once" (docs/protocol.md).
        assert live.response is not None
        assert "Sec-WebSocket-Extensions" not in live.response.headers
        live.send(json.dumps({"type": "hello", "v": 1, "positions": {}}))
        welcome = live.recv(timeout=20)
        assert isinstance(welcome, bytes)
        assert json.loads(welcome)["type"] == "welcome"


def test_a_foreign_page_does_not_get_the_live_line(site):
    with open_live(site, origin="http://evil.example", cookie="x") as live:
        assert json.loads(live.recv(timeout=20))["type"] == "bye"
        with pytest.raises(ConnectionClosed) as caught:
            live.recv(timeout=20)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4403


def test_an_upload_over_the_limit_of_nginx_is_refused(site):
    line = http.client.HTTPConnection("127.0.0.1", int(site.url.rpartition(":")[2]), timeout=20)
    line.putrequest("POST", "/api/v1/media", skip_host=True)
    line.putheader("Host", HOST)
    line.putheader("Content-Length", str(60 * 1024 * 1024))
    line.endheaders()
    assert line.getresponse().status == 413
    line.close()


def test_matrix_clients_are_told_to_wait_while_the_app_is_away(site):
    assert wait_for(site, "/_matrix/client/versions", 200).json()["versions"]
    app = site.processes["tongzhou-app@"]
    app.kill()
    app.wait()
    answer = wait_for(site, "/_matrix/client/versions", 429, seconds=10)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["retry-after"] == "2"
    assert answer.json()["errcode"] == "M_LIMIT_EXCEEDED"
    assert answer.json()["retry_after_ms"] == 2000
    with site.client() as client:
        assert client.get("/api/v1/session").status_code == 502
    site.start_unit("tongzhou-app@")
    wait_for(site, "/_matrix/client/versions", 200)


def test_uvicorn_as_the_page_says(site):
    """The command line of docs/operations.md, with compression off in the handshake."""
    app = site.processes["tongzhou-app@"]
    app.terminate()
    app.wait(20)
    site.start_unit("tongzhou-app@", text=(CHECKOUT / "docs" / "operations.md").read_text())
    wait_for(site, "/", 200)
    with open_live(site, origin=f"http://{HOST}", cookie="nobody") as live:
        assert live.response is not None
        assert "Sec-WebSocket-Extensions" not in live.response.headers
        live.send(json.dumps({"type": "hello", "v": 1, "positions": {}}))
        assert json.loads(live.recv(timeout=20))["type"] == "bye"
        with pytest.raises(ConnectionClosed) as caught:
            live.recv(timeout=20)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4401


def test_the_access_log_holds_no_token(site):
    with site.client() as client:
        client.get("/_matrix/client/v3/sync", params={"access_token": "do-not-write-this"})
    text = access_log()
    for _ in range(100):  # nginx writes its line after the answer
        if "/_matrix/client/v3/sync" in text:
            break
        time.sleep(0.1)
        text = access_log()
    assert "/_matrix/client/v3/sync" in text
    assert "do-not-write-this" not in text


def access_log() -> str:
    folder = Path(f"/tmp/tz-site-{os.getpid()}/nginx")  # noqa: S108
    return "".join(log.read_text() for log in folder.glob("*access*"))


def test_the_doctor_finds_the_site_well(site):
    said = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=CHECKOUT,
        env=site.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "[错误]" not in said.stdout, said.stdout
    assert said.returncode == 0
