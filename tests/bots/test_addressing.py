"""When a message is meant for the bot."""

import pytest

from bots.commands.addressing import Me, replied_to, said_to

ME = Me("@bot-duban:tongzhou.localhost", "督办助手")
PILL = '<a href="https://matrix.to/#/@bot-duban:tongzhou.localhost">督办助手</a>: 签收 12'


def text(body, **content):
    return {"msgtype": "m.text", "body": body, **content}


def reply(body, to="$card"):
    return text(body, **{"m.relates_to": {"m.in_reply_to": {"event_id": to}}})


IN_A_GROUP = [
    (text("@督办助手 签收 12"), "签收 12"),
    (text("@督办助手签收12"), "签收12"),
    (text("＠督办助手　签收 12"), "签收 12"),
    (text("@督办助手：签收 12"), "签收 12"),
    (text("督办助手 签收 12"), "签收 12"),
    (text("督办助手：签收 12"), "签收 12"),
    (text("督办助手，签收 12"), "签收 12"),
    (text("督办助手"), ""),
    (text("签收 12 @督办助手"), "签收 12"),
    (text("@bot-duban 签收 12"), "签收 12"),
    (text("@bot-duban:tongzhou.localhost 签收 12"), "签收 12"),
    (text("督办助手: 签收 12", formatted_body=PILL), "签收 12"),
    (text("请 督办助手 签收 12", formatted_body="请 " + PILL), "请 签收 12"),
    (text("签收 12", **{"m.mentions": {"user_ids": ["@bot-duban:tongzhou.localhost"]}}), "签收 12"),
    (text("签收 12", **{"m.mentions": {"user_ids": ["@bot-duban2:tongzhou.localhost"]}}), None),
    (text("签收 12"), None),
    (text("督办助手很好用"), None),
    (text("@数据助手 状态"), None),
    (text("@bot-duban2 签收 12"), None),
    (text("问问督办助手吧"), None),
    ({"msgtype": "m.notice", "body": "@督办助手 签收 12"}, None),
    ({"msgtype": "m.image", "body": "@督办助手 签收 12"}, None),
    ({"body": "@督办助手 签收 12"}, None),
    ({"msgtype": "m.text", "body": 12}, None),
    (text("* @督办助手 签收 12", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}}), None),
    (text("@督办助手 签收 12", **{"m.relates_to": "?", "m.mentions": [], "formatted_body": 1}), "签收 12"),
]


@pytest.mark.parametrize(("content", "said"), IN_A_GROUP)
def test_in_a_group(content, said):
    assert said_to(ME, content, direct=False) == said


@pytest.mark.parametrize("body", ["签收 12", "@督办助手 签收 12", "督办助手 签收 12"])
def test_in_a_direct_room_no_mention_is_needed(body):
    assert said_to(ME, text(body), direct=True) == "签收 12"


def test_a_reply_to_its_card_is_for_the_bot():
    assert said_to(ME, reply("签收"), direct=False, about_my_card=True) == "签收"
    assert said_to(ME, reply("签收"), direct=False) is None


def test_the_quoted_message_of_a_reply_is_not_read():
    body = "> <@bot-duban:tongzhou.localhost> @督办助手 回复“签收 12”\n> 办理\n\n签收"
    assert said_to(ME, reply(body), direct=False, about_my_card=True) == "签收"
    assert said_to(ME, reply(body), direct=False) is None


@pytest.mark.parametrize(
    "relation", [None, "x", {}, {"m.in_reply_to": 1}, {"m.in_reply_to": {"event_id": 1}}]
)
def test_a_broken_relation_is_no_reply(relation):
    assert replied_to(text("签收", **{"m.relates_to": relation})) is None
