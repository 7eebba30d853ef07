"""The thirteen units and the task force of the tests of workflows, with the bots at their desk."""

import pytest

from bots.services import accounts
from tests.workflows.conftest import act, add, appoint, city, force

__all__ = ["act", "add", "appoint", "city", "force"]


@pytest.fixture(autouse=True)
def _no_memory():
    """What a process remembers does not outlive a test."""
    from directory.services import lookup, tree
    from workflows.services import calendar

    for cache in (lookup, tree, calendar):
        cache.drop()


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    """Tokens are not shared between tests."""
    settings.VAR_DIR = tmp_path


@pytest.fixture
def desk(db):
    """The accounts of the bots; a force founded after this has them in its room."""
    return accounts.ensure_bots()
