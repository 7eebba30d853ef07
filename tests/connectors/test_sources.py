"""Sources of every pulled kind against the neighbours: ledger, alerts, database, files, metrics."""

import asyncio
import itertools
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import asyncssh
import httpcore
import httpx
import psycopg
import pytest
from sqlalchemy.dialects import registry

from common import clock
from connectors import net
from connectors.adapters import cap, files, prometheus, rest, sql
from connectors.asking import Ask
from connectors.config import Auth
from connectors.errors import SourceError
from connectors.services import manage, pull
from connectors.signing import signed_headers
from connectors.store.models import Connector, Metric, Record
from demo.neighbours import waterbase
from deploy.embedded.servers import ADMIN
from directory.actors import system_actor
from tests.connectors import gauge
from tests.support.bulletins import BulletinsProcess
from tests.support.servers import Slot
from tests.support.world import make_unit

LEDGER_MAPPING = {
    "rows": "data",
    "record": {
        "kind": "project", "id": "projectId", "title": "projectName", "code": "stage", "stage_name": "stageName",
        "stage_at": {"path": "changed"}, "owner_unit": "unit", "limit_days": "days",
        "fields": {"总投资（万元）": "budget"},
    },
}  # fmt: skip
CAP_STAGES = {
    "Alert": {"state": "open", "name": "发布"},
    "Update": {"state": "in_progress", "name": "更新"},
    "Cancel": {"state": "withdrawn", "name": "解除"},
}
LEDGER_STAGES = {
    code: {"state": state, "name": ""}
    for code, state in {
        "10": "open",
        "30": "in_progress",
        "50": "in_progress",
        "70": "closed",
        "99": "withdrawn",
    }.items()
}


@pytest.fixture(scope="module")
def offices() -> Iterator[BulletinsProcess]:
    with BulletinsProcess(slow_s=2.0) as process:
        yield process


def ask(config: dict[str, Any], cursor: dict[str, Any] | None = None, **secrets: str) -> Ask:
    return Ask(config, cursor or {}, clock.now(), secrets)


def ledger(url: str, **changes: Any) -> dict[str, Any]:
    auth = {"kind": "oauth2", "user": "ledger", "secret": "LEDGER", "token_url": f"{url}/ledger/token"}
    paging = {"kind": "cursor", "page_param": "cursor", "next": "next", "size": 5}
    base = {
        "url": f"{url}/ledger/projects",
        "auth": auth,
        "paging": paging,
        "allow_private": True,
        "timeout_s": 5,
    }
    return base | {"mapping": LEDGER_MAPPING} | changes


def connect(kind: str, config: dict[str, Any], **fields: Any) -> Connector:
    source = manage.Source(kind, "来源", config, kind=kind)
    connector = manage.connect(actor=system_actor("测试"), owner=make_unit(), source=source)
    Connector.objects.filter(pk=connector.pk).update(**fields)
    return Connector.objects.get(pk=connector.pk)


def test_a_ledger_is_read_page_by_page_with_a_token(offices):
    pulled = rest.pull(ask(ledger(offices.url), LEDGER="ledger-secret"))
    assert pulled.parsed.rows == len(pulled.parsed.records) > 5
    assert len(pulled.raw) > 1
    first = pulled.parsed.records[0]
    assert (first.source_id, first.kind, first.limit_days) == ("XN20260001", "project", 21)
    assert first.fields["总投资（万元）"] == "700"
    assert "ledger-secret" not in repr(pulled)


def test_a_wrong_secret_is_said_without_it(offices):
    with pytest.raises(SourceError) as refused:
        rest.pull(ask(ledger(offices.url), LEDGER="wrong-secret"))
    assert refused.value.reason == "refused"
    assert (
        "wrong-secret" not in f"{refused.value.user_message()}{refused.value.sample}{refused.value.__cause__}"
    )


@pytest.mark.django_db
def test_a_record_moves_through_its_stages_and_closes(offices, monkeypatch):
    monkeypatch.setenv("CONNECTOR_SECRET_LEDGER", "ledger-secret")
    connector = connect("rest", ledger(offices.url), stages=LEDGER_STAGES)
    first, again = pull.pull(connector.pk), pull.pull(connector.pk)
    assert first is not None
    assert again is not None
    assert (first.outcome, first.rows_rejected, again.rows_rejected) == ("taken", 0, 0)
    count = Record.objects.count()
    offices.post("/ledger/projects/XN20260003", stage="70")
    time.sleep(1.1)
    pull.pull(connector.pk)
    moved = Record.objects.get(source_id="XN20260003")
    assert (moved.state, moved.stage) == ("closed", "已竣工")
    assert Record.objects.count() == count
    offices.post("/ledger/projects/XN20260004", stage="90")
    run = pull.pull(connector.pk)
    assert run is not None
    assert "没有对应的状态" in run.rejections[0]["reason"], "a code that is not mapped is refused"


