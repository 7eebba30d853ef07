"""DingtalkChatbot, slack_sdk and apprise with only the address changed: success, and our refusal (decisions 32)."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bots.models import HookPost
from bots.services import records
from tests.bots.hooks.conftest import Site, site  # noqa: F401 - a fixture
from tests.clients.hooks.environment import python_with_robots
from tests.support.app import DaphneApp

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
DRIVE = Path(__file__).parent / "drive.py"


def drive(base: str, tokens: dict[str, str], signed: str, secret: str) -> dict[str, Any]:
    asked = {"base": base, "tokens": tokens, "dingtalk_signed": signed, "secret": secret}
    done = subprocess.run(
        [python_with_robots(), DRIVE, json.dumps(asked)],
        capture_output=True, text=True, timeout=120, check=False, env=os.environ | {"NO_PROXY": "*"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def test_the_products_own_clients_are_content_and_understand_a_refusal(site: Site):  # noqa: F811
    tokens = {kind: site.hook(kind).url[-32:] for kind in ("dingtalk", "wecom", "feishu", "slack")}
    signed = site.hook("dingtalk", signed=True)
    with DaphneApp() as app:
        report = drive(app.url, tokens, signed.url[-32:], signed.secret)
        assert report.pop("DingtalkChatbot") == [{"errcode": 0, "errmsg": "ok"}] * 5
        assert report.pop("DingtalkChatbot signed") == [{"errcode": 0, "errmsg": "ok"}] * 5
        assert report.pop("slack_sdk") == [[200, "ok"]] * 3
        assert len(report) == 6
        assert report == dict.fromkeys(report, True)
        assert HookPost.objects.count() == 19

        bodies = [post.content["body"] for post in HookPost.objects.order_by("id")]
        assert bodies[0] == "水位 28.4 米\n@13800001111"
        assert bodies[3] == "汛情通报\n请阅\n查看：https://www.dingtalk.com/"
        assert all("28.4" in body for body in bodies[10:])

        wrong = drive(app.url, tokens, signed.url[-32:], "SEC" + "0" * 64)
        assert {one["errcode"] for one in wrong["DingtalkChatbot signed"]} == {310000}
        assert wrong["apprise dingtalk signed"] is False
        assert wrong["apprise dingtalk"] is True

        records.pause(actor=site.head.actor(), bot_id=site.bot.pk)
        refused = drive(app.url, tokens, signed.url[-32:], signed.secret)
        assert refused.pop("DingtalkChatbot") == [{"errcode": 400102, "errmsg": "robot is paused"}] * 5
        assert refused.pop("slack_sdk") == [[404, "no_active_hooks"]] * 3
        refused.pop("DingtalkChatbot signed")
        assert refused == dict.fromkeys(refused, False)
