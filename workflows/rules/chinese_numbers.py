"""Numbers as people write them: 15, 十五, 二十三, 两, 廿五, 一百二十."""

DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
TENS = {"十": 10, "百": 100}
NUMBER = r"(?:\d{1,4}|廿[一二三四五六七八九]?|[零〇一二两三四五六七八九十百]{1,7})"


def number_of(text: str) -> int | None:
    """The number, or None when the signs spell none."""
    if text.isascii() and text.isdecimal():
        return int(text)
    text = text.replace("廿", "二十")
    if all(sign in DIGITS for sign in text):
        return int("".join(str(DIGITS[sign]) for sign in text)) if text else None
    total, digit, below = 0, None, 1000
    for sign in text:
        if sign in DIGITS:
            if digit not in {None, 0}:
                return None
            digit = DIGITS[sign]
        elif (unit := TENS.get(sign, 0)) and unit < below:
            total += (1 if digit is None else digit) * unit
            digit, below = None, unit
        else:
            return None
    return total + (digit or 0)
