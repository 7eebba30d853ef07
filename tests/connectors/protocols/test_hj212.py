"""HJ 212-2017: published frames, and every way in which a line can treat them."""

import random
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.protocols import hj212
from connectors.protocols.frames import BadFrame, crc_hj212
from connectors.protocols.hj212 import Framer, Joiner, Message, frame, read_report

# The vector of the standard's annex, and one of our own (domain knowledge, §17).
PUBLISHED = (
    b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;"
    b"CP=&&RtdInterval=30&&1C80\r\n"
)
HOURLY = (
    b"##0170QN=20240501100000000;ST=32;CN=2061;PW=123456;MN=010000A8900016F000169DC0;Flag=5;"
    b"CP=&&DataTime=20240501090000;w01018-Avg=63.2,w01018-Flag=N;w21003-Avg=1.84,w21003-Flag=N&&3740\r\n"
)


def make(minute: int, content: str = "w01018-Rtd=41.5,w01018-Flag=N", **changes) -> bytes:
    said = {"MN": "010000A8900016F000169DC0", "CN": "2011", "Flag": "5", "PNUM": "", "PNO": ""} | changes
    packets = f"PNUM={said['PNUM']};PNO={said['PNO']};" if said["PNUM"] else ""
    text = (
        f"QN=20240501{minute:06d}000;ST=32;CN={said['CN']};PW=123456;MN={said['MN']};Flag={said['Flag']};{packets}"
        f"CP=&&DataTime=20240501{minute // 60:02d}{minute % 60:02d}00;{content}&&"
    )
    return frame(text.encode())


def cut(framer: Framer, chunks: list[bytes]) -> list[Message | BadFrame]:
    return [one for chunk in chunks for one in framer.feed(chunk)] + framer.close()


def keys(found: list[Message | BadFrame]) -> list[tuple[str, str]]:
    return [(one.mn, one.content) for one in found if isinstance(one, Message)]


def test_the_published_vector_decodes_exactly():
    (message,) = Framer().feed(PUBLISHED)
    assert isinstance(message, Message)
    assert (message.qn, message.st, message.cn, message.pw) == ("20160801085857223", "32", "1062", "100000")
    assert (message.mn, message.flag, message.version) == ("010000A8900016F000169DC0", 5, 1)
    assert message.wants_answer
    assert message.content == "RtdInterval=30"
    assert crc_hj212(message.data) == 0x1C80
    assert frame(message.data) == PUBLISHED
    assert read_report(message) is None, "a parameter command brings no values"


def test_an_hourly_mean_decodes_exactly():
    (message,) = Framer().feed(HOURLY)
    assert isinstance(message, Message)
    report = read_report(message)
    assert report is not None
    assert report.data_time == datetime(2024, 5, 1, 9)  # noqa: DTZ001
    assert [(one.factor, one.span, one.value, one.quality) for one in report.values] == [
        ("w01018", "hour", Decimal("63.2"), "good"),
        ("w21003", "hour", Decimal("1.84"), "good"),
    ]
    assert report.faults == ()


def test_the_answer_owed_is_9014_in_the_sender_s_version():
    (message,) = Framer().feed(HOURLY)
    assert isinstance(message, Message)
    (said,) = Framer().feed(hj212.answer(message))
    assert isinstance(said, Message)
    assert (said.cn, said.qn, said.mn, said.flag, said.st) == ("9014", message.qn, message.mn, 4, "91")
    assert not said.wants_answer


@pytest.mark.parametrize("place", range(1, len(PUBLISHED + HOURLY)))
def test_a_stream_cut_at_any_byte_is_the_same_stream(place):
    stream = PUBLISHED + HOURLY
    found = cut(Framer(), [stream[:place], stream[place:]])
    assert found == Framer().feed(stream)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_joined_and_split_anyhow_gives_the_same(minutes, rnd):
    stream = b"".join(make(minute) for minute in minutes)
    places = sorted(rnd.sample(range(len(stream)), min(len(stream), rnd.randint(0, 30))))
    chunks = [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]
    found = cut(Framer(), chunks)
    assert keys(found) == keys(Framer().feed(stream))
    assert len(found) == len(minutes)