@pytest.mark.django_db
def test_an_alert_its_update_and_its_cancel_are_one_record(offices):
    config = {"url": f"{offices.url}/cap/feed.xml", "allow_private": True}
    connector = connect("cap", config, stages=CAP_STAGES)
    for path, severity, state, level in [
        ("/cap/issue", "Yellow", "open", 2), ("/cap/update", "Orange", "in_progress", 3),
        ("/cap/cancel", "Orange", "withdrawn", 0),
    ]:  # fmt: skip
        offices.post(path, severity=severity)
        time.sleep(1.1)  # the neighbour writes whole seconds
        run = pull.pull(connector.pk)
        assert run is not None
        assert run.outcome == "taken"
        assert Record.objects.get().state == state
        assert Metric.objects.get(subject__place="咸安区").value == level
    unchanged = pull.pull(connector.pk)
    assert unchanged is not None
    assert unchanged.outcome == "unchanged"


def test_a_feed_does_not_lead_to_another_host(monkeypatch):
    feed = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="http://169.254.169.254/latest/"/></entry></feed>'
    with serving({"/feed": feed}) as url, pytest.raises(SourceError) as refused:
        cap.pull(ask({"url": f"{url}/feed", "allow_private": True}))
    assert "另一台主机" in refused.value.user_message()


