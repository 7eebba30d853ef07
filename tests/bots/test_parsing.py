"""What people write, and what the bot reads. One line per way of writing."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.commands.folding import clean, fold
from bots.commands.forms import Command, Misread
from bots.commands.parsing import read_command
from bots.desk.duban.forms import FORMS

TODAY = date(2026, 11, 22)
YEAR_END = date(2026, 12, 31)

READ = [
    ("签收 12", Command("sign_for", 12)),
    ("签收12", Command("sign_for", 12)),
    ("签收１２", Command("sign_for", 12)),
    ("　签收　１２　", Command("sign_for", 12)),
    ("签收：12。", Command("sign_for", 12)),
    ("签收第12项", Command("sign_for", 12)),
    ("签收 #12", Command("sign_for", 12)),
    ("签收 事项12号", Command("sign_for", 12)),
    ("签 收 12", Command("sign_for", 12)),
    ("请签收12", Command("sign_for", 12)),
    ("/签收 12", Command("sign_for", 12)),
    ("qianshou 12", Command("sign_for", 12)),
    ("ＱＩＡＮＳＨＯＵ　12", Command("sign_for", 12)),
    ("Qian Shou 12", Command("sign_for", 12)),
    ("qs12", Command("sign_for", 12)),
    ("签收 12 谢谢", Command("sign_for", 12)),
    ("签\u200b收 12", Command("sign_for", 12)),
    ("签收《智慧城市专班》12", Command("sign_for", 12, force="智慧城市专班")),
    ("签收 12 《智慧城市》专班", Command("sign_for", 12, force="智慧城市")),
    ("进展 12 60% 文字", Command("report", 12, 60, text="文字")),
    ("进展１２　６０％　设备到货", Command("report", 12, 60, text="设备到货")),
    ("进展，12，60%，设备到货，正在安装", Command("report", 12, 60, text="设备到货，正在安装")),
    ("进展 12 60 设备到货", Command("report", 12, 60, text="设备到货")),
    ("进展12 60%", Command("report", 12, 60)),
    ("进展 12 百分之60 设备到货", Command("report", 12, 60, text="设备到货")),
    ("进展 12 完成60% 到货20台", Command("report", 12, 60, text="到货20台")),
    ("进展 12 100%", Command("report", 12, 100)),
    ("进展 12 0%", Command("report", 12, 0)),
    ("jinzhan 12 60% 文字", Command("report", 12, 60, text="文字")),
    ("进展 12 60%\n第一行\n第二行", Command("report", 12, 60, text="第一行\n第二行")),
    ("进展 12 60% ＡＢ①保留原样％", Command("report", 12, 60, text="ＡＢ①保留原样％")),
    ("延期 12 2026-12-31 设备未到", Command("ask_extension", 12, day=YEAR_END, text="设备未到")),
    ("延期 12 2026/12/31 设备未到", Command("ask_extension", 12, day=YEAR_END, text="设备未到")),
    ("延期 12 2026.12.31 设备未到", Command("ask_extension", 12, day=YEAR_END, text="设备未到")),
    ("延期 12 20261231 设备未到", Command("ask_extension", 12, day=YEAR_END, text="设备未到")),
    ("延期12至2026年12月31日，设备未到", Command("ask_extension", 12, day=YEAR_END, text="设备未到")),
    ("延期 12 ２０２６－１２－３１ 设备未到", Command("ask_extension", 12, day=YEAR_END, text="设备未到")),
    ("延期 12 12月31日 设备未到", Command("ask_extension", 12, day=YEAR_END, text="设备未到")),
    ("延期 12 3-15 春节影响", Command("ask_extension", 12, day=date(2027, 3, 15), text="春节影响")),
    ("申请延期 12 12-31 设备未到", Command("ask_extension", 12, day=YEAR_END, text="设备未到")),
    ("同意延期 12", Command("agree_extension", 12)),
    ("tongyi yanqi 12", Command("agree_extension", 12)),
    ("退回延期 12 请按原时限完成", Command("return_extension", 12, text="请按原时限完成")),
    ("退回 12 不属我局", Command("send_back", 12, text="不属我局")),
    ("办结12", Command("close", 12)),
    ("催办 12", Command("remind", 12)),
    ("cuiban 12", Command("remind", 12)),
    ("摘要", Command("digest")),
    ("台账", Command("ledger")),
    ("台账 红", Command("ledger", text="红")),
    ("taizhang", Command("ledger")),
    ("帮助", Command("help")),
    ("？", Command("help")),
    ("help", Command("help")),
    ("帮助 进展", Command("help", text="进展")),
]

MISREAD = [
    ("签收", "sign_for", "请写明事项编号。"),
    ("签收 全部", "sign_for", "请写明事项编号。"),
    ("签收 0", "sign_for", "事项编号应为台账中的编号，请核对。"),
    ("签收 12、13", "sign_for", "一次办理一项，请分条发送。"),
    ("签收 12和13", "sign_for", "一次办理一项，请分条发送。"),
    ("进展 12", "report", "请写明进度百分比。"),
    ("进展 12 设备到货", "report", "请写明进度百分比。"),
    ("进展 12 60台设备到货", "report", "请写明进度百分比。"),
    ("进展 12 60.5% 设备到货", "report", "进度请写0至100的整数。"),
    ("进展 12 160% 设备到货", "report", "进度请写0至100的整数。"),
    ("进展 60%", "report", "请写明事项编号。"),
    ("延期 12", "ask_extension", "请写明新的时限日期。"),
    ("延期 12 下月底 设备未到", "ask_extension", "请写明新的时限日期。"),
    ("延期 12 2026-02-30 设备未到", "ask_extension", "日期不存在，请核对年、月、日。"),
    ("延期 12 2026-13-01 设备未到", "ask_extension", "日期不存在，请核对年、月、日。"),
    ("延期 12 2-29 设备未到", "ask_extension", "日期不存在，请核对年、月、日。"),
    ("延期 12 2026-12-31", "ask_extension", "请写明理由。"),
    ("延期 2026-12-31 设备未到", "ask_extension", "请写明事项编号。"),
    ("退回延期 12", "return_extension", "请写明理由。"),
    ("进展 12 60% " + "长" * 2001, "report", "文字不超过2000个字，请压缩后重发。"),
]

IN_REPLY = [
    ("签收", Command("sign_for")),
    ("签收 12", Command("sign_for", 12)),
    ("进展 60% 设备到货", Command("report", percent=60, text="设备到货")),
    ("进展 60 设备到货", Command("report", percent=60, text="设备到货")),
    ("进展 12 60% 设备到货", Command("report", 12, 60, text="设备到货")),
    ("延期 2026-12-31 设备未到", Command("ask_extension", day=YEAR_END, text="设备未到")),
    ("同意延期", Command("agree_extension")),
    ("退回 不属我局", Command("send_back", text="不属我局")),
]


@pytest.mark.parametrize(("said", "expected"), READ)
def test_reads(said, expected):
    assert read_command(said, FORMS, today=TODAY) == expected


@pytest.mark.parametrize(("said", "name", "sentence"), MISREAD)
def test_answers_a_misread_command_with_its_form(said, name, sentence):
    misread = read_command(said, FORMS, today=TODAY)
    assert isinstance(misread, Misread)
    assert misread.form is not None
    assert (misread.form.name, misread.sentence) == (name, sentence)
    assert misread.answer() == f"{sentence}\n格式：{misread.form.form}\n例如：{misread.form.example}"


@pytest.mark.parametrize(("said", "expected"), IN_REPLY)
def test_a_reply_to_a_card_needs_no_number(said, expected):
    assert read_command(said, FORMS, today=TODAY, about_card=True) == expected


@pytest.mark.parametrize("said", ["", "你好", "12", "qianshouren 12", "明天开会"])
def test_answers_anything_else_with_the_list_of_commands(said):
    misread = read_command(said, FORMS, today=TODAY)
    assert isinstance(misread, Misread)
    assert misread.form is None
    assert "签收、进展" in misread.answer()
    assert "发送“帮助”查看写法。" in misread.answer()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_example_of_the_help_text_is_read_as_its_command(form):
    read = read_command(form.example, FORMS, today=TODAY)
    assert isinstance(read, Command)
    assert read.name == form.name


def test_no_two_commands_share_a_word():
    words = [word for form in FORMS for word in form.words]
    assert len(words) == len(set(words))


@given(st.text(max_size=200))
def test_any_text_is_read_or_answered(text):
    read = read_command(text, FORMS, today=TODAY)
    assert isinstance(read, Command) or read.answer()


words = st.sampled_from([word for form in FORMS for word in form.words])


@given(words, st.text(alphabet="0123456789０１９%％-－./年月日 　，。：第项《》百分之至文字\n", max_size=40))
def test_any_arguments_are_read_or_answered(word, arguments):
    read = read_command(word + arguments, FORMS, today=TODAY)
    assert isinstance(read, Command) or read.answer()
    if isinstance(read, Command):
        assert read.number is None or 0 < read.number < 1_000_000
        assert read.percent is None or 0 <= read.percent <= 100


@given(st.text(max_size=100))
def test_folding_keeps_every_position(text):
    assert len(fold(clean(text))) == len(clean(text))


@given(st.integers(1, 999_999), st.integers(0, 100), st.booleans(), st.sampled_from(["", " ", "　", "，"]))
def test_width_and_spacing_do_not_matter(number, percent, wide, gap):
    said = f"进展{gap}{number} {percent}%{gap or ' '}已到货"
    if wide:
        said = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in said)
    assert read_command(said, FORMS, today=TODAY) == Command("report", number, percent, text="已到货")
