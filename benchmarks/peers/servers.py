"""ejabberd and Synapse as processes of ours, each with a database of its own in the stage's PostgreSQL.

Both keep every message: ejabberd's rooms with MAM in SQL, Synapse without rate limits or presence, with large caches.
"""

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks.fleet import App, started
from benchmarks.stage import Stage
from deploy.embedded.places import CHECKOUT, any_free_port

SYNAPSE_PYTHON = CHECKOUT / "var" / "peers" / "bin" / "python"
EJABBERD_TABLES = Path("/usr/share/ejabberd/sql/pg.sql")
EJABBERD_LIBRARIES = "/usr/lib/x86_64-linux-gnu"
NO_LIMIT = {"per_second": 100_000, "burst_count": 100_000}


@dataclass(frozen=True)
class Database:
    """Where a peer finds its own database."""

    host: str
    port: int
    user: str
    password: str
    name: str


def make_database(stage: Stage, name: str, script: Path | None = None) -> Database:
    """With the collation that Synapse insists on; `script` makes its tables."""
    url = stage.environment["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    if script is not None:
        with psycopg.connect(url.rpartition("/")[0] + f"/{name}") as connection:
            connection.execute(script.read_bytes())
    parts = urlsplit(url)
    return Database(parts.hostname or "", parts.port or 0, parts.username or "", parts.password or "", name)


@contextmanager
def ejabberd(stage: Stage) -> Iterator[App]:
    """Anonymous clients, group chat with an archive in SQL. Raises FileNotFoundError when it is not installed."""
    database = make_database(stage, "ejabberd", EJABBERD_TABLES)
    folder, port = stage.folder / "ejabberd", any_free_port()
    for part in ("mnesia", "log"):
        (folder / part).mkdir(parents=True)
    config = {
        "loglevel": "warning",
        "hosts": ["localhost"],
        "listen": [
            {"port": port, "ip": "127.0.0.1", "module": "ejabberd_c2s", "max_stanza_size": 262_144,
             "shaper": "none", "access": "c2s", "backlog": 1000}
        ],
        "auth_method": ["anonymous"],
        "anonymous_protocol": "sasl_anon",
        "disable_sasl_mechanisms": [],
        "access_rules": {"c2s": {"allow": "all"}, "muc_create": {"allow": "all"}},
        "sql_type": "pgsql",
        "sql_server": database.host,
        "sql_port": database.port,
        "sql_database": database.name,
        "sql_username": database.user,
        "sql_password": database.password,
        "default_db": "sql",
        "modules": {
            "mod_disco": {},
            "mod_mam": {"db_type": "sql", "default": "never", "cache_size": 10_000},
            "mod_muc": {
                "access": "all", "access_create": "all", "history_size": 100, "max_users": 5000,
                "max_user_conferences": 1000, "min_message_interval": 0, "min_presence_interval": 0,
                "default_room_options": {"max_users": 1000, "mam": True, "persistent": True, "presence_broadcast": []},
            },
        },
    }  # fmt: skip
    (folder / "ejabberd.yml").write_text(json.dumps(config))  # JSON is YAML
    environment = {
        "HOME": str(folder),
        "ERL_LIBS": EJABBERD_LIBRARIES,
        "EJABBERD_CONFIG_PATH": str(folder / "ejabberd.yml"),
        "EJABBERD_LOG_PATH": str(folder / "log" / "ejabberd.log"),
        "ERL_CRASH_DUMP": str(folder / "log" / "crash"),
    }
    erlang = ["erl", "-noinput", "+K", "true", "+P", "250000", "+Q", "65536"]
    erlang += ["-mnesia", "dir", f'"{folder / "mnesia"}"', "-s", "ejabberd"]
    with started(erlang, environment, port) as process:
        yield App("", "ejabberd", port, process.pid)


@contextmanager
def synapse(stage: Stage) -> Iterator[App]:
    """One homeserver process with open registration. Raises FileNotFoundError when it is not installed."""
    if not SYNAPSE_PYTHON.exists():
        raise FileNotFoundError(f"{SYNAPSE_PYTHON}; run `make bench-peers`")
    database = make_database(stage, "synapse")
    folder, port = stage.folder / "synapse", any_free_port()
    folder.mkdir()
    handler = {"class": "logging.FileHandler", "filename": str(folder / "log"), "level": "WARNING"}
    log = {"version": 1, "handlers": {"file": handler}, "root": {"level": "WARNING", "handlers": ["file"]}}
    (folder / "log.yaml").write_text(json.dumps(log))
    config: dict[str, Any] = {
        "server_name": "localhost",
        "pid_file": str(folder / "pid"),
        "listeners": [
            {"port": port, "bind_addresses": ["127.0.0.1"], "type": "http", "tls": False,
             "resources": [{"names": ["client"], "compress": False}]}
        ],
        "database": {
            "name": "psycopg2",
            "args": {"user": database.user, "password": database.password, "dbname": database.name,
                     "host": database.host, "port": database.port, "cp_min": 5, "cp_max": 10},
        },
        "log_config": str(folder / "log.yaml"),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "macaroon_secret_key": "m",
        "form_secret": "f",
        "report_stats": False,
        "trusted_key_servers": [],
        "enable_registration": True,
        "enable_registration_without_verification": True,
        "bcrypt_rounds": 4,
        "presence": {"enabled": False},
        "caches": {"global_factor": 10, "sync_response_cache_duration": 0},
        "event_cache_size": "100K",
        "rc_login": {"address": NO_LIMIT, "account": NO_LIMIT},
        "rc_joins": {"local": NO_LIMIT, "remote": NO_LIMIT},
        **{f"rc_{name}": NO_LIMIT for name in ("message", "registration", "joins_per_room", "room_creation")},
    }  # fmt: skip
    (folder / "homeserver.yaml").write_text(json.dumps(config))
    command = [str(SYNAPSE_PYTHON), "-m", "synapse.app.homeserver", "-c", str(folder / "homeserver.yaml")]
    subprocess.run([*command, "--generate-keys"], check=True, cwd=folder)
    with started(command, {}, port) as process:
        yield App("", "synapse", port, process.pid)


def make_members(port: int, count: int) -> tuple[str, list[str]]:
    """A room on Synapse with so many members: its id and their access tokens."""
    secrets = [
        _ask(port, "POST", "/register", {"username": f"u{number}", "password": "pw", "auth": {"type": "m.login.dummy"}})
        for number in range(count)
    ]  # fmt: skip
    tokens = [answer["access_token"] for answer in secrets]
    room = _ask(port, "POST", "/createRoom", {"preset": "public_chat", "name": "W1"}, tokens[0])["room_id"]
    for token in tokens[1:]:
        _ask(port, "POST", f"/join/{room}", {}, token)
    time.sleep(2)
    return room, tokens


def _ask(port: int, method: str, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/_matrix/client/v3{path}",
        method=method,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"}
        | ({"Authorization": f"Bearer {token}"} if token else {}),
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        read: dict[str, Any] = json.load(answer)
    return read
