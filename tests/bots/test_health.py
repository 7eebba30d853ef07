"""The doctor's question to the bots."""

import pytest

from bots.desk import DESK
from bots.services.accounts import ensure_bots, token_path
from bots.services.health import check_bots
from common.ops.checks import Level

pytestmark = pytest.mark.django_db


def test_bots_without_accounts():
    found = list(check_bots())
    assert [finding.level for finding in found] == [Level.ATTENTION] * len(DESK)
    assert DESK[0].name in found[0].text


def test_token_that_others_can_read(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    ensure_bots()
    assert {finding.level for finding in check_bots()} == {Level.OK}
    path = token_path(DESK[0])
    path.parent.mkdir(parents=True)
    path.write_text("token")
    path.chmod(0o644)
    first, *others = check_bots()
    assert first.level is Level.WRONG
    assert f"chmod 600 {path}" in first.advice
    assert {finding.level for finding in others} == {Level.OK}
