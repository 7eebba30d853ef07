"""Payloads as the products' public pages print them, and anything else that somebody may send."""

import base64
import hashlib
import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.hooks import dingtalk, feishu, markup, own, slack, wecom
from bots.hooks.message import (
    MOST_BYTES,
    STATUS,
    Answer,
    Button,
    CardPart,
    Line,
    Message,
    RefusedPayloadError,
    Wanted,
)

PRODUCTS = [dingtalk, wecom, feishu, slack, own]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 30
MD5 = hashlib.md5(PNG, usedforsecurity=False).hexdigest()


def refusal(module, payload) -> str:
    with pytest.raises(RefusedPayloadError) as caught:
        module.parse(payload)
    return caught.value.reason


def card_of(message: Message) -> CardPart:
    assert message.card is not None
    return message.card


def fields_of(answer: Answer) -> dict[str, Any]:
    assert isinstance(answer.body, dict)
    return answer.body


class TestDingTalk:
    def test_text_with_names(self):
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

    def test_link(self):
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

    def test_markdown(self):
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
    def test_action_card(self, buttons):
        part = {"title": "乔布斯 20 年前想打造一间苹果咖啡厅", "text": "### 乔布斯\n苹果总部", **buttons}
        message = dingtalk.parse({"msgtype": "actionCard", "actionCard": part})
        assert card_of(message).lines[-1] == Line("阅读全文", "https://www.dingtalk.com/")
        assert message.body.endswith("阅读全文：https://www.dingtalk.com/")

    def test_feed_card(self):
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

    def test_signature(self):
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

    def test_refusals(self):
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


class TestWeCom:
    def test_text(self):
        content = {
            "content": "广州今日天气：29度",
            "mentioned_list": ["wangqing", "@all"],
            "mentioned_mobile_list": ["13800001111", "@all"],
        }
        message = wecom.parse({"msgtype": "text", "text": content})
        assert message.body == "广州今日天气：29度"
        assert message.named.users == ("wangqing",)
        assert message.named.phones == ("13800001111",)
        assert message.named.everybody

    def test_markdown(self):
        content = (
            '实时新增用户反馈<font color="warning">132例</font>\n>类型:<font color="comment">用户反馈</font>'
        )
        message = wecom.parse({"msgtype": "markdown", "markdown": {"content": content}})
        assert message.body == "实时新增用户反馈132例\n>类型:用户反馈"
        assert message.html == "实时新增用户反馈132例<br>\n<blockquote>类型:用户反馈</blockquote>"

    def test_image(self):
        picture = {"base64": base64.b64encode(PNG).decode(), "md5": MD5}
        assert wecom.parse({"msgtype": "image", "image": picture}).picture == PNG
        assert refusal(wecom, {"msgtype": "image", "image": picture | {"md5": "0" * 32}}) == "picture"
        assert refusal(wecom, {"msgtype": "image", "image": picture | {"base64": "###"}}) == "picture"
        gif = base64.b64encode(b"GIF89a").decode()
        assert refusal(wecom, {"msgtype": "image", "image": {"base64": gif, "md5": ""}}) == "picture"

    def test_news(self):
        article = {
            "title": "中秋节礼品领取",
            "description": "今年公司有豪礼相送",
            "url": "www.qq.com",
            "picurl": "",
        }
        message = wecom.parse({"msgtype": "news", "news": {"articles": [article]}})
        assert message.body == "中秋节礼品领取\n今年公司有豪礼相送"  # no scheme: not an address
        message = wecom.parse(
            {"msgtype": "news", "news": {"articles": [article | {"url": "https://www.qq.com"}] * 2}}
        )
        assert [line.url for line in card_of(message).lines] == ["https://www.qq.com"] * 2

    def test_template_card(self):
        card = {
            "card_type": "text_notice",
            "source": {"icon_url": "https://wework.qpic.cn/a.png", "desc": "企业微信", "desc_color": 0},
            "main_title": {"title": "欢迎使用企业微信", "desc": "您的好友正在邀请您加入企业微信"},
            "emphasis_content": {"title": "100", "desc": "数据含义"},
            "quote_area": {
                "type": 1,
                "url": "https://work.weixin.qq.com/?from=openApi",
                "title": "引用文本标题",
                "quote_text": "Jack：企业微信真的很好用~",
            },
            "sub_title_text": "下载企业微信还能抢红包！",
            "horizontal_content_list": [
                {"keyname": "邀请人", "value": "张三"},
                {"keyname": "企微官网", "value": "点击访问", "type": 1, "url": "https://work.weixin.qq.com/"},
            ],
            "jump_list": [{"type": 1, "url": "https://work.weixin.qq.com/j", "title": "企业微信官网"}],
            "card_action": {"type": 1, "url": "https://work.weixin.qq.com/c", "appid": "APPID"},
        }
        message = wecom.parse({"msgtype": "template_card", "template_card": card})
        assert card_of(message).title == "欢迎使用企业微信"
        assert ("数据含义", "100") in card_of(message).facts
        assert ("邀请人", "张三") in card_of(message).facts
        assert Line("企业微信官网", "https://work.weixin.qq.com/j") in card_of(message).lines
        assert "您的好友正在邀请您加入企业微信" in message.body
        news = {
            "card_type": "news_notice",
            "main_title": {"title": "标题"},
            "vertical_content_list": [{"title": "惊喜", "desc": "红包"}],
        }
        assert "惊喜：红包" in wecom.parse({"msgtype": "template_card", "template_card": news}).body
        assert (
            refusal(wecom, {"msgtype": "template_card", "template_card": {"card_type": "vote_interaction"}})
            == "kind"
        )

    def test_refusals(self):
        assert refusal(wecom, {"msgtype": "file", "file": {"media_id": "3a8asd892asd8asd"}}) == "kind"
        assert fields_of(wecom.failure(RefusedPayloadError("token")))["errcode"] == 93000
        assert fields_of(wecom.failure(RefusedPayloadError("rate")))["errcode"] == 45009