@given(st.integers(0, 10_000), st.integers(1, 255), st.integers(0, 1))
def test_one_damaged_byte_costs_one_frame_at_most_and_is_noticed(place, flip, splits):
    frames = [make(minute) for minute in (1, 2, 3)]
    stream = bytearray(b"".join(frames))
    stream[place % len(stream)] ^= flip
    chunks = [bytes(stream)] if not splits else [bytes([byte]) for byte in stream]
    found = cut(Framer(), chunks)
    good = [key for key in keys(found) if key in keys(Framer().feed(b"".join(frames)))]
    assert len(good) >= 2
    assert len(good) == 3 or any(isinstance(one, BadFrame) for one in found)


@settings(max_examples=300)
@given(
    st.lists(
        st.one_of(st.binary(max_size=60), st.just(PUBLISHED), st.just(b"##"), st.just(b"##9999")), max_size=10
    )
)
def test_no_input_makes_it_raise_and_what_follows_a_pause_is_read(chunks):
    framer, joiner = Framer(), Joiner()
    for one in cut(framer, chunks):
        if isinstance(one, Message) and (whole := joiner.add(one)) is not None:
            read_report(whole)
            hj212.answer(whole)
    assert not framer.waits
    assert keys(framer.feed(HOURLY)) == keys(Framer().feed(HOURLY))


@settings(max_examples=300)
@given(st.text(max_size=120))
def test_any_content_with_a_right_checksum_is_read_or_left(content):
    data = f"ST=32;CN=2061;PW=1;MN=1;Flag=4;CP=&&{content}&&".encode()
    for one in cut(Framer(), [frame(data)]):
        if isinstance(one, Message):
            read_report(one)


def test_a_megabyte_of_marks_is_passed_over_quickly():
    framer = Framer()
    found = [one for _ in range(100) for one in framer.feed(b"##9999" * 1700)] + framer.close()
    assert all(isinstance(one, BadFrame) for one in found)


def test_packets_come_in_any_order_and_twice():
    parts = [
        make(9, f"w0100{number}-Rtd={number}", Flag="7", PNUM="3", PNO=str(number)) for number in (1, 2, 3)
    ]
    for seed in range(6):
        order = parts + parts[:1]
        random.Random(seed).shuffle(order)
        joiner, whole = Joiner(), []
        for message in Framer().feed(b"".join(order)):
            assert isinstance(message, Message)
            if (done := joiner.add(message)) is not None:
                whole.append(read_report(done))
        assert whole[0] is not None
        assert [one.factor for one in whole[0].values] == ["w01001", "w01002", "w01003"]


@pytest.mark.parametrize(("letter", "quality"), sorted(hj212.QUALITIES.items()))
def test_marks_of_quality(letter, quality):
    (message,) = Framer().feed(make(1, f"w01018-Rtd=999,w01018-Flag={letter}"))
    assert isinstance(message, Message)
    report = read_report(message)
    assert report is not None
    assert report.values[0].quality == quality


def test_converted_values_are_told_apart_and_bad_numbers_are_named():
    content = "a21026-Avg=12.1,a21026-ZsAvg=20.4,a21026-Flag=N;a21002-Avg=many;SB1-RT=3"
    (message,) = Framer().feed(make(60, content, CN="2061"))
    assert isinstance(message, Message)
    report = read_report(message)
    assert report is not None
    assert [(one.factor, one.value, one.converted) for one in report.values] == [
        ("a21026", Decimal("12.1"), False),
        ("a21026", Decimal("20.4"), True),
    ]
    assert report.faults == (("a21002-Avg", "number"),)
