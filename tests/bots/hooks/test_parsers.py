"""Anything that somebody may send: a message or a refusal in every product."""

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.hooks import dingtalk, feishu, markup, own, slack, wecom
from bots.hooks.message import MOST_BYTES, STATUS, RefusedPayloadError

PRODUCTS = [dingtalk, wecom, feishu, slack, own]
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
