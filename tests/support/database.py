"""The template database, a clone or two for each test process, and the cleaning after tests that commit.

The template is named by a hash of all migrations and is kept from run to run. Ordinary tests roll back, in
the clone `tz_<worker>`. Tests that commit run in a second clone, `tz_<worker>_commit`, and are cleaned by
emptying the tables that they filled. Which these are is asked of the database, not of Django's connection:
the journal, jobs and other processes write through connections of their own.
"""

import hashlib
import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.embedded.places import CHECKOUT
from deploy.embedded.servers import ADMIN, ROLE
from tests.support.servers import Slot

TEMPLATES_KEPT = 3
BUILD_LOCK = 7_310_002


def migrations_hash() -> str:
    """A hash of every migration file and SQL file of the installed apps."""
    from django.apps import apps

    digest = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        folder = Path(app.path)
        own = folder.is_relative_to(CHECKOUT) and ".venv" not in folder.parts
        files = [*folder.glob("migrations/*.py"), *(folder.rglob("*.sql") if own else [])]
        for file in sorted(files):
            digest.update(f"{app.label} {file.name}\n".encode())
            digest.update(file.read_bytes())
    digest.update(
        importlib.metadata.version("procrastinate").encode()
    )  # its migrations read SQL from the package
    return digest.hexdigest()[:16]


class Databases:
    """The databases of one test process."""

    def __init__(self, slot: Slot, worker: str) -> None:
        self.slot = slot
        self.rollback = f"tz_{worker}"
        self.commit = f"tz_{worker}_commit"
        self.template = f"tz_template_{migrations_hash()}"
        self.cleaner: Cleaner | None = None

    def prepare(self) -> None:
        """Make the template when it is not there, and a fresh clone of it for tests that roll back."""
        with self._admin("postgres") as admin:
            # One process migrates, the others wait here.
            admin.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
            if self.template not in _databases(admin):
                self._build(admin)
            self._clone(admin, self.rollback)

    def prepare_commit(self) -> None:
        """A clone for tests that commit, made at the first of them."""
        if self.cleaner is None:
            with self._admin("postgres") as admin:
                admin.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
                self._clone(admin, self.commit)
            self.cleaner = Cleaner(self._admin(self.commit))

    def close(self) -> None:
        if self.cleaner is not None:
            self.cleaner.connection.close()

    def _admin(self, database: str) -> psycopg.Connection:
        return psycopg.connect(self.slot.url(ADMIN, database), autocommit=True)

    def _build(self, admin: psycopg.Connection) -> None:
        building = f"{self.template}_new"
        _drop(admin, building)
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*map(sql.Identifier, (building, ROLE))))
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"],
            cwd=CHECKOUT, env=os.environ | {"DATABASE_URL": self.slot.url(ROLE, building)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"the migrations failed:\n{done.stdout}{done.stderr}")
        names = map(sql.Identifier, (building, self.template))
        admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))
        for old in _databases(admin, "tz\\_template\\_%")[TEMPLATES_KEPT:]:
            _drop(admin, old)

    def _clone(self, admin: psycopg.Connection, name: str) -> None:
        _drop(admin, name)
        names = map(sql.Identifier, (name, self.template, ROLE))
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*names))


class Cleaner:
    """Puts a database back to what it held when this was made."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        # No trigger or foreign key stops the cleaning: append-only tables guard themselves by triggers.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET lock_timeout = '10s'")
        tables = [row[0] for row in connection.execute(_TABLES).fetchall()]
        filled = set(self._filled(tables))
        self.empty = [table for table in tables if table not in filled]
        self.seeded = {table: (self._sum(table), self._copy_out(table)) for table in filled}

    def clean(self) -> None:
        try:
            for table in self._filled(self.empty):
                self.connection.execute(sql.SQL("DELETE FROM {}").format(_identifier(table)))
            for table, (expected, rows) in self.seeded.items():
                if self._sum(table) != expected:
                    self._put_back(table, rows)
        except psycopg.errors.LockNotAvailable as err:
            raise RuntimeError(f"the test left transactions open: {self._open_transactions()}") from err

    def _filled(self, tables: Iterable[str]) -> list[str]:
        asks = [
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(table, _identifier(table))
            for table in tables
        ]
        if not asks:
            return []
        return [row[0] for row in self.connection.execute(sql.SQL(" UNION ALL ").join(asks)).fetchall()]

    def _sum(self, table: str) -> str:
        ask = sql.SQL("SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {} t")
        row = self.connection.execute(ask.format(_identifier(table))).fetchone()
        return str(row[0]) if row else ""

    def _copy_out(self, table: str) -> bytes:
        with self.connection.cursor() as cursor, cursor.copy(_copy("COPY {} TO STDOUT", table)) as copy:
            return b"".join(copy)

    def _put_back(self, table: str, rows: bytes) -> None:
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute(sql.SQL("DELETE FROM {}").format(_identifier(table)))
            with cursor.copy(_copy("COPY {} FROM STDIN", table)) as copy:
                copy.write(rows)

    def _open_transactions(self) -> list[tuple[object, ...]]:
        return self.connection.execute(
            "SELECT pid, state, left(query, 200) FROM pg_stat_activity "
            "WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
        ).fetchall()


_TABLES = """
SELECT format('%s.%s', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%'
  AND n.nspname <> 'information_schema' ORDER BY 1
"""


def _identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split(".", 1))


def _copy(statement: str, table: str) -> sql.Composed:
    return sql.SQL(statement).format(_identifier(table))


def _databases(admin: psycopg.Connection, like: str = "%") -> list[str]:
    """Names, newest first."""
    ask = "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid DESC"
    return [row[0] for row in admin.execute(ask, [like]).fetchall()]


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