@pytest.fixture(scope="module")
def water() -> Iterator[dict[str, Any]]:
    """A database of another office on the test run's server, with a reading account."""
    slot = Slot.from_environment()
    name = f"waterbase_{os.getpid()}"
    with psycopg.connect(slot.url(ADMIN, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        now = datetime.now(UTC)  # noqa: TID251
        for ago in (20, 10, 0):
            waterbase.make(slot.url(ADMIN, name), password="water-pass", moment=now - timedelta(minutes=ago))
        yield {
            "dialect": "postgresql", "host": "127.0.0.1", "port": slot.port, "database": name,
            "user": waterbase.READER, "secret": "WATER", "allow_private": True,
        }  # fmt: skip
    finally:
        with psycopg.connect(slot.url(ADMIN, "postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize(
    ("preset", "metrics"),
    [
        ("sl323_river", {"stage", "flow"}),
        ("sl323_reservoir", {"reservoir_stage", "storage", "inflow"}),
        ("sl323_rain", {"rain_1h"}),
    ],
)
def test_the_views_of_sl_323_are_a_preset(water, preset, metrics):
    pulled = sql.pull(ask(water | {"preset": preset}, WATER="water-pass"))
    assert pulled.parsed.rejections == ()
    assert {one.metric for one in pulled.parsed.readings} == metrics
    again = sql.pull(ask(water | {"preset": preset}, pulled.cursor, WATER="water-pass"))
    assert again.parsed.rows <= pulled.parsed.rows
    if preset == "sl323_river":
        stage = next(one for one in pulled.parsed.readings if one.metric == "stage")
        assert (stage.warning, stage.place) == (Decimal(53), "陆水")
    if preset == "sl323_reservoir":
        level = next(one for one in pulled.parsed.readings if one.metric == "reservoir_stage")
        summer = 4 <= clock.local(clock.now()).month <= 7
        assert level.warning == Decimal("88.9" if summer else "90.1"), "flood limits go by season"


SLOW = {"rows": "rows", "subject": {"code": "STCD", "name": "STCD"}, "observed_at": {"path": "TM"},
        "metrics": [{"key": "stage", "name": "水位", "unit": "米", "value": "Z"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"query": "SELECT pg_sleep(5), stcd, tm, z FROM st_river_r", "timeout_s": 0.5}, "timed_out"),
        ({"query": "SELECT stcd, tm, nothing FROM st_river_r"}, "refused"),
        ({"query": "WITH gone AS (SELECT lo_create(0)) SELECT stcd, tm, z FROM st_river_r, gone"}, "refused"),
        (
            {"query": "SELECT stcd, tm, z FROM st_river_r, generate_series(1, 100)", "max_rows": 10},
            "too_large",
        ),
        ({"query": "DELETE FROM st_river_r"}, "bad_config"),
        ({"query": "SELECT 1; SELECT 2"}, "bad_config"),
        ({"preset": "sl323_river", "allow_private": False}, "private_target"),
        ({"preset": "sl323_river", "port": 9}, "unreachable"),
        ({"preset": "sl323_river", "user": "nobody"}, "unreachable"),
    ],
)
def test_a_database_that_cannot_be_used_says_why_and_nothing_secret(water, changes, reason):
    with pytest.raises(SourceError) as refused:
        sql.pull(ask(water | {"mapping": SLOW} | changes, WATER="water-pass"))
    assert refused.value.reason == reason
    assert "water-pass" not in refused.value.user_message()


@pytest.fixture
def kingbase(water):
    """A dialect of SQLAlchemy that we know nothing of, such as a domestic database brings with its driver."""
    registry.register("kingbase.ksycopg", "sqlalchemy.dialects.postgresql.psycopg", "PGDialect_psycopg")
    return water | {"dialect": "kingbase+ksycopg"}


def test_any_dialect_of_sqlalchemy_is_asked_within_its_time(kingbase):
    query = "SELECT stcd, tm, z FROM st_river_r WHERE tm >= :since"
    pulled = sql.pull(ask(kingbase | {"query": query, "mapping": SLOW}, WATER="water-pass"))
    assert pulled.parsed.readings
    slow = {
        "query": "SELECT pg_sleep(1), stcd, tm, z FROM st_river_r LIMIT 1",
        "mapping": SLOW,
        "timeout_s": 0.4,
    }
    with pytest.raises(SourceError) as refused:
        sql.pull(ask(kingbase | slow, WATER="water-pass"))
    assert refused.value.reason == "timed_out"
    for one in threading.enumerate():
        if one.name == "sql":
            one.join(10)  # its database goes with the tests


@pytest.mark.parametrize(
    ("changes", "reason", "word"),
    [
        ({"dialect": "sqlite"}, "bad_config", "本机"),
        ({"dialect": "duckdb"}, "bad_config", "本机"),
        ({"dialect": "nosuch+driver"}, "bad_config", "驱动"),
        ({"dialect": "kingbase+ksycopg", "port": 0}, "bad_config", "端口"),
        ({"dialect": "kingbase+ksycopg", "allow_private": False}, "private_target", "内部网络"),
        ({"dialect": "../etc"}, "bad_config", "dialect"),
        ({"database": "water;Server=10.0.0.1"}, "bad_config", "database"),
        ({"user": "reader;Server=10.0.0.1"}, "bad_config", "user"),
    ],
)
def test_a_dialect_that_is_not_there_or_reads_our_files_is_refused(kingbase, changes, reason, word):
    with pytest.raises(SourceError) as refused:
        sql.pull(ask(kingbase | {"query": "SELECT 1 AS stcd", "mapping": SLOW} | changes, WATER="water-pass"))
    assert refused.value.reason == reason
    assert word in refused.value.user_message()


FILE_MAPPING = {
    "rows": "rows", "subject": {"code": '"站码"', "name": '"站名"'},
    "observed_at": {"path": '"时间"', "format": "%Y-%m-%d %H:%M"},
    "metrics": [{"key": "stage", "name": "水位", "unit": "米", "value": '"水位"'}],
}  # fmt: skip
CSV = "站码,站名,时间,水位\n1,西河桥站,2026-07-17 14:30,27.83\n2,马桥站,2026-07-17 14:30,坏\n"


def test_files_of_a_folder_are_read_once_whatever_their_encoding(settings, tmp_path):
    settings.CONNECTOR_FILES = tmp_path
    folder = tmp_path / "water"
    folder.mkdir()
    for name, encoding in (("a.csv", "utf-8-sig"), ("b.csv", "gb18030"), ("notes.txt", "utf-8")):
        (folder / name).write_bytes(CSV.encode(encoding))
        os.utime(folder / name, (1, 1))
    (folder / "link.csv").symlink_to("/etc/passwd")
    (folder / "new.csv").write_bytes(CSV.encode())
    config = {"folder": "water", "mapping": FILE_MAPPING}
    first = files.pull(ask(config))
    assert [(one.subject_name, one.value) for one in first.parsed.readings] == [
        ("西河桥站", Decimal("27.83"))
    ] * 2
    assert len(first.parsed.rejections) == 2
    assert files.pull(ask(config, first.cursor)).unchanged
    os.utime(folder / "new.csv", (2, 2))
    assert len(files.pull(ask(config, first.cursor)).parsed.readings) == 1
    with pytest.raises(SourceError) as refused:
        files.pull(ask(config | {"folder": "../.."}))
    assert refused.value.reason == "private_target"


class _Door(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - asyncssh's own signature
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("water", "sftp-pass")


@pytest.fixture
def sftp(tmp_path) -> Iterator[dict[str, Any]]:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.csv").write_bytes(CSV.encode("gb18030"))
    os.utime(tmp_path / "out" / "a.csv", (1, 1))
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), {}

    async def serve() -> None:
        found["server"] = await asyncssh.create_server(
            _Door, "127.0.0.1", 0, server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(tmp_path).encode()),
        )  # fmt: skip
        ready.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    yield {
        "place": "sftp", "host": "127.0.0.1", "port": found["server"].get_port(), "user": "water", "secret": "SFTP",
        "host_key": key.export_public_key().decode().strip(), "folder": "out", "allow_private": True,
        "mapping": FILE_MAPPING,
    }  # fmt: skip

    async def stop() -> None:
        found["server"].close()
        await found["server"].wait_closed()
        loop.stop()

    asyncio.run_coroutine_threadsafe(stop(), loop)
    thread.join(10)
    loop.close()


def test_files_come_by_sftp_from_the_host_that_was_registered(sftp):
    pulled = files.pull(ask(sftp, SFTP="sftp-pass"))
    assert [one.value for one in pulled.parsed.readings] == [Decimal("27.83")]
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    for changes, secret, words in [
        ({}, "wrong", "拒绝了账号"),
        ({"host_key": other}, "sftp-pass", "主机密钥"),
    ]:
        with pytest.raises(SourceError) as refused:
            files.pull(ask(sftp | changes, SFTP=secret))
        assert words in refused.value.user_message()


class serving:  # noqa: N801 - reads as a word in `with`
    """A server of fixed answers; `asked` are the requests."""

    def __init__(self, answers: dict[str, bytes], link: str = "") -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                body = answers.get(self.path.split("?")[0] if self.path not in answers else self.path)
                self.send_response(404 if body is None else 200)
                if link and self.path.split("?")[0] == "/items":
                    self.send_header("Link", f'<{link}>; rel="next"')
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_args: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> str:
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_exc: object) -> None:
        self.server.shutdown()
        self.thread.join(5)
        self.server.server_close()


