"""Runs in the clients' own environment: each of them with only the address changed. What they report, as JSON.

Usage: drive.py '{"base": "http://…", "tokens": {"dingtalk": …}, "secret": "SEC…", "dingtalk_signed": …}'
"""

import json
import logging
import sys
from typing import Any

import apprise
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.slack import NotifySlack
from apprise.plugins.wecombot import NotifyWeComBot
from dingtalkchatbot.chatbot import ActionCard, CardItem, DingtalkChatbot, FeedLink
from slack_sdk.models.blocks import HeaderBlock, SectionBlock
from slack_sdk.webhook import WebhookClient

asked = json.loads(sys.argv[1])
base, tokens = asked["base"], asked["tokens"]
logging.basicConfig(level=logging.WARNING, stream=sys.stderr)

NotifyDingTalk.notify_url = f"{base}/robot/send?access_token={{token}}"
NotifyFeishu.notify_url = f"{base}/open-apis/bot/v2/hook/{{token}}/"
NotifyWeComBot.notify_url = f"{base}/cgi-bin/webhook/send?key={{key}}"
NotifySlack.webhook_url = f"{base}/services"


def by_apprise(address: str, body_format: str = "text") -> bool:
    sender = apprise.Apprise()
    assert sender.add(address), address
    return bool(sender.notify(body="水位 28.4 米", title="汛情", body_format=body_format))


def by_dingtalk(address: str, secret: str | None = None) -> list[dict[str, Any]]:
    robot = DingtalkChatbot(address, secret=secret)
    return [
        robot.send_text("水位 28.4 米", at_mobiles=["13800001111"]),
        robot.send_link("新版本", "即将发布", "https://www.dingtalk.com/", pic_url=""),
        robot.send_markdown("汛情", "#### 汛情\n> 水位 **28.4** 米", is_at_all=True),
        robot.send_action_card(
            ActionCard("汛情通报", "### 汛情通报\n请阅", [CardItem("查看", "https://www.dingtalk.com/")])
        ),
        robot.send_feed_card(
            [FeedLink("一", "https://www.dingtalk.com/1", "https://www.dingtalk.com/1.png")]
        ),
    ]


def by_slack(address: str) -> list[list[Any]]:
    client = WebhookClient(address)
    answers = [
        client.send(text="*水位* 28.4 米"),
        client.send(
            text="汛情",
            blocks=[HeaderBlock(text="汛情"), SectionBlock(text="水位 *28.4* 米", fields=["*级别*\n三级"])],
        ),
        client.send_dict({"attachments": [{"color": "danger", "title": "汛情", "text": "水位 28.4 米"}]}),
    ]
    return [[answer.status_code, answer.body] for answer in answers]


team = f"T0TONGZHOU/B{tokens['slack'][:8].upper()}/{tokens['slack']}"
report = {
    "DingtalkChatbot": by_dingtalk(f"{base}/robot/send?access_token={tokens['dingtalk']}"),
    "DingtalkChatbot signed": by_dingtalk(
        f"{base}/robot/send?access_token={asked['dingtalk_signed']}", asked["secret"]
    ),
    "slack_sdk": by_slack(f"{base}/services/{team}"),
    "apprise dingtalk": by_apprise(f"dingtalk://{tokens['dingtalk']}/"),
    "apprise dingtalk markdown": by_apprise(f"dingtalk://{tokens['dingtalk']}/", "markdown"),
    "apprise dingtalk signed": by_apprise(f"dingtalk://{asked['secret']}@{asked['dingtalk_signed']}/"),
    "apprise feishu": by_apprise(f"feishu://{tokens['feishu']}/"),
    "apprise wecombot": by_apprise(f"wecombot://{tokens['wecom']}/"),
    "apprise slack": by_apprise(f"slack://{team}/"),
}
sys.stdout.write(json.dumps(report) + "\n")
