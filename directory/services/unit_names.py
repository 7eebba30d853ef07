"""Which unit a typed name means. Pure: no database, no clock.

People write 市住建局, 咸宁市住房和城乡建设局 or a name from before the reform. A name is taken apart into
region, level and core; cores are compared as written, as abbreviation and as typing error. Below a
threshold, or where two units
fit alike, nothing is chosen: the candidates are listed and a person decides.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from rapidfuzz.distance import Levenshtein

ACCEPT = 0.85
MARGIN = 0.05
SHOW = 0.5
EXACT, CORE, ABBREVIATED, OTHER_SUFFIX, PARTIAL = 1.0, 0.97, 0.9, 0.75, 0.7

LEVEL_WORDS = {"省": "province", "市": "prefecture", "州": "prefecture", "县": "county", "区": "county"}
PARTY = ("中国共产党", "中共")
# Endings that say what kind of unit it is; different spellings of one kind are one.
SUFFIXES = {
    **dict.fromkeys(("委员会", "委"), "委"),
    **dict.fromkeys(("办公室", "办"), "办"),
    **dict.fromkeys(("管理局", "局"), "局"),
    **dict.fromkeys(("街道办事处", "街道"), "街道"),
    **dict.fromkeys(("人民政府", "政府"), "政府"),
    **{word: word for word in ("厅", "部", "院", "社", "公司", "中心", "处", "站", "队", "会")},
}
_BY_LENGTH = sorted(SUFFIXES, key=len, reverse=True)


@dataclass(frozen=True)
class Parts:
    """A name taken apart. `region`: code or ""; `level`: what a bare 市, 县, 区 or 省 says, or "".

    `literal`: the name begins with such a word, but here it is read as a part of the core.
    """

    whole: str
    core: str
    region: str = ""
    level: str = ""
    literal: bool = False

    @property
    def stem(self) -> str:
        return self.core.removesuffix(self._suffix)

    @property
    def kind(self) -> str:
        return SUFFIXES.get(self._suffix, "")

    @property
    def _suffix(self) -> str:
        return next((word for word in _BY_LENGTH if self.core.endswith(word) and self.core != word), "")


@dataclass(frozen=True)
class Known:
    """A unit and every name that it has or had."""

    unit_id: UUID
    region: str
    level: str
    names: tuple[Parts, ...]


@dataclass
class Index:
    """Units and regions prepared for comparing. `region_names`: every way to say a region → its code."""

    region_names: Mapping[str, str]
    above: Mapping[str, frozenset[str]]
    units: list[Known] = field(default_factory=list)

    def take_apart(self, name: str) -> list[Parts]:
        """All sensible readings: 市场监督管理局 begins with 市, but not as a level."""
        whole = tidy(name)
        core, region = whole, ""
        for prefix in PARTY:
            core = core.removeprefix(prefix)
        while (found := self._leading_region(core)) is not None:
            region, core = self.region_names[found], core.removeprefix(found)
        has_level = not region and core[:1] in LEVEL_WORDS and len(core) > 2  # noqa: PLR2004 - 市局 says nothing
        readings = [Parts(whole, core, region, literal=has_level)]
        if has_level:
            readings.append(Parts(whole, core[1:], "", LEVEL_WORDS[core[0]]))
        return readings

    def _leading_region(self, text: str) -> str | None:
        longest = min(max(map(len, self.region_names), default=0), len(text) - 1)
        return next((text[:n] for n in range(longest, 1, -1) if text[:n] in self.region_names), None)

    def match(self, name: str) -> list[tuple[float, UUID]]:
        """Confidence (0 to 1) and unit, the best first; at most one entry per unit, none below SHOW."""
        readings = self.take_apart(name)
        found = ((max(self._score(wanted, unit) for wanted in readings), unit.unit_id) for unit in self.units)
        return sorted((each for each in found if each[0] >= SHOW), key=lambda each: -each[0])

    def _score(self, wanted: Parts, unit: Known) -> float:
        best = max((similarity(wanted, known) for known in unit.names), default=0.0)
        if best == EXACT or not best:
            return best
        if wanted.region and wanted.region != unit.region:
            # Another place's unit of the same name is not meant, unless the place is a part of the one named.
            return 0.0 if wanted.region not in self.above.get(unit.region, ()) else best - 0.2
        if wanted.level and wanted.level != unit.level:
            return 0.0
        return best


def tidy(name: str) -> str:
    """Width folded, blanks, quotes, brackets and dots removed."""
    return re.sub(r"[\s·・()\[\]〔〕【】“”\"'‘’、,，.。\-—]", "", unicodedata.normalize("NFKC", name))


def similarity(wanted: Parts, known: Parts) -> float:
    """How well two names agree, their regions left aside."""
    if wanted.whole == known.whole:
        return EXACT
    if not wanted.core or not known.core or (wanted.literal and wanted.core[0] != known.core[0]):
        return 0.0
    if wanted.core == known.core or (wanted.stem, wanted.kind) == (known.stem, known.kind):
        return CORE
    if abbreviates(wanted.stem, known.stem):
        return ABBREVIATED if wanted.kind == known.kind else OTHER_SUFFIX
    if wanted.kind == known.kind and is_part(wanted.stem, known.stem):
        return PARTIAL
    return float(Levenshtein.normalized_similarity(wanted.core, known.core))


def abbreviates(short: str, long: str) -> bool:
    """住建 for 住房和城乡建设: at least two characters, in order, beginning with the first one."""
    return 2 <= len(short) < len(long) and short[0] == long[0] and is_part(short, long)  # noqa: PLR2004


def is_part(short: str, long: str) -> bool:
    """Whether the characters of `short`, two or more, occur in `long` in this order."""
    rest = iter(long)
    return len(short) > 1 and all(char in rest for char in short)


def choose(found: list[tuple[float, UUID]]) -> UUID | None:
    """The unit that is meant, or None where that would be a guess."""
    if not found or found[0][0] < ACCEPT:
        return None
    if len(found) > 1 and found[0][0] - found[1][0] < MARGIN:
        return None
    return found[0][1]


def region_names(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """(code, name) → every way to say it: 咸安区 and 咸安. What would be ambiguous is left out."""
    ways: dict[str, set[str]] = {}
    for code, name in rows:
        for way in {name, re.sub(r"(省|市|自治州|地区|县|区|街道|镇|乡)$", "", name)}:
            if len(way) > 1:
                ways.setdefault(way, set()).add(code)
    return {way: codes.pop() for way, codes in ways.items() if len(codes) == 1}