def test_prometheus_is_asked_a_query():
    rows = [{"metric": {"channel": "c7", "place": "温泉"}, "value": [time.time(), "0.97"]}]
    body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": rows}}).encode()
    mapping = {
        "rows": "rows", "subject": {"code": "channel", "name": "channel", "place": "place"},
        "observed_at": {"path": "time"},
        "metrics": [{"key": "online", "name": "在线率", "unit": "%", "value": "value"}],
    }  # fmt: skip
    server = serving({"/api/v1/query": body})
    with server as url:
        config = {"url": url, "query": "avg(up) by (channel)", "allow_private": True, "mapping": mapping}
        (reading,) = prometheus.pull(ask(config)).parsed.readings
    assert (reading.subject_code, reading.value, reading.place) == ("c7", Decimal("0.97"), "温泉")
    assert "avg%28up%29" in server.asked[0][0]


PAGE = json.dumps(gauge.document(gauge.row())).encode()


@pytest.mark.parametrize(
    ("auth", "header", "said"),
    [
        ({"kind": "bearer"}, "authorization", "Bearer s3cret"),
        ({"kind": "header", "header": "X-Key"}, "x-key", "s3cret"),
        ({"kind": "basic", "user": "u"}, "authorization", "Basic dTpzM2NyZXQ="),
    ],
)
def test_ways_of_being_known(auth, header, said):
    server = serving({"/api/latest": PAGE})
    with server as url:
        rest.pull(ask(gauge.config(url, auth=auth | {"secret": "KEY"}), KEY="s3cret"))
    assert server.asked[0][1][header] == said


