"""The doctor's questions to the directory."""

import pytest

from common.ops.checks import Level
from directory.services.health import check_administrators, check_demo_passwords
from tests.support.world import make_unit

pytestmark = pytest.mark.django_db


def only(check):
    (finding,) = check()
    return finding


def test_nobody_administers_an_empty_site():
    finding = only(check_administrators)
    assert finding.level is Level.ATTENTION
    assert "first-admin" in finding.advice


@pytest.mark.parametrize(
    ("url", "level"), [("http://127.0.0.1:8000", Level.OK), ("https://im.example.gov.cn", Level.WRONG)]
)
def test_demo_passwords(settings, url, level):
    from directory.store.models import Staff

    settings.PUBLIC_URL = url
    assert only(check_demo_passwords).level is Level.OK
    make_unit()
    Staff.objects.create(staff_number="xn0001", name="李敏", has_demo_password=True)
    assert only(check_demo_passwords).level is level
