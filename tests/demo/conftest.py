"""What a process remembers of a directory does not outlive the test that loaded it."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _no_memory() -> Iterator[None]:
    from directory.services import lookup, tree
    from workflows.services import calendar

    caches = (lookup, tree, calendar)
    for cache in caches:
        cache.drop()
    yield
    for cache in caches:
        cache.drop()
