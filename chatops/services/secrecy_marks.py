"""What a state-secret mark is (domain §7), as pure text matching.

Refused: 绝密, 机密 or 秘密 with a star and its like (机密★3年), as the value of a 密级 line, or alone on a line.
Ordinary words pass: 商业秘密 (also with a star: businesses mark their own secrets so), 保密教育, 秘密花园, 机密性要求,
国家秘密 and 工作秘密 as topics. A paper marked 工作秘密★ is refused like one marked 秘密★: work secrets are no state
secrets, but the allowed marks are 公开, 内部 and 敏感 only, and the sign-in page says that they do not belong here.
"""

import re
import unicodedata

_STARS = "★☆⭐✩✪✫✬✭✮✯✰⋆🌟"
_TERM = (
    r"(?:(?:\d{1,3}|[一二三四五六七八九十两]{1,3})\s?(?:年|个?月|日|天)|长\s?期|(?:启用|解密|公布|公开)前)"
)
# Between the two characters of a mark: what hides it from a program, not from a reader. Possessive: linear in time.
_GAP = r"[^\S\n]*+[·•.‧・_\-]?[^\S\n]*+"
_LEVEL = rf"(?:绝{_GAP}密|机{_GAP}密|(?<!商业)秘{_GAP}密)"
_LABEL = rf"(?:密{_GAP}级|(?:保密|秘密|涉密)等级)"
_TICK = r"\s*+[☑✔√■]?\s*+"
_BEFORE, _AFTER = r"[ \t\r\[【〔(《<*#_~>|\-—=“\"]*+", r"[ \t\r\]】〕)》>*#_~|\-—=”\"]*+"
_MARKS = (
    # An asterisk is Markdown's too: as a star it counts only with a term behind it.
    re.compile(rf"({_LEVEL})\s*+(?:[{_STARS}]|[*∗⋆٭]\s*+{_TERM})"),
    re.compile(rf"{_LABEL}\s*+[:【\[(]{_TICK}({_LEVEL})(?!性)"),
    re.compile(rf"^{_BEFORE}{_LABEL}{_TICK}({_LEVEL})(?:级?{_AFTER}$|\s*+[\d(])", re.MULTILINE),
    re.compile(rf"^{_BEFORE}({_LEVEL})[级件]?[ :]*+{_TERM}?{_AFTER}$", re.MULTILINE),
)
# Traditional and variant forms of the characters that marks are made of.
# Blank, but letters or symbols to Unicode: Hangul fillers, the empty Braille pattern.
_BLANKS = "\u115f\u1160\u3164\uffa0\u2800"
_FOLDED = str.maketrans("機絕祕宻級業長個國啟啓開標兩", "机绝秘密级业长个国启启开标两")


def find_mark(text: str) -> str | None:
    """The mark that a text bears, such as 机密, or None. Spaces, width, unseen and traditional signs hide none."""
    if (
        "密" not in text and "宻" not in text
    ):  # every mark has it, nothing else folds to it; folding Chinese is slow
        return None
    folded = fold(text)
    for pattern in _MARKS:
        if match := pattern.search(folded):
            return match[1][0] + match[1][-1]
    return None


def fold(text: str) -> str:
    """Compatibility forms unified, invisible characters out, the traditional characters of marks simplified."""
    folded = unicodedata.normalize("NFKC", text).translate(_FOLDED)
    unseen = {ord(sign) for sign in set(folded) if _is_invisible(sign)}
    return folded.translate(dict.fromkeys(unseen)) if unseen else folded


def _is_invisible(sign: str) -> bool:
    return sign in _BLANKS or (sign > "\u007f" and unicodedata.category(sign) in {"Cf", "Mn", "Me"})
