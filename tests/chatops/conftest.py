"""People of one unit, for rooms."""

import pytest

from directory.models import PostRole
from tests.support.world import make_person, make_unit


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def owner(unit):
    return make_person("周牧远", unit=unit, role=PostRole.OFFICE)


@pytest.fixture
def member(unit):
    return make_person("罗清和", unit=unit)


@pytest.fixture
def outsider(unit):
    return make_person("魏承希", unit=unit)
