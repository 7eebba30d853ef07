"""Payloads as DingTalk's public pages print them."""

import base64

import pytest

from bots.hooks import dingtalk
from bots.hooks.message import MOST_BYTES, Line, RefusedPayloadError
from tests.bots.hooks.reading import card_of, fields_of, refusal


def test_text_with_names():
    message = dingtalk.parse(
        {
            "at": {"atMobiles": ["180xxxxxx"], "atUserIds": ["user123"], "isAtAll": False},
            "text": {"content": "我就是我, @XXX 是不一样的烟火"},
            "msgtype": "text",
        }
    )
    assert message.body == "我就是我, @XXX 是不一样的烟火"
    assert message.named.phones == ("180xxxxxx",)
    assert message.named.users == ("user123",)
    assert not message.named.everybody


def test_link():
    message = dingtalk.parse(
        {
            "msgtype": "link",
            "link": {
                "text": "这个即将发布的新版本",
                "title": "时代的火车向前开",
                "picUrl": "",
                "messageUrl": "https://www.dingtalk.com/s?__biz=MzA4NjMwMTA2Ng==&mid=2650316842",
            },
        }
    )
    assert message.body.split("\n") == [
        "时代的火车向前开",
        "这个即将发布的新版本",
        "https://www.dingtalk.com/s?__biz=MzA4NjMwMTA2Ng==&mid=2650316842",
    ]
    assert card_of(message).title == "时代的火车向前开"


def test_markdown():
    text = (
        "#### 杭州天气 @150XXXXXXXX \n > 9度，西北风1级\n > ![截图](https://img.alicdn.com/a.png)\n"
        " > ###### 10点20分发布 [天气](https://www.dingtalk.com) \n"
    )
    message = dingtalk.parse({"msgtype": "markdown", "markdown": {"title": "杭州天气", "text": text}})
    assert "杭州天气 @150XXXXXXXX" in message.body
    assert "天气（https://www.dingtalk.com）" in message.body
    assert "<h4>杭州天气 @150XXXXXXXX</h4>" in message.html
    assert '<a href="https://www.dingtalk.com">天气</a>' in message.html
    assert "<img" not in message.html


@pytest.mark.parametrize(
    "buttons",
    [
        {"singleTitle": "阅读全文", "singleURL": "https://www.dingtalk.com/"},
        {"btns": [{"title": "阅读全文", "actionURL": "https://www.dingtalk.com/"}]},
        {
            "btns": [
                {
                    "title": "阅读全文",
                    "actionURL": "dingtalk://dingtalkclient/page/link?pc_slide=false&url=https%3A%2F%2Fwww.dingtalk.com%2F",
                }
            ]
        },
    ],
)
def test_action_card(buttons):
    part = {"title": "乔布斯 20 年前想打造一间苹果咖啡厅", "text": "### 乔布斯\n苹果总部", **buttons}
    message = dingtalk.parse({"msgtype": "actionCard", "actionCard": part})
    assert card_of(message).lines[-1] == Line("阅读全文", "https://www.dingtalk.com/")
    assert message.body.endswith("阅读全文：https://www.dingtalk.com/")


def test_feed_card():
    links = [
        {
            "title": f"时代的火车向前开{n}",
            "messageURL": f"https://www.dingtalk.com/{n}",
            "picURL": "https://x/y.png",
        }
        for n in (1, 2)
    ]
    message = dingtalk.parse({"msgtype": "feedCard", "feedCard": {"links": links}})
    assert [line.url for line in card_of(message).lines] == [
        "https://www.dingtalk.com/1",
        "https://www.dingtalk.com/2",
    ]


def test_signature():
    """Worked out by hand: HMAC-SHA256 by the secret over `timestamp\\nsecret`, in base64."""
    secret, stamp = "SEC000", "1577262236757"
    import hmac

    told = base64.b64encode(hmac.digest(b"SEC000", b"1577262236757\nSEC000", "sha256")).decode()
    ask = {"timestamp": stamp, "signature": told}
    assert dingtalk.is_signed(secret, **ask, now_ms=1577262236757 + 3_599_999)
    assert not dingtalk.is_signed(secret, **ask, now_ms=1577262236757 + 3_600_001)
    for odd in (told.replace("+", " "), told.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")):
        assert dingtalk.is_signed(secret, timestamp=stamp, signature=odd, now_ms=1577262236757)
    assert not dingtalk.is_signed("SEC001", **ask, now_ms=1577262236757)
    assert not dingtalk.is_signed(secret, timestamp="x", signature=told, now_ms=1577262236757)


def test_refusals():
    assert refusal(dingtalk, {"msgtype": "voice", "voice": {}}) == "kind"
    assert refusal(dingtalk, {}) == "missing"
    assert refusal(dingtalk, {"msgtype": "text", "text": {"content": "  "}}) == "empty"
    assert refusal(dingtalk, {"msgtype": "text", "text": {"content": "字" * MOST_BYTES}}) == "size"
    answer = dingtalk.failure(RefusedPayloadError("rate", retry_after_s=7))
    assert (answer.status, fields_of(answer)["errcode"], answer.headers) == (
        429,
        410100,
        {"Retry-After": "7"},
    )
    assert "7 seconds" in fields_of(answer)["errmsg"]
