"""Another office's database: the presets of SL 323, other dialects, and who is refused."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from sqlalchemy.dialects import registry

from common import clock
from connectors.adapters import sql
from connectors.errors import SourceError
from demo.neighbours import waterbase
from deploy.embedded.servers import ADMIN
from tests.connectors.asking import ask
from tests.support.servers import Slot


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
