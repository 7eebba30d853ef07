"""Files that sources drop: encodings, separators, sheets, and files that are none."""

import io
from datetime import datetime

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from connectors.protocols.tables import TableError, read_rows

TEXT = '站码,站名,水位\r\n62310101,西河桥站,27.830\r\n\r\n62310102,"马桥,站",33.1\r\n'
ROWS = [
    {"站码": "62310101", "站名": "西河桥站", "水位": "27.830"},
    {"站码": "62310102", "站名": "马桥,站", "水位": "33.1"},
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encodings_of_offices(encoding):
    assert read_rows(TEXT.encode(encoding)) == ROWS


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators(separator):
    assert read_rows("a,b\n1,2\n".replace(",", separator).encode()) == [{"a": "1", "b": "2"}]


def test_a_named_encoding_is_the_only_one():
    with pytest.raises(TableError) as refused:
        read_rows(TEXT.encode("gb18030"), encoding="utf-8")
    assert refused.value.reason == "encoding"


def sheet(rows: list[list[object]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        book.add_worksheet("说明")
        page = book.add_worksheet("水情")
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return file.getvalue()


def test_a_sheet_keeps_numbers_and_times():
    raw = sheet([["站码", "时间", "水位"], ["62310101", datetime(2026, 7, 17, 14, 30), 27.83], [7, "", 5.0]])  # noqa: DTZ001
    assert read_rows(raw, sheet="水情") == [
        {"站码": "62310101", "时间": "2026-07-17 14:30:00", "水位": "27.83"},
        {"站码": "7", "时间": "", "水位": "5"},
    ]
    with pytest.raises(TableError) as refused:
        read_rows(raw, sheet="雨情")
    assert refused.value.reason == "no_sheet"


@pytest.mark.parametrize(
    ("raw", "reason"), [(b"", "empty"), (b"\n \n", "empty"), (b"a\x00b", "not_table"), (b"PK\x03\x04", "not_table"),
                        (b"\xff", "encoding")],
)  # fmt: skip
def test_what_is_no_table_says_why(raw, reason):
    with pytest.raises(TableError) as refused:
        read_rows(raw)
    assert refused.value.reason == reason


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda tail: b"PK\x03\x04" + tail)))
def test_no_input_raises_anything_else(raw):
    try:
        read_rows(raw)
    except TableError:
        return


@given(st.integers(0, 20_000), st.integers(1, 255))
def test_a_damaged_sheet_is_read_or_refused(place, flip):
    raw = bytearray(SHEET)
    raw[place % len(raw)] ^= flip
    try:
        read_rows(bytes(raw), sheet="水情")
    except TableError:
        return


def test_a_sheet_packed_by_a_way_to_come_is_no_table():
    raw = bytearray(SHEET)
    raw[raw.index(b"PK\x01\x02") + 6] = 84  # the version that is needed to unpack it
    with pytest.raises(TableError) as refused:
        read_rows(bytes(raw), sheet="水情")
    assert refused.value.reason == "not_table"


SHEET = sheet([["站码", "水位"], ["62310101", 27.83]])
