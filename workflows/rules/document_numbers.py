"""发文字号: 机关代字 + 〔year〕 + sequence + 号 (domain §7). Pure."""

import re
import unicodedata
from typing import Literal

Style = Literal["document", "minutes"]
SHAPE = re.compile(r"^[\u4e00-\u9fff]{2,12}〔(19|20)\d{2}〕[1-9]\d*号$")
CODE = re.compile(r"^[\u4e00-\u9fff]{2,12}$")
_TYPED = re.compile(r"^([\u4e00-\u9fff]{2,12})[〔\[(【{]((?:19|20)\d{2})[〕\])】}]第?0*([1-9]\d{0,8})号?$")


def write(code: str, year: int, sequence: int, style: Style = "document") -> str:
    """Such as 咸政发〔2026〕4号: brackets U+3014 and U+3015, no leading zero, no 第. Minutes: 咸政会〔2026〕第5次."""
    return f"{code}〔{year}〕第{sequence}次" if style == "minutes" else f"{code}〔{year}〕{sequence}号"


def is_code(text: str) -> bool:
    """Whether this may be a code word: two to twelve Chinese characters."""
    return bool(CODE.match(text))


def normalise(typed: str) -> str | None:
    """The number as it is written, from [2019], (2019), 【2019】, full width, blanks, 第 or leading zeros.

    None for what is no document number.
    """
    text = "".join(unicodedata.normalize("NFKC", typed.replace("〔", "[").replace("〕", "]")).split())
    found = _TYPED.match(text)
    return write(found[1], int(found[2]), int(found[3])) if found else None
