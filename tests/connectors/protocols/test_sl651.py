"""SL 651-2014: published frames, series, hourly groups, several packets, and every way a line can treat them."""

import random
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.protocols import sl651
from connectors.protocols.frames import BadFrame, crc_modbus
from connectors.protocols.sl651 import Framer, Joiner, Packet
from connectors.protocols.sl651_elements import read_report

PUBLISHED = bytes.fromhex(
    "7E7E010012345678123430002B020003591011154947F1F1001234567848F0F0591011154920190000052619000005"
    "392300000127381211150320FA"
)
OURS = bytes.fromhex(
    "7E7E0100421200011234320026020001240702080005F1F1004212000148F0F02407020800392300028960261900123538121250"
    "0361C1"
)
HEAD = bytes.fromhex("0001240702080005F1F1004212000148F0F02407020800")


def make(
    body: bytes, *, function: int = 0x32, start: int = 2, end: int = 3, station: str = "0042120001"
) -> bytes:
    raw = b"\x7e\x7e\x01" + bytes.fromhex(station) + b"\x12\x34" + bytes([function])
    raw += len(body).to_bytes(2) + bytes([start]) + body + bytes([end])
    return raw + crc_modbus(raw).to_bytes(2)


def values(raw: bytes) -> list[tuple[str, Decimal, str]]:
    (packet,) = Framer().feed(raw)
    assert isinstance(packet, Packet)
    report = read_report(packet)
    assert report is not None
    assert report.faults == ()
    return [(one.element, one.value, f"{one.observed_at:%m-%d %H:%M}") for one in report.values]


def cut(framer: Framer, chunks: list[bytes]) -> list[Packet | BadFrame]:
    return [one for chunk in chunks for one in framer.feed(chunk)] + framer.close()


def test_the_published_vector_decodes_exactly():
    (packet,) = Framer().feed(PUBLISHED)
    assert isinstance(packet, Packet)
    assert (packet.station, packet.centre, packet.password, packet.function) == (
        "0012345678",
        1,
        0x1234,
        0x30,
    )
    report = read_report(packet)
    assert report is not None
    assert (report.serial, report.sent_at) == (3, datetime(2059, 10, 11, 15, 49, 47))  # noqa: DTZ001
    at = datetime(2059, 10, 11, 15, 49)  # noqa: DTZ001
    assert [(one.element, one.value, one.observed_at) for one in report.values] == [
        ("20", Decimal("0.5"), at),
        ("26", Decimal("0.5"), at),
        ("39", Decimal("0.127"), at),
        ("38", Decimal("11.15"), at),
    ]
    assert report.faults == ()


def test_our_own_vector_decodes_exactly():
    at = "07-02 08:00"
    assert values(OURS) == [
        ("39", Decimal("28.960"), at),
        ("26", Decimal("123.5"), at),
        ("38", Decimal("12.50"), at),
    ]


def test_decimals_come_from_the_definer():
    body = HEAD + bytes.fromhex("39220028960027 2C 0012345678".replace(" ", ""))
    assert values(make(body)) == [
        ("39", Decimal("2896.00"), "07-02 08:00"),
        ("27", Decimal("1234.5678"), "07-02 08:00"),
    ]


def test_a_uniform_series_names_its_element_once():
    body = HEAD + bytes.fromhex(
        "0418 000005 3923 00028960 00028970 FFFFFFFF 00028990 38121250".replace(" ", "")
    )
    assert values(make(body, function=0x31)) == [
        ("39", Decimal("28.960"), "07-02 08:00"),
        ("39", Decimal("28.970"), "07-02 08:05"),
        ("39", Decimal("28.990"), "07-02 08:15"),
        ("38", Decimal("12.50"), "07-02 08:00"),
    ]


def test_the_hourly_message_has_twelve_values_up_to_its_hour():
    rain = bytes([0] * 10 + [5, 0xFF])
    stage = b"".join((2890 + number).to_bytes(2) for number in range(11)) + b"\xff\xff"
    found = values(make(HEAD + b"\xf4\x60" + rain + b"\xf5\xc0" + stage, function=0x34))
    assert [one for one in found if one[0] == "22"][-1] == ("22", Decimal("0.5"), "07-02 07:55")
    stages = [one for one in found if one[0] == "3c"]
    assert stages[0] == ("3c", Decimal("28.90"), "07-02 07:05")
    assert stages[-1] == ("3c", Decimal("29.00"), "07-02 07:55")
    assert len(stages) == 11


def test_negative_and_missing_values():
    body = HEAD + bytes.fromhex("0219FF00150319FFFFFF")
    assert values(make(body)) == [("02", Decimal("-1.5"), "07-02 08:00")]


