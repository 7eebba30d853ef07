"""Our own form of payloads: cards with buttons, signatures."""

import pytest

from bots.hooks import own
from chatops.cards import Action, Input
from tests.bots.hooks.reading import card_of, refusal


def test_card():
    card = {
        "title": "水位超警戒",
        "state": {"code": "red", "word": "超警戒"},
        "fields": [{"label": "水位", "value": "25.31 米"}],
        "lines": [{"text": "监测站", "url": "https://e.org/s"}],
        "url": "https://e.org",
    }
    message = own.parse({"card": card, "mention": {"users": ["zhang"], "everybody": True}, "key": "k1"})
    assert (
        message.body == "水位超警戒\n超警戒\n水位：25.31 米\n监测站：https://e.org/s\n查看详情：https://e.org"
    )
    assert (card_of(message).code, card_of(message).word, message.key) == ("red", "超警戒", "k1")
    assert message.named.everybody


def test_refusals():
    assert refusal(own, {"txt": "typo"}) == "kind"
    assert refusal(own, {"text": 3}) == "missing"
    assert refusal(own, {"card": {"title": "a", "state": {"code": "pink"}}}) == "missing"


def test_buttons():
    note = {"key": "note", "label": "说明", "type": "text", "required": False}
    take = {"name": "take", "label": "接单", "style": "primary"}
    card = {
        "title": "告警",
        "actions": [take],
        "menu": [{"name": "hand_on", "label": "转交", "input": [note]}],
    }
    part = card_of(own.parse({"card": card}))
    assert part.actions == (Action(name="take", label="接单", style="primary"),)
    assert part.menu == (
        Action(
            name="hand_on",
            label="转交",
            input=[Input(key="note", label="说明", type="text", required=False)],
        ),
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
def test_buttons_that_cannot_be_drawn_are_refused(buttons):
    assert refusal(own, {"card": {"title": "告警", **buttons}}) == "missing"


def test_signature():
    signature = own.sign("SEC1", "1700000000", b"{}")
    ask = {"timestamp": "1700000000", "signature": signature}
    assert own.is_signed("SEC1", b"{}", **ask, now_s=1700000300)
    assert not own.is_signed("SEC1", b"{} ", **ask, now_s=1700000000)
    assert not own.is_signed("SEC1", b"{}", **ask, now_s=1700000301)
