"""Payloads as Feishu's public pages print them."""

import base64

from bots.hooks import feishu
from bots.hooks.message import Line, RefusedPayloadError
from tests.bots.hooks.reading import card_of, fields_of, refusal


def test_text():
    message = feishu.parse(
        {
            "msg_type": "text",
            "content": {"text": '<at user_id="ou_xxx">Tom</at> 新更新提醒<at user_id="all">所有人</at>'},
        }
    )
    assert message.body == "@Tom 新更新提醒@所有人"
    assert message.named.users == ("ou_xxx",)
    assert message.named.everybody


def test_post():
    row = [
        {"tag": "text", "text": "项目有更新: "},
        {"tag": "a", "text": "请查看", "href": "http://www.example.com/"},
        {"tag": "at", "user_id": "ou_18eac8********17ad4f02e8bbbb"},
    ]
    post = {"zh_cn": {"title": "项目更新通知", "content": [row]}}
    message = feishu.parse({"msg_type": "post", "content": {"post": post}})
    assert message.body.startswith("项目更新通知\n项目有更新: 请查看（http://www.example.com/）@ou_18")
    assert '<a href="http://www.example.com/">请查看</a>' in message.html
    assert message.named.users == ("ou_18eac8********17ad4f02e8bbbb",)


def test_interactive():
    card = {
        "elements": [
            {"tag": "div", "text": {"content": "**西湖**，位于浙江省杭州市", "tag": "lark_md"}},
            {
                "tag": "div",
                "fields": [{"is_short": True, "text": {"tag": "lark_md", "content": "**时间**\n2021-02-23"}}],
            },
            {"tag": "hr"},
            {
                "actions": [
                    {
                        "tag": "button",
                        "text": {"content": "更多景点介绍", "tag": "lark_md"},
                        "url": "https://www.example.com",
                        "type": "default",
                        "value": {},
                    }
                ],
                "tag": "action",
            },
            {"tag": "note", "elements": [{"tag": "plain_text", "content": "备注"}]},
        ],
        "header": {"title": {"content": "今日旅游推荐", "tag": "plain_text"}, "template": "red"},
    }
    message = feishu.parse({"msg_type": "interactive", "card": card})
    assert card_of(message).title == "今日旅游推荐"
    assert card_of(message).code == "red"
    assert card_of(message).facts == (("时间", "2021-02-23"),)
    assert card_of(message).lines == (
        Line("西湖，位于浙江省杭州市"),
        Line("更多景点介绍", "https://www.example.com"),
        Line("备注"),
    )
    second = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "# 正文"}]}}
    assert feishu.parse({"msg_type": "interactive", "card": second}).body == "正文"


def test_the_first_version():
    assert feishu.parse({"title": "标题", "text": "内容"}).body == "标题\n内容"


def test_signature():
    import hmac

    told = base64.b64encode(hmac.digest(b"1599360473\ndemo", b"", "sha256")).decode()
    payload = {"timestamp": "1599360473", "sign": told}
    assert feishu.is_signed("demo", payload, now_s=1599360473 + 3600)
    assert feishu.is_signed("demo", payload | {"timestamp": 1599360473}, now_s=1599360473)
    assert not feishu.is_signed("demo", payload, now_s=1599360473 + 3601)
    assert not feishu.is_signed("other", payload, now_s=1599360473)
    assert not feishu.is_signed("demo", {}, now_s=1599360473)


def test_refusals():
    assert refusal(feishu, {"msg_type": "share_chat", "content": {"share_chat_id": "oc_f5b1a7eb2"}}) == "kind"
    assert refusal(feishu, {"content": {}}) == "missing"
    assert fields_of(feishu.failure(RefusedPayloadError("signature")))["code"] == 19021
    assert fields_of(feishu.success())["StatusCode"] == 0