def test_what_a_person_typed_is_text():
    (packet,) = Framer().feed(
        make(HEAD[:8] + b"\xf2\xf2" + "西河桥 水尺 28.96".encode("gb18030"), function=0x35)
    )
    assert isinstance(packet, Packet)
    report = read_report(packet)
    assert report is not None
    assert report.text == "西河桥 水尺 28.96"


def test_a_link_message_brings_nothing():
    (packet,) = Framer().feed(make(HEAD[:8], function=0x2F))
    assert isinstance(packet, Packet)
    report = read_report(packet)
    assert report is not None
    assert report.values == ()


def test_packets_come_in_any_order_and_twice():
    body = HEAD + bytes.fromhex("392300028960261900123538121250")
    pieces = [body[:20], body[20:30], body[30:]]
    parts = [
        make((3 << 12 | number).to_bytes(3) + piece, start=0x16, end=0x03 if number == 3 else 0x17)
        for number, piece in enumerate(pieces, 1)
    ]
    for seed in range(6):
        order = parts + parts[:1]
        random.Random(seed).shuffle(order)
        joiner, whole = Joiner(), []
        for packet in Framer().feed(b"".join(order)):
            assert isinstance(packet, Packet)
            if (done := joiner.add(packet)) is not None:
                whole.append(read_report(done))
        assert whole[0] is not None
        assert [one.element for one in whole[0].values] == ["39", "26", "38"]


def test_missing_packets_are_asked_for():
    joiner = Joiner()
    (packet,) = Framer().feed(make((3 << 12 | 2).to_bytes(3) + b"x" * 9, start=0x16, end=0x17))
    assert isinstance(packet, Packet)
    assert joiner.add(packet) is None
    assert joiner.missing(packet) == [1, 3]
    asked = sl651.ask_again(packet, 1)
    assert asked[:8].hex() == "7e7e004212000101"
    assert asked[11:17].hex() == "800316003001"
    assert asked[-3] == sl651.NAK


def test_the_answer_turns_the_addresses_round():
    (packet,) = Framer().feed(OURS)
    assert isinstance(packet, Packet)
    said = sl651.answer(packet, datetime(2024, 7, 2, 8, 0, 9))  # noqa: DTZ001
    assert said.hex().startswith("7e7e0042120001011234328008020001240702080009" + "1b")
    assert crc_modbus(said[:-2]) == int.from_bytes(said[-2:])
    assert sl651.answer(packet, datetime(2024, 7, 2), stays=False)[-3] == sl651.EOT  # noqa: DTZ001


@pytest.mark.parametrize("place", range(1, len(PUBLISHED + OURS)))
def test_a_stream_cut_at_any_byte_is_the_same_stream(place):
    stream = PUBLISHED + OURS
    assert cut(Framer(), [stream[:place], stream[place:]]) == Framer().feed(stream)


@given(st.integers(0, 10_000), st.integers(1, 255), st.booleans())
def test_one_damaged_byte_costs_one_frame_at_most_and_is_noticed(place, flip, bytewise):
    frames = [PUBLISHED, OURS, PUBLISHED]
    stream = bytearray(b"".join(frames))
    stream[place % len(stream)] ^= flip
    chunks = [bytes([byte]) for byte in stream] if bytewise else [bytes(stream)]
    found = cut(Framer(), chunks)
    good = [one.raw for one in found if isinstance(one, Packet) and one.raw in frames]
    assert len(good) >= 2
    assert len(good) == 3 or any(isinstance(one, BadFrame) for one in found)


@settings(max_examples=300)
@given(
    st.lists(
        st.one_of(st.binary(max_size=60), st.just(OURS), st.just(b"\x7e\x7e"), st.just(OURS[:14])),
        max_size=10,
    )
)
def test_no_input_makes_it_raise_and_what_follows_a_pause_is_read(chunks):
    framer, joiner = Framer(), Joiner()
    for one in cut(framer, chunks):
        if isinstance(one, Packet) and (whole := joiner.add(one)) is not None:
            read_report(whole)
    assert not framer.waits
    assert [one.raw for one in framer.feed(OURS) if isinstance(one, Packet)] == [OURS]


@settings(max_examples=500)
@given(st.binary(max_size=80), st.sampled_from(sorted(sl651.FUNCTIONS)))
def test_any_body_with_a_right_checksum_is_read_or_left(body, function):
    for one in cut(Framer(), [make(HEAD + body, function=function), make(body, function=function)]):
        if isinstance(one, Packet):
            read_report(one)
            sl651.answer(one, datetime(2024, 7, 2))  # noqa: DTZ001


def test_a_megabyte_of_heads_is_passed_over_quickly():
    head = b"\x7e\x7e\x01" + bytes.fromhex("0042120001") + b"\x12\x34\x32\x0f\xff\x02"
    framer = Framer()
    found = [one for _ in range(100) for one in framer.feed(head * 730)] + framer.close()
    assert all(isinstance(one, BadFrame) for one in found)
