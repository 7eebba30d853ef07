"""Views of a MySQL database: the same presets and the same refusals, on Debian's MariaDB."""

import getpass
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymysql
import pytest

from common import clock
from connectors.adapters import sql
from connectors.asking import Ask
from connectors.errors import SourceError
from deploy.embedded.places import any_free_port
from tests.connectors.gauge import at
from tests.support.programs import need

SHIPPED = Path("/usr/share/mysql")
SYSTEM_TABLES = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
TABLES = """
CREATE DATABASE flood CHARACTER SET utf8mb4;
USE flood;
CREATE TABLE ST_STBPRP_B (STCD varchar(8) PRIMARY KEY, STNM varchar(30), RVNM varchar(30));
CREATE TABLE ST_RIVER_R (STCD varchar(8), TM datetime, Z decimal(7, 3), Q decimal(9, 3), PRIMARY KEY (STCD, TM));
CREATE TABLE ST_RVFCCH_B (STCD varchar(8) PRIMARY KEY, WRZ decimal(7, 3), GRZ decimal(7, 3));
CREATE TABLE ST_RSVR_R (STCD varchar(8), TM datetime, RZ decimal(7, 3), W decimal(9, 3), INQ decimal(9, 3));
CREATE TABLE ST_RSVRFSR_B (STCD varchar(8), BGMD char(4), EDMD char(4), FSLTDZ decimal(7, 3));
CREATE TABLE ST_PPTN_R (STCD varchar(8), TM datetime, DRP decimal(5, 1));
INSERT INTO ST_STBPRP_B VALUES ('62320101', '崇阳站', '陆水'), ('62320201', '青山水库', '陆水');
INSERT INTO ST_RVFCCH_B VALUES ('62320101', 53, 55.2);
INSERT INTO ST_RIVER_R VALUES ('62320101', '2026-07-17 14:50:00', 50.812, NULL),
 ('62320101', '2026-07-17 14:40:00', 50.8, 81.5), ('62320101', '2026-07-01 08:00:00', 49, 70);
INSERT INTO ST_RSVR_R VALUES ('62320201', '2026-07-17 14:50:00', 88.4, 212, 60);
INSERT INTO ST_RSVRFSR_B VALUES ('62320201', '0401', '0731', 88.9), ('62320201', '0801', '0331', 90.1);
INSERT INTO ST_PPTN_R VALUES ('62320101', '2026-07-17 14:00:00', 12.5);
CREATE USER reader IDENTIFIED BY 'water-pass';
GRANT SELECT, INSERT ON flood.* TO reader
"""


