"""What people say for due dates; due_phrases.csv was written by hand with one reason a row."""

import csv
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.chinese_numbers import number_of
from workflows.rules.due_phrases import find, understand
from workflows.rules.recurrence import Every, RecurrenceError, Shift
from workflows.rules.recurring_phrases import understand_recurrence
from workflows.rules.working_days import SHANGHAI

with (Path(__file__).parent / "due_phrases.csv").open(encoding="utf-8", newline="") as lines:
    VECTORS = list(csv.DictReader(lines))
PARTS = "本下上这今明后大年月季周末底前内后节日号天个工作两三五十１２3-:/点半时第旬国庆请于报送尽快每"
NAIVE = st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 30))  # noqa: DTZ001 - made aware below
MOMENTS = NAIVE.map(lambda naive: naive.replace(tzinfo=SHANGHAI))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: f"{row['now'][:10]}-{row['phrase']}")
def test_vectors(calendar, row):
    found = understand(row["phrase"], at(row["now"]), calendar)
    if not row["due"]:
        assert found.due is None
        assert found.hint.endswith("。")
        return
    assert found.due is not None, found.hint
    assert found.due.at == at(row["due"])
    assert found.sure == (row["sure"] == "yes"), found.hint
    assert bool(found.hint) == (not found.sure)


def test_it_says_what_was_understood(calendar):
    found = understand("本周五下班前", at("2026-09-02T10:00"), calendar)
    assert found.heard == "2026年9月4日（周五）17:30"
    assert found.due is not None
    assert found.due.because == "“本周五下班前”即2026年9月4日（周五）；至17:30止"


def test_a_holiday_is_named_with_its_span(calendar):
    found = understand("节后一周内", at("2026-09-28T10:00"), calendar)
    assert found.due is not None
    assert "国庆节假期2026年10月1日至2026年10月7日；自假期结束次日起算7个自然日" in found.due.because


def test_a_year_without_a_table_is_provisional(calendar):
    found = understand("2027年3月5日前", at("2026-09-02T10:00"), calendar)
    assert found.due is not None
    assert found.due.provisional
    assert found.due.because.endswith("2027年放假安排未录入，按周末推算，为暂定日期")


def test_the_other_reading_is_told(calendar):
    assert (
        understand("三天内", at("2026-09-02T10:00"), calendar).hint
        == "按自然日理解；如指工作日，请写“3个工作日内”。"
    )


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("请各单位于本周五下班前将台账报送市府办，逾期通报。", "本周五下班前"),
        ("十一前完成整改", "十一前"),
        ("收到后3个工作日内反馈办理情况", "3个工作日内"),
        ("材料请在１２月４日前报我办", "12月4日前"),
        ("大家辛苦了，五一快乐", None),
        ("此前的材料在档案室内", None),
        ("", None),
    ],
)
def test_a_phrase_is_found_in_a_sentence(calendar, text, phrase):
    found = find(text, at("2026-09-02T10:00"), calendar)
    assert (found[0] if found else None) == phrase


@given(st.text(PARTS, max_size=14), MOMENTS)
def test_whatever_is_said_is_answered(calendar, phrase, now):
    """A due moment ahead of now, or a sentence that says how to write it; never a fault, never both missing."""
    found = understand(phrase, now, calendar)
    if found.due is None:
        assert found.hint.endswith("。")
    else:
        assert found.due.at > now
        assert found.due.because
        assert found.sure == (not found.hint)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), MOMENTS)
def test_a_whole_date_is_that_date(calendar, day, now):
    found = understand(f"{day.year}年{day.month}月{day.day}日前", now, calendar)
    assert (found.due is None) == (calendar.closing(day) <= now)
    assert found.due is None or found.due.day == day


@given(st.integers(1, 199))
def test_chinese_numbers_are_read_back(number):
    assert number_of(_spelt(number)) == number


def _spelt(number: int) -> str:
    signs = "零一二三四五六七八九"
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    head = f"{signs[hundreds]}百" if hundreds else ""
    if not tens:
        return head + ("零" if head and ones else "") + (signs[ones] if ones or not head else "")
    ten = "十" if tens == 1 and not head else f"{signs[tens]}十"
    return head + ten + (signs[ones] if ones else "")


@pytest.mark.parametrize(
    ("phrase", "every", "day", "month", "shift"),
    [
        ("每月25日前", Every.MONTH, 25, 12, Shift.BEFORE),
        ("每月二十五号前报送", Every.MONTH, 25, 12, Shift.BEFORE),
        ("每月25日前，遇节假日顺延", Every.MONTH, 25, 12, Shift.AFTER),
        ("每周五下班前", Every.WEEK, 5, 12, Shift.BEFORE),
        ("每星期天", Every.WEEK, 7, 12, Shift.BEFORE),
        ("每３个工作日", Every.WORKING_DAYS, 3, 12, Shift.BEFORE),
        ("每个工作日", Every.WORKING_DAYS, 1, 12, Shift.BEFORE),
        ("每月第一个工作日", Every.FIRST_WORKING_DAY, 1, 12, Shift.BEFORE),
        ("每月最后一个工作日前", Every.LAST_WORKING_DAY, 1, 12, Shift.BEFORE),
        ("每月底前", Every.MONTH, 31, 12, Shift.BEFORE),
        ("每季度末", Every.QUARTER, 31, 12, Shift.BEFORE),
        ("每年11月15日前", Every.YEAR, 15, 11, Shift.BEFORE),
        ("每年年底前", Every.YEAR, 31, 12, Shift.BEFORE),
    ],
)
def test_what_comes_again_is_understood(phrase, every, day, month, shift):
    rule = understand_recurrence(phrase, date(2026, 7, 1))
    assert rule is not None
    assert (rule.every, rule.day, rule.month, rule.shift) == (every, day, month, shift)


@pytest.mark.parametrize("phrase", ["", "25日前", "每逢佳节", "每天吃饭"])
def test_what_names_no_period_is_none(phrase):
    assert understand_recurrence(phrase, date(2026, 7, 1)) is None


def test_an_impossible_day_of_a_period_is_refused():
    with pytest.raises(RecurrenceError, match="1至31"):
        understand_recurrence("每月32日前", date(2026, 7, 1))
