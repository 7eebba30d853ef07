"""Marks of state secrets: nothing hides them, and ordinary words pass (domain §7)."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatops.services.content import plain_text
from chatops.services.secrecy_marks import find_mark

REFUSED = [
    ("机密★3年", "机密"),
    ("文件 绝密★", "绝密"),
    ("秘密 ★ 长期", "秘密"),
    ("密级：秘密\n关于会议的通知", "秘密"),
    ("通知\n　密 级: 机 密", "机密"),
    ("密级\n机密\n份号", "机密"),
    ("密级（机密）", "机密"),
    ("密级：☑机密", "机密"),
    ("保密等级：绝密级", "绝密"),
    ("【绝密】", "绝密"),
    ("**机密**", "机密"),
    ("机密 3年", "机密"),
    ("机密 三年", "机密"),
    ("机\u200b密★10年", "机密"),
    ("机\u3164密★10年", "机密"),
    ("机密*1年", "机密"),
    ("機密★", "机密"),
    ("絕密⭐\ufe0f", "绝密"),
    ("祕密☆", "秘密"),
    ("機宻★５年", "机密"),
    ("会议纪要　机密★１年　第3期", "机密"),
    ("工作秘密★3年", "秘密"),
]
PASSING = [
    "请各单位做好保密教育",
    "涉及商业秘密的材料请单独报送",
    "**商业秘密**",
    "商业秘密★5年",
    "工作秘密管理办法",
    "国家秘密载体管理办法学习",
    "不得上传绝密、机密、秘密文件",
    "绝密级文件管理规定学习",
    "密级：公开",
    "密级：机密性要求",
    "密级：□绝密 □机密 ☑公开",
    "内部★",
    "秘密花园",
    "机密性要求",
    "這是*機密*嗎",
    "司机密集停放",
    "随机密码★请妥善保管",
    "评分★★★",
]


@pytest.mark.parametrize(("text", "mark"), REFUSED)
def test_marks_are_found(text, mark):
    assert find_mark(text) == mark


@pytest.mark.parametrize("text", PASSING)
def test_ordinary_words_pass(text):
    assert find_mark(text) is None


hidden = st.text(alphabet=" \t\u3000\u00a0\u200b\u200d\u2060\ufeff\u00ad\u180e\u3164\u2800\ufe0f", max_size=6)
levels = st.sampled_from(
    [("绝", "密"), ("絕", "密"), ("机", "密"), ("機", "密"), ("秘", "密"), ("祕", "密"), ("秘", "宻")]
)
terms = st.sampled_from(["", "3年", "１０年", "三年", "长期", "長期", "6个月", "解密前"])
# Around a mark: words that do not make a 商业秘密 of it.
around = st.text(max_size=40).filter(lambda text: not re.search(r"(商业|商業)\s*$", text))


@given(around, levels, hidden, hidden, st.sampled_from("★☆⭐✯"), hidden, terms, st.text(max_size=40))
def test_nothing_hides_a_starred_mark(before, level, gap, gap2, star, gap3, term, after):
    text = f"{before} {level[0]}{gap}{level[1]}{gap2}{star}{gap3}{term}{after}"
    assert find_mark(text) is not None


@given(levels, hidden, hidden, st.sampled_from([":", "：", "﹕", "(", "【"]), st.text(max_size=30))
def test_nothing_hides_a_labelled_mark(level, gap, gap2, colon, before):
    assert find_mark(f"{before}\n密{gap}级{gap2}{colon}{gap2}{level[0]}{gap}{level[1]}\n") is not None


@given(st.lists(st.sampled_from([*PASSING, "收到", "请于今日17:00前报送", "3年", "第★号"]), max_size=6))
def test_ordinary_sentences_together_pass(lines):
    assert find_mark("\n".join(lines)) is None


@given(levels, st.lists(st.sampled_from(["<b>", "</b>", "<span data-x='1'>", "</span>"]), max_size=3))
def test_tags_and_entities_hide_nothing(level, tags):
    told = f"{level[0]}{''.join(tags)}&#{ord(level[1])};★3年"
    content = {"msgtype": "m.text", "body": "见正文", "formatted_body": told}
    assert find_mark(plain_text(content)) is not None


@pytest.mark.parametrize(
    "text",
    ["密" + " " * 300_000, "机" + " " * 300_000 + "密", "\n" * 300_000 + "密", "密级 " * 80_000, "机 " * 150_000 + "密",
     "机密" * 150_000, "密" + "\u200b" * 300_000],
)  # fmt: skip
def test_no_text_takes_long(text):
    before = time.process_time()
    find_mark(text)
    assert time.process_time() - before < 5