class TestFeishu:
    def test_text(self):
        message = feishu.parse(
            {
                "msg_type": "text",
                "content": {"text": '<at user_id="ou_xxx">Tom</at> 新更新提醒<at user_id="all">所有人</at>'},
            }
        )
        assert message.body == "@Tom 新更新提醒@所有人"
        assert message.named.users == ("ou_xxx",)
        assert message.named.everybody

    def test_post(self):
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

    def test_interactive(self):
        card = {
            "elements": [
                {"tag": "div", "text": {"content": "**西湖**，位于浙江省杭州市", "tag": "lark_md"}},
                {
                    "tag": "div",
                    "fields": [
                        {"is_short": True, "text": {"tag": "lark_md", "content": "**时间**\n2021-02-23"}}
                    ],
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

    def test_the_first_version(self):
        assert feishu.parse({"title": "标题", "text": "内容"}).body == "标题\n内容"

    def test_signature(self):
        import hmac

        told = base64.b64encode(hmac.digest(b"1599360473\ndemo", b"", "sha256")).decode()
        payload = {"timestamp": "1599360473", "sign": told}
        assert feishu.is_signed("demo", payload, now_s=1599360473 + 3600)
        assert feishu.is_signed("demo", payload | {"timestamp": 1599360473}, now_s=1599360473)
        assert not feishu.is_signed("demo", payload, now_s=1599360473 + 3601)
        assert not feishu.is_signed("other", payload, now_s=1599360473)
        assert not feishu.is_signed("demo", {}, now_s=1599360473)

    def test_refusals(self):
        assert (
            refusal(feishu, {"msg_type": "share_chat", "content": {"share_chat_id": "oc_f5b1a7eb2"}})
            == "kind"
        )
        assert refusal(feishu, {"content": {}}) == "missing"
        assert fields_of(feishu.failure(RefusedPayloadError("signature")))["code"] == 19021
        assert fields_of(feishu.success())["StatusCode"] == 0


class TestSlack:
    def test_text(self):
        message = slack.parse(
            {"text": "*Danger* &lt;ok&gt; <https://e.org/a?b=1&amp;c=2|look> <!here> <@U024BE7LH>"}
        )
        assert message.body == "*Danger* <ok> look（https://e.org/a?b=1&c=2） @全体 @U024BE7LH"
        assert '<a href="https://e.org/a?b=1&amp;c=2">look</a>' in message.html
        assert "<strong>Danger</strong> &lt;ok&gt;" in message.html
        assert message.named.users == ("U024BE7LH",)
        assert message.named.everybody

    def test_blocks(self):
        blocks = [
            {"type": "header", "text": {"type": "plain_text", "text": "New request"}},
            {
                "type": "section",
                "fields": [
                    {"type": "mrkdwn", "text": "*Type:*\nPaid Time Off"},
                    {"type": "mrkdwn", "text": "*When:*\nAug 10"},
                ],
            },
            {"type": "divider"},
            {"type": "section", "text": {"type": "mrkdwn", "text": "<https://example.com|View request>"}},
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "text": {"type": "plain_text", "text": "Open"},
                        "url": "https://example.com/o",
                    }
                ],
            },
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "text", "text": "Hello "},
                            {"type": "link", "url": "https://e.org", "text": "there"},
                        ],
                    }
                ],
            },
        ]
        message = slack.parse({"text": "fallback", "blocks": blocks})
        assert card_of(message).title == "New request"
        assert card_of(message).facts == (("Type", "Paid Time Off"), ("When", "Aug 10"))
        assert Line("Open", "https://example.com/o") in card_of(message).lines
        assert "Hello there（https://e.org）" in message.body
        assert refusal(slack, {"blocks": [{"type": "call"}]}) == "kind"

    def test_attachments(self):
        attachment = {
            "color": "danger",
            "pretext": "Optional text",
            "title": "Slack API Documentation",
            "title_link": "https://api.slack.com/",
            "text": "Optional text in the attachment",
            "fields": [{"title": "Priority", "value": "High", "short": False}],
            "footer": "Slack API",
        }
        message = slack.parse({"text": "above", "attachments": [attachment]})
        assert card_of(message).code == "red"
        assert card_of(message).facts == (("Priority", "High"),)
        assert message.body.startswith("above\n")
        assert "https://api.slack.com/" in message.body

    def test_refusals(self):
        assert refusal(slack, {}) == "empty"
        assert refusal(slack, []) == "not_json"
        answer = slack.failure(RefusedPayloadError("empty", "detail"))
        assert (answer.status, answer.body) == (400, "no_text")