def test_a_key_in_the_query_and_a_signature_over_the_request():
    server = serving({"/api/latest": PAGE})
    with server as url:
        rest.pull(ask(gauge.config(url, auth={"kind": "query", "param": "k", "secret": "KEY"}), KEY="s3cret"))
        auth = {"kind": "hmac", "app_key": "app", "secret": "KEY"}
        rest.pull(ask(gauge.config(url, auth=auth), KEY="s3cret"))
    assert server.asked[0][0].endswith("?k=s3cret")
    headers = server.asked[1][1]
    moment = datetime.fromtimestamp(int(headers["x-timestamp"]) / 1000, UTC)
    wanted = signed_headers(
        Auth(kind="hmac", app_key="app", secret="KEY"), "s3cret", method="GET", path="/api/latest", query="", body=b"",
        now=moment, nonce=headers["x-nonce"],
    )  # fmt: skip
    assert headers["x-signature"] == wanted["X-Signature"]
    assert "s3cret" not in str(headers)


def test_pages_by_link_stay_on_their_host():
    answers = {"/items": PAGE, "/items2": PAGE}
    with serving(answers, link="/items2") as url:
        config = gauge.config(url, paging={"kind": "link"}) | {"url": f"{url}/items"}
        assert rest.pull(ask(config)).parsed.rows == 2
    with serving(answers, link="http://169.254.169.254/latest") as url:
        config = gauge.config(url, paging={"kind": "link"}) | {"url": f"{url}/items"}
        with pytest.raises(SourceError) as refused:
            rest.pull(ask(config))
    assert "另一台主机" in refused.value.user_message()


def test_pages_by_offset():
    full = json.dumps(gauge.document(*[gauge.row(STCD=str(number)) for number in range(2)])).encode()
    answers = {"/items?page=0&size=2": full, "/items?page=2&size=2": PAGE}
    server = serving(answers)
    with server as url:
        config = gauge.config(url, paging={"kind": "offset", "size": 2}) | {"url": f"{url}/items"}
        assert rest.pull(ask(config)).parsed.rows == 3


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("127.0.0.1", True), ("10.1.2.3", True), ("169.254.169.254", True), ("::1", True), ("fe80::1", True),
        ("::ffff:127.0.0.1", True), ("::ffff:10.0.0.1", True), ("100.64.0.1", True), ("8.8.8.8", False),
        ("0.0.0.0", True), ("224.0.0.1", True),  # noqa: S104
    ],
)  # fmt: skip
def test_what_is_inside_the_house(address, inside, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", (address, 443))])
    if inside:
        with pytest.raises(SourceError) as refused:
            net.checked_addresses("a.example", 443, allow_private=False)
        assert refused.value.reason == "private_target"
    else:
        assert net.checked_addresses("a.example", 443, allow_private=False) == [address]
    if address in {"0.0.0.0", "224.0.0.1"}:  # noqa: S104
        with pytest.raises(SourceError):
            net.checked_addresses("a.example", 443, allow_private=True)


def test_a_name_that_answers_differently_the_second_time_gains_nothing(monkeypatch):
    """The address that was judged is the one connected to, and it is judged at every connection."""
    answers = iter([("8.8.8.8", 80), ("127.0.0.1", 80)])
    connected: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", next(answers))])

    def connect_tcp(_self, host, *_args):
        connected.append(host)
        raise httpcore.ConnectError("no network in a test")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_tcp)
    with net.client(timeout_s=1, allow_private=False) as client:
        with pytest.raises(httpx.ConnectError):
            client.get("http://rebind.example/")
        with pytest.raises(SourceError) as refused:
            client.get("http://rebind.example/")
    assert connected == ["8.8.8.8"]
    assert refused.value.reason == "private_target"


@pytest.mark.django_db
def test_a_source_that_fails_again_and_again_is_let_alone_for_longer_and_longer(monkeypatch):
    connector = connect("rest", gauge.config("http://127.0.0.1:9"))
    asked: list[datetime] = []

    def fails(given: Ask) -> None:
        asked.append(given.now)
        raise SourceError("refused", "数据源答复了错误码 500。")

    monkeypatch.setitem(pull.ADAPTERS, "rest", fails)
    begun = gauge.at(8)
    for minute in range(60):
        with clock.travel(begun + timedelta(minutes=minute)):
            pull.pull_and_rearm(connector.pk)
    gaps = [int((b - a).total_seconds() / 60) for a, b in itertools.pairwise(asked)]
    assert gaps == [1, 2, 4, 8, 15, 15]
