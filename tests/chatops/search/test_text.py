"""Folding, bigrams and snippets: pure, but for the cut that PostgreSQL makes itself."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from chatops.cards import Card, card_content
from chatops.services.search_text import (
    fold,
    grams_of,
    matches,
    runs_of,
    snippet,
    text_of,
)
from common import clock

SIGNS = st.text(st.sampled_from("防汛檢查臺风ABcé１２㎡，。 　\n督〔7〕🚩ｘガ"), max_size=60)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("今日開展防汛檢查", "检查"),
        ("今日开展防汛检查", "檢查"),
        ("请按ＧＢ／Ｔ９７０４排版", "gb/t 9704"),
        ("café 已订", "CAFE"),
        ("督〔2026〕713号", "2026 713号"),
        ("请用 Word 打开", "用Word"),
        ("5 月 20 日前报送", "5月20日"),
        ("面积约３００㎡", "300m2"),
        ("水位站已恢复", "位站"),
    ],
)
def test_spellings_of_the_same_are_found(said, asked):
    assert matches(runs_of(asked), fold(said))


@pytest.mark.parametrize(
    ("said", "asked"),
    [("防汛，预案", "汛预"), ("the rain", "herain"), ("防汛 预案", "防汛预案"), ("办公", "公办")],
)
def test_words_do_not_run_into_each_other(said, asked):
    assert not matches(runs_of(asked), fold(said))


@given(SIGNS)
def test_whatever_is_cut_out_of_a_word_is_found_in_it(said):
    body = fold(said)
    for word in body.split():
        assert matches(runs_of(word[: len(word) // 2 + 1]), body)


@pytest.mark.django_db
@given(SIGNS)
@settings(max_examples=80, deadline=None)
def test_postgresql_cuts_the_same_bigrams(said):
    body = fold(said)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(tsvector_to_array(chatops_grams(%s)), '{}')", [body])
        assert set(cursor.fetchone()[0]) == grams_of(body)


@given(SIGNS, st.data())
@settings(deadline=None)
def test_ranges_point_at_the_words_in_utf_16(said, data):
    words = fold(said).split()
    if not words:
        return
    word = data.draw(st.sampled_from(words))
    shown = snippet(said, [word])
    units = shown.text.encode("utf-16-le")
    assert shown.ranges
    for low, high in shown.ranges:
        piece = units[2 * low : 2 * high].decode("utf-16-le")
        assert word in fold(piece)


def test_a_long_text_is_cut_around_the_word():
    shown = snippet("前" * 500 + "汛情会商" + "后" * 500, ["会商"])
    [(low, high)] = shown.ranges
    assert shown.text[low:high] == "会商"
    assert shown.text.startswith("…")
    assert shown.text.endswith("…")
    assert len(shown.text) < 100


def test_a_card_a_file_a_reply_a_poll_and_a_bundle_say_all_that_is_seen():
    card = Card(
        kind="task", subject="x", version=1, title="城区排涝", number="12", as_of=clock.now(), fallback="任务",
        fields=[{"key": "unit", "label": "牵头单位", "value": "市水利和湖泊局"}],
    )  # fmt: skip
    for word in ("城区排涝", "牵头", "水利"):
        assert word in text_of("m.room.message", card_content(card))
    file = {"msgtype": "m.file", "body": "请审阅", "filename": "防汛预案.docx"}
    assert text_of("m.room.message", file).split("\n") == ["防汛预案.docx", "请审阅"]
    reply = {
        "msgtype": "m.text", "body": "> <@a:b> 旧的话\n\n新的话", "m.relates_to": {"m.in_reply_to": {"event_id": "$a"}},
    }  # fmt: skip
    assert text_of("m.room.message", reply) == "新的话"
    poll = {
        "m.text": [{"body": "几点？ 1. 九点 2. 十点"}],
        "m.poll": {
            "question": {"m.text": [{"body": "几点会商"}]},
            "answers": [
                {"m.id": "1", "m.text": [{"body": "九点"}]},
                {"m.id": "2", "m.text": [{"body": "十点"}]},
            ],
        },
    }
    assert text_of("m.poll.start", poll).split("\n") == ["几点会商", "九点", "十点"]
    merged = {
        "msgtype": "m.text", "body": "[聊天记录]",
        "org.tongzhou.merged": {"title": "汛情群", "items": [{"name": "罗清和", "content": {"body": "闸门已开"}}]},
    }  # fmt: skip
    assert {"汛情群", "罗清和", "闸门已开"} <= set(text_of("m.room.message", merged).split("\n"))
