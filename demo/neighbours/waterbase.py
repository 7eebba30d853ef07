"""A flood office's database: the tables of SL 323 in a PostgreSQL schema of their own, with readings of now.

`python -m demo.neighbours.waterbase [--raise 0.8]` (NEIGHBOUR_DATABASE_URL: who may create them) makes the schema
`waterbase`, the reading account `waterbase_reader` and a row for each station; called again it adds the rows of now.
"""

import argparse
import math
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import psycopg
from psycopg import sql

LOCAL = timezone(timedelta(hours=8))
SCHEMA, READER = "waterbase", "waterbase_reader"
TABLES = """
CREATE TABLE IF NOT EXISTS st_stbprp_b (stcd varchar(8) PRIMARY KEY, stnm varchar(30), rvnm varchar(30));
CREATE TABLE IF NOT EXISTS st_river_r
 (stcd varchar(8), tm timestamp, z numeric(7, 3), q numeric(9, 3), PRIMARY KEY (stcd, tm));
CREATE TABLE IF NOT EXISTS st_rvfcch_b (stcd varchar(8) PRIMARY KEY, wrz numeric(7, 3), grz numeric(7, 3));
CREATE TABLE IF NOT EXISTS st_rsvr_r
 (stcd varchar(8), tm timestamp, rz numeric(7, 3), w numeric(9, 3), inq numeric(9, 3), PRIMARY KEY (stcd, tm));
CREATE TABLE IF NOT EXISTS st_rsvrfsr_b
 (stcd varchar(8), bgmd char(4), edmd char(4), fsltdz numeric(7, 3), PRIMARY KEY (stcd, bgmd));
CREATE TABLE IF NOT EXISTS st_pptn_r (stcd varchar(8), tm timestamp, drp numeric(5, 1), PRIMARY KEY (stcd, tm));
"""
# Code, name, river, mean stage, warning, guarantee.
RIVERS = [("62320101", "崇阳站", "陆水", 50.8, 53.0, 55.2), ("62320102", "通山站", "富水", 57.2, 59.0, 61.0)]
# Code, name, river, mean level, storage; flood limit levels from April to July and from August to March.
RESERVOIRS = [
    ("62320201", "青山水库", "陆水", 88.4, 212.0, 88.9, 90.1),
    ("62320202", "王英水库", "富水", 72.6, 405.0, 73.2, 74.0),
]


def fill(connection: "psycopg.Connection[tuple[object, ...]]", moment: datetime, raised: float) -> None:
    local = moment.astimezone(LOCAL).replace(second=0, microsecond=0, tzinfo=None)
    wave = 0.2 * math.sin(moment.timestamp() / 3600 / 7)
    run = connection.execute
    for code, name, river, mean, warning, guarantee in RIVERS:
        run("INSERT INTO st_stbprp_b VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", [code, name, river])
        run("INSERT INTO st_rvfcch_b VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", [code, warning, guarantee])
        row = [code, local, round(mean + wave + raised, 3), round(80 + 20 * (wave + raised), 3)]
        run("INSERT INTO st_river_r VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", row)
        run(
            "INSERT INTO st_pptn_r VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [code, local, round(raised * 12, 1)],
        )
    for code, name, river, mean, storage, summer, winter in RESERVOIRS:
        run("INSERT INTO st_stbprp_b VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", [code, name, river])
        for begins, ends, limit in (("0401", "0731", summer), ("0801", "0331", winter)):
            run(
                "INSERT INTO st_rsvrfsr_b VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [code, begins, ends, limit],
            )
        row = [code, local, round(mean + wave + raised, 3), storage, round(60 + 30 * raised, 3)]
        run("INSERT INTO st_rsvr_r VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING", row)


def make(url: str, *, password: str, moment: datetime, raised: float = 0.0) -> None:
    """Make the schema and the account unless they are there, and add the rows of a moment."""
    schema, reader = sql.Identifier(SCHEMA), sql.Identifier(READER)
    with _open(url) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
        connection.execute(TABLES)
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [READER]).fetchone()
        verb = "ALTER" if known else "CREATE"
        login = sql.SQL(f"{verb} ROLE {{}} LOGIN PASSWORD {{}}").format(reader, sql.Literal(password))
        connection.execute(login)
        connection.execute(sql.SQL("ALTER ROLE {} SET search_path TO {}").format(reader, schema))
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, reader))
        connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, reader))
        fill(connection, moment, raised)


def run(url: str, *, password: str, every_s: float, raised: Callable[[], float]) -> None:
    """For ever: the rows of now, at each step, whether or not the server is there."""
    is_made = False
    while True:
        moment = datetime.now(UTC)  # noqa: TID251 - a neighbour has a clock of its own
        try:
            if is_made:
                with _open(url) as connection:
                    fill(connection, moment, raised())
            else:
                make(url, password=password, moment=moment, raised=raised())
                is_made = True
        except psycopg.Error as err:
            print(f"the flood database is away: {type(err).__name__}", file=sys.stderr)  # noqa: T201
        time.sleep(every_s)


def _open(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(url, options=f"-c search_path={SCHEMA}", connect_timeout=5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raise", dest="raised", type=float, default=0.0)
    given = parser.parse_args()
    url, password = os.environ.get("NEIGHBOUR_DATABASE_URL", ""), os.environ.get("WATERBASE_PASSWORD", "")
    if not url or not password:
        print("NEIGHBOUR_DATABASE_URL and WATERBASE_PASSWORD are needed", file=sys.stderr)  # noqa: T201
        return 2
    make(url, password=password, moment=datetime.now(UTC), raised=given.raised)  # noqa: TID251 - a clock of its own
    return 0


if __name__ == "__main__":
    sys.exit(main())
