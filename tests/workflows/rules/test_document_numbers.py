"""发文字号: written one way, read in many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.document_numbers import SHAPE, is_code, normalise, write

CODES = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=12)


@given(CODES, st.integers(1900, 2099), st.integers(1, 999_999))
def test_what_is_written_has_the_shape_and_is_read_as_itself(code, year, sequence):
    number = write(code, year, sequence)
    assert SHAPE.match(number)
    assert normalise(number) == number
    for left, right in (("[", "]"), ("(", ")"), ("【", "】"), ("（", "）"), ("［", "］")):
        assert normalise(number.replace("〔", left).replace("〕", right)) == number


@given(st.text(max_size=30))
def test_what_is_read_is_a_number_or_nothing(typed):
    found = normalise(typed)
    assert found is None or SHAPE.match(found)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("鄂政发[2019]4号", "鄂政发〔2019〕4号"),
        ("鄂政办发（２０１９）第０６号", "鄂政办发〔2019〕6号"),
        (" 咸政办函 【2026】 12 号 ", "咸政办函〔2026〕12号"),
        ("咸政发〔2026〕0号", None),
        ("咸政发〔26〕4号", None),
        ("国令第716号", None),
        ("XZF〔2026〕4号", None),
    ],
)
def test_as_people_type_it(typed, wanted):
    assert normalise(typed) == wanted


def test_code_words():
    assert is_code("咸政办发")
    assert not any(map(is_code, ("咸", "咸政发2", "", "机" * 13)))