class TestOwn:
    def test_card(self):
        card = {
            "title": "水位超警戒",
            "state": {"code": "red", "word": "超警戒"},
            "fields": [{"label": "水位", "value": "25.31 米"}],
            "lines": [{"text": "监测站", "url": "https://e.org/s"}],
            "url": "https://e.org",
        }
        message = own.parse({"card": card, "mention": {"users": ["zhang"], "everybody": True}, "key": "k1"})
        assert (
            message.body
            == "水位超警戒\n超警戒\n水位：25.31 米\n监测站：https://e.org/s\n查看详情：https://e.org"
        )
        assert (card_of(message).code, card_of(message).word, message.key) == ("red", "超警戒", "k1")
        assert message.named.everybody

    def test_refusals(self):
        assert refusal(own, {"txt": "typo"}) == "kind"
        assert refusal(own, {"text": 3}) == "missing"
        assert refusal(own, {"card": {"title": "a", "state": {"code": "pink"}}}) == "missing"

    def test_buttons(self):
        note = {"key": "note", "label": "说明", "type": "text", "required": False}
        take = {"name": "take", "label": "接单", "style": "primary"}
        card = {
            "title": "告警",
            "actions": [take],
            "menu": [{"name": "hand_on", "label": "转交", "input": [note]}],
        }
        part = card_of(own.parse({"card": card}))
        assert part.actions == (Button("take", "接单", "primary"),)
        assert part.menu == (
            Button("hand_on", "转交", "plain", (Wanted("note", "说明", "text", required=False),)),
        )

    @pytest.mark.parametrize(
        "buttons",
        [
            {"actions": [{"name": n, "label": n} for n in "abc"]},
            {"menu": [{"name": "a" * n, "label": "x"} for n in range(1, 11)]},
            {"actions": [{"name": "Take", "label": "x"}]},
            {"actions": [{"name": "take"}]},
            {"actions": [{"name": "take", "label": "x", "style": "huge"}]},
            {"actions": [{"name": "take", "label": "字" * 21}]},
            {"actions": [{"name": "a", "label": "x"}], "menu": [{"name": "a", "label": "y"}]},
            {"actions": [{"name": "a", "label": "x", "input": [{"key": "k", "type": "script"}]}]},
            {"actions": [{"name": "a", "label": "x", "input": [{"key": "a b"}]}]},
        ],
    )
    def test_buttons_that_cannot_be_drawn_are_refused(self, buttons):
        assert refusal(own, {"card": {"title": "告警", **buttons}}) == "missing"

    def test_signature(self):
        signature = own.sign("SEC1", "1700000000", b"{}")
        ask = {"timestamp": "1700000000", "signature": signature}
        assert own.is_signed("SEC1", b"{}", **ask, now_s=1700000300)
        assert not own.is_signed("SEC1", b"{} ", **ask, now_s=1700000000)
        assert not own.is_signed("SEC1", b"{}", **ask, now_s=1700000301)


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
WORDS = [
    "msgtype", "text", "content", "markdown", "title", "link", "messageUrl", "actionCard", "btns", "actionURL",
    "feedCard", "links", "messageURL", "at", "atMobiles", "image", "base64", "md5", "news", "articles", "url",
    "template_card", "card_type", "main_title", "text_notice", "msg_type", "post", "zh_cn", "tag", "href", "card",
    "interactive", "elements", "header", "fields", "actions", "div", "button", "blocks", "attachments", "type",
    "section", "rich_text", "rich_text_section", "mention", "lines", "state", "code", "timestamp", "sign",
]  # fmt: skip
keys = st.sampled_from(WORDS) | st.text(max_size=8)
values = st.recursive(
    leaves | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=25,
)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.__name__.rpartition(".")[2])
@given(payload=values)
def test_whatever_comes_is_a_message_or_a_refusal(product, payload):
    try:
        message = product.parse(payload)
    except RefusedPayloadError as refused:
        message, told = None, product.failure(refused)
    if message is None:
        assert told.status >= 400
    else:
        assert message.picture or message.body.strip()
        assert len(message.body.encode()) <= MOST_BYTES
        assert "\x00" not in message.body


