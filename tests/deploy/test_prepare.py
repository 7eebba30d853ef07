"""What stands between the servers and the processes: may this site be shown, and to whom."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from deploy.embedded.places import CHECKOUT

pytestmark = pytest.mark.django_db(transaction=True)


def prepare(*arguments: str, demo: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.prepare", *arguments],
        cwd=CHECKOUT, env=os.environ | {"DATABASE_URL": settings.DATABASE_URL, "DEMO": demo},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_public_passwords_are_not_shown_to_others():
    """LISTEN=0.0.0.0 over a database in which anybody could sign in."""
    from directory.store.models import Staff

    staff = Staff.objects.create(staff_number="xn0001", name="李敏", has_demo_password=True)
    refused = prepare("--open")
    assert refused.returncode == 3
    assert "不能对外开放（LISTEN）" in refused.stdout
    assert "DEMO=0" in refused.stdout
    assert refused.stdout.count("\n") == 1

    staff.has_demo_password = False
    staff.save()
    assert prepare("--open").returncode == 0


def test_an_empty_site_has_no_accounts_to_show():
    done = prepare()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"accounts": []}
