"""What every test stands on: real servers, a cloned database, a clean Valkey. See tests/support."""

import os
from collections.abc import Iterator

import pytest

from deploy.embedded.servers import Server
from tests.support.database import Databases
from tests.support.environment import SLOT

SERVERS = pytest.StashKey[list[Server]]()
DATABASES = pytest.StashKey[Databases]()


def worker_name(config: pytest.Config) -> str:
    return str(config.workerinput["workerid"]) if hasattr(config, "workerinput") else "main"


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    servers = config.stash.setdefault(SERVERS, [])
    if config.option.collectonly:
        return
    is_worker = hasattr(config, "workerinput")
    if not is_worker:
        servers.append(SLOT.start_postgres())
    if is_worker or not config.getoption("numprocesses", None):
        servers.append(SLOT.start_valkey(worker_name(config)))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    servers: list[Server] = config.stash.get(SERVERS, [])
    for server in reversed(servers):
        server.stop()


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_blocker) -> Iterator[None]:
    """In place of pytest-django's: clones of a template that is kept, instead of migrating each run."""
    databases = Databases(SLOT, worker_name(request.config))
    databases.prepare()
    request.config.stash[DATABASES] = databases
    yield
    with django_db_blocker.unblock():
        _close_connections()
    databases.close()


def _close_connections() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    asked = marker is not None and (marker.kwargs.get("transaction") or bool(marker.args and marker.args[0]))
    fixtures = getattr(item, "fixturenames", ())
    return bool(asked) or bool(
        {"transactional_db", "live_server", "django_db_reset_sequences"} & set(fixtures)
    )


@pytest.fixture
def _django_db_helper(request, _clone_for_test, _django_db_helper):
    """pytest-django's own, after the right clone has been chosen."""
    return _django_db_helper


@pytest.fixture
def _clone_for_test(request, django_db_setup, django_db_blocker) -> None:
    """Point Django, and programs that the test starts, at the clone for this kind of test."""
    from django.conf import settings
    from django.db import connections

    databases = request.config.stash[DATABASES]
    if _commits(request.node):
        databases.prepare_commit()
    wanted = databases.commit if _commits(request.node) else databases.rollback
    config = connections.settings["default"]
    if config["NAME"] != wanted:
        with django_db_blocker.unblock():
            _close_connections()
        config["NAME"] = wanted
        settings.DATABASE_URL = os.environ["DATABASE_URL"] = databases.slot.url(config["USER"], wanted)


@pytest.fixture(autouse=True, scope="session")
def _clean_instead_of_flush(request) -> Iterator[None]:
    """Django would flush every table after a test that commits: seconds, with many partitions."""
    from django.test import TransactionTestCase

    def clean(_self: TransactionTestCase) -> None:
        databases = request.config.stash[DATABASES]
        if databases.cleaner is not None:
            databases.cleaner.clean()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", clean)
        yield


@pytest.fixture(autouse=True)
def _empty_valkey(request) -> None:
    """Counters of limits and the like do not outlive a test."""
    if request.config.stash[SERVERS]:
        SLOT.empty_valkey()
