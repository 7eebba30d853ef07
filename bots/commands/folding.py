"""Width folding that keeps every position, so that folded indexes cut text out of what was typed."""

# Full-width forms of ASCII (U+FF01 to U+FF5E), and what Chinese input methods put in the place of the rest.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPACES = dict.fromkeys((0x3000, 0x00A0, 0x2002, 0x2003, 0x2009, 0x202F, 0x0009), " ")
_MARKS = {ord(wide): half for wide, half in zip("、。﹪﹣—", ",.%--", strict=True)}
_FOLD: dict[int, int | str] = {**_WIDE, **_SPACES, **_MARKS}
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF), None)


def clean(text: str) -> str:
    """The text without characters that nobody sees."""
    return text.translate(_INVISIBLE)


def fold(text: str) -> str:
    """Half-width, lower case, of the same length as `text`."""
    folded = text.translate(_FOLD)
    # Lower-casing may lengthen a few foreign letters; those stay as they are.
    return "".join(low if len(low := char.lower()) == 1 else char for char in folded)