@pytest.fixture(scope="module")
def water(tmp_path_factory) -> Iterator[dict[str, Any]]:
    """A server of its own, with the tables of SL 323 and an account that might even write."""
    program = need("mariadbd", package="mariadb-server-core")
    folder: Path = tmp_path_factory.mktemp("m")
    port, path = any_free_port(), folder / "s"
    own = [program, "--no-defaults", f"--datadir={folder / 'data'}", f"--user={getpass.getuser()}"]
    (folder / "data" / "mysql").mkdir(parents=True)
    shipped = [(SHIPPED / name).read_text(encoding="utf-8") for name in SYSTEM_TABLES]
    made = subprocess.run(
        [*own, "--bootstrap"],
        input="\n".join(["USE mysql;", *shipped]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    server = subprocess.Popen(
        [*own, f"--socket={path}", f"--port={port}", "--bind-address=127.0.0.1", "--skip-name-resolve",
         "--innodb-buffer-pool-size=16M"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with _root(path, server) as line, line.cursor() as cursor:
            for statement in TABLES.split(";\n"):
                cursor.execute(statement)
            line.commit()
        yield {
            "dialect": "mysql", "host": "127.0.0.1", "port": port, "database": "flood", "user": "reader",
            "secret": "WATER", "allow_private": True,
        }  # fmt: skip
    finally:
        server.kill()
        server.wait(20)


def _root(path: Path, server: subprocess.Popen[bytes]) -> "pymysql.Connection[Any]":
    ends = time.monotonic() + 30
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                break
        assert server.poll() is None, "the server ended"
        assert time.monotonic() < ends, "等得太久"
        time.sleep(0.05)
    return pymysql.connect(unix_socket=str(path), user="root")


def ask(config: dict[str, Any], cursor: dict[str, Any] | None = None, password: str = "water-pass") -> Ask:
    return Ask(config, cursor or {}, at(15), {"WATER": password})


@pytest.mark.parametrize(
    ("preset", "values"),
    [
        ("sl323_river", {("stage", "50.8"), ("stage", "50.812"), ("flow", "81.5")}),
        ("sl323_reservoir", {("reservoir_stage", "88.4"), ("storage", "212"), ("inflow", "60")}),
        ("sl323_rain", {("rain_1h", "12.5")}),
    ],
)
def test_the_views_of_sl_323_are_a_preset(water, preset, values):
    pulled = sql.pull(ask(water | {"preset": preset}))
    assert pulled.parsed.rejections == ()
    assert {(one.metric, one.value) for one in pulled.parsed.readings} == {
        (key, Decimal(value)) for key, value in values
    }
    limits = {(one.warning, one.guarantee) for one in pulled.parsed.readings if one.rank == 0}
    assert (
        limits
        == {
            "sl323_river": {(Decimal(53), Decimal("55.2"))},
            "sl323_reservoir": {(Decimal("88.9"), None)},
            "sl323_rain": {(None, None)},
        }[preset]
    )
    assert {clock.local(one.observed_at).date() for one in pulled.parsed.readings} == {at(15).date()}
    again = sql.pull(ask(water | {"preset": preset}, pulled.cursor))
    assert {one.observed_at for one in again.parsed.readings} >= {
        max(one.observed_at for one in pulled.parsed.readings)
    }
    newest = max(one.observed_at for one in pulled.parsed.readings)
    assert all(one.observed_at > newest - timedelta(minutes=30) for one in again.parsed.readings)


SLOW = {"rows": "rows", "subject": {"code": "STCD", "name": "STCD"}, "observed_at": {"path": "TM"},
        "metrics": [{"key": "stage", "name": "水位", "unit": "米", "value": "Z"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"query": "SELECT SLEEP(9), STCD, TM, Z FROM ST_RIVER_R", "timeout_s": 1}, "timed_out"),
        ({"query": "SELECT STCD, TM, nothing FROM ST_RIVER_R"}, "refused"),
        ({"query": "SELECT r.STCD, r.TM, r.Z FROM ST_RIVER_R r JOIN ST_RIVER_R s", "max_rows": 5}, "too_large"),
        ({"query": "SELECT STCD, TM, Z FROM ST_RIVER_R\nINTO\nOUTFILE '/tmp/x'"}, "bad_config"),
        ({"query": "INSERT INTO ST_RIVER_R SELECT 1"}, "bad_config"),
        ({"allow_private": False}, "private_target"),
        ({"port": 9}, "unreachable"),
        ({"user": "nobody"}, "unreachable"),
        ({"database": "elsewhere"}, "refused"),
    ],
)  # fmt: skip
def test_a_database_that_cannot_be_used_says_why_and_nothing_secret(water, changes, reason):
    query = {"query": "SELECT STCD, TM, Z FROM ST_RIVER_R", "mapping": SLOW}
    with pytest.raises(SourceError) as refused:
        sql.pull(ask(water | query | changes))
    assert refused.value.reason == reason, refused.value.user_message()
    assert "water-pass" not in refused.value.user_message()


def test_nothing_can_be_written_whatever_the_account_may(water):
    query = "SELECT STCD, TM, @@tx_read_only AS Z FROM ST_RIVER_R"
    pulled = sql.pull(ask(water | {"query": query, "mapping": SLOW}))
    assert {one.value for one in pulled.parsed.readings} == {Decimal(1)}
