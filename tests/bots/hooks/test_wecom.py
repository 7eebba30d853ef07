"""Payloads as WeCom's public pages print them."""

import base64

from bots.hooks import wecom
from bots.hooks.message import Line, RefusedPayloadError
from tests.bots.hooks.reading import MD5, PNG, card_of, fields_of, refusal


def test_text():
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


def test_markdown():
    content = (
        '实时新增用户反馈<font color="warning">132例</font>\n>类型:<font color="comment">用户反馈</font>'
    )
    message = wecom.parse({"msgtype": "markdown", "markdown": {"content": content}})
    assert message.body == "实时新增用户反馈132例\n>类型:用户反馈"
    assert message.html == "实时新增用户反馈132例<br>\n<blockquote>类型:用户反馈</blockquote>"


def test_image():
    picture = {"base64": base64.b64encode(PNG).decode(), "md5": MD5}
    assert wecom.parse({"msgtype": "image", "image": picture}).picture == PNG
    assert refusal(wecom, {"msgtype": "image", "image": picture | {"md5": "0" * 32}}) == "picture"
    assert refusal(wecom, {"msgtype": "image", "image": picture | {"base64": "###"}}) == "picture"
    gif = base64.b64encode(b"GIF89a").decode()
    assert refusal(wecom, {"msgtype": "image", "image": {"base64": gif, "md5": ""}}) == "picture"


def test_news():
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


def test_template_card():
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


def test_refusals():
    assert refusal(wecom, {"msgtype": "file", "file": {"media_id": "3a8asd892asd8asd"}}) == "kind"
    assert fields_of(wecom.failure(RefusedPayloadError("token")))["errcode"] == 93000
    assert fields_of(wecom.failure(RefusedPayloadError("rate")))["errcode"] == 45009