@given(st.dictionaries(keys, values))
def test_no_signature_is_taken_by_chance(payload):
    assert not feishu.is_signed("SECx", payload, now_s=1_700_000_000)


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("reason", STATUS)
def test_every_refusal_has_a_form_in_every_product(product, reason):
    answer = product.failure(RefusedPayloadError(reason, "detail", retry_after_s=3))
    assert answer.status >= 400
    assert answer.headers.get("Retry-After") == ("3" if reason == "rate" else None)
    json.dumps(answer.body)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)
        self.links += [value for name, value in attrs if name == "href"]
        assert {name for name, _ in attrs} <= {"href"}


@given(st.text(alphabet="a*_`#>[]()!-1. \n<&\"'/:htps\x00", max_size=80))
def test_markdown_makes_no_tag_of_its_own(text):
    tags = Tags()
    tags.feed(markup.html(text))
    allowed = {
        "a",
        "strong",
        "em",
        "code",
        "li",
        "ul",
        "ol",
        "br",
        "hr",
        "blockquote",
        *(f"h{n}" for n in range(1, 7)),
    }
    assert tags.found <= allowed
    assert all(link.startswith(("http://", "https://")) for link in tags.links)
    markup.plain(text)


def test_markdown_is_escaped():
    assert markup.html("<script>x</script>") == "&lt;script&gt;x&lt;/script&gt;"
    assert markup.html("[x](javascript:alert)") == "x"
    assert markup.html('[a"b](https://e.org/"x)') == '<a href="https://e.org/&quot;x">a&quot;b</a>'
