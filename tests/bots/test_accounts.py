"""Accounts and tokens of the bots."""

import stat

import pytest

from bots.desk import DESK, DUBAN
from bots.services import accounts
from directory.services import devices
from directory.store.models import Device, Staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def test_accounts_are_made_once():
    accounts.ensure_bots()
    accounts.ensure_bots()
    found = Staff.objects.filter(staff_number__in=[bot.number for bot in DESK])
    assert {(staff.name, staff.kind) for staff in found} == {
        ("督办助手", "bot"),
        ("数据助手", "bot"),
        ("提醒助手", "bot"),
        ("专班助手", "bot"),
        ("审批助手", "bot"),
    }
    assert not any(staff.has_usable_password() for staff in found)


def test_a_token_is_kept_while_it_opens_the_door():
    accounts.ensure_bots()
    token = accounts.renewed_token(DUBAN)
    assert accounts.renewed_token(DUBAN) == token
    path = accounts.token_path(DUBAN)
    assert path.read_text() == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert devices.actor_for_secret(token, "matrix").staff_number == "bot-duban"


def test_a_token_that_is_lost_or_revoked_is_replaced_on_the_same_device():
    accounts.ensure_bots()
    first = accounts.renewed_token(DUBAN)
    device = Device.objects.get(staff__staff_number="bot-duban")
    accounts.token_path(DUBAN).unlink()
    second = accounts.renewed_token(DUBAN)
    devices.sign_out(device.pk)
    third = accounts.renewed_token(DUBAN)
    assert len({first, second, third}) == 3
    assert list(Device.objects.filter(staff__staff_number="bot-duban").values_list("pk", "device_id")) == [
        (device.pk, "BOT")
    ]


@pytest.mark.parametrize("left", [b"", b"worthless", b"\xff\xfe"])
def test_a_file_without_a_token_is_replaced(left):
    accounts.ensure_bots()
    path = accounts.token_path(DUBAN)
    path.parent.mkdir(parents=True)
    path.write_bytes(left)
    assert accounts.kept_token(DUBAN) is None
    assert accounts.renewed_token(DUBAN) == accounts.kept_token(DUBAN)


def test_a_process_that_does_not_lead_gets_no_fresh_token():
    accounts.ensure_bots()
    assert accounts.kept_token(DUBAN) is None
    assert not Device.objects.filter(staff__staff_number="bot-duban").exists()
