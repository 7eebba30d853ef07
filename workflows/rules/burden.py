"""What is never asked of people (减负): check-in, points, ranking of persons or of app use, online time, forced log-in,
photo or track without a stated ground, and a form that asks what the directory or the ledger already holds. Pure.

A sentence that forbids such a thing (严禁以打卡、积分…) passes: it is judged clause by clause.
"""

import csv
import functools
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "data" / "burden_rules.csv"
EVERYWHERE = "*"
FORBIDS = re.compile(
    r"严禁|禁止|不得|不准|不再|不要|不搞|不以|杜绝|取消|清理|整治|纠正|防止|避免|减少|无需|不需|停止|叫停|减轻"
)
CLAUSE = re.compile(r"[。！？!?；;\n]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """`where`: item, order, poll, form, indicator; empty for everywhere. `unless` lets a clause pass."""

    code: str
    where: frozenset[str]
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None


@functools.cache
def rules() -> tuple[Rule, ...]:
    """The table workflows/data/burden_rules.csv, in its order."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Rule(
                row["code"],
                frozenset() if row["where"] == EVERYWHERE else frozenset(row["where"].split("|")),
                re.compile(row["pattern"]),
                re.compile(row["unless"]) if row["unless"] else None,
            )
            for row in csv.DictReader(lines)
        )


def find(text: str, where: str, table: tuple[Rule, ...] | None = None) -> tuple[str, str] | None:
    """The first rule that the text breaks and the words that break it; None when it may be asked."""
    said = unicodedata.normalize("NFKC", text)
    for clause in (part.strip() for part in CLAUSE.split(said)):
        if not clause or FORBIDS.search(clause):
            continue
        for rule in table if table is not None else rules():
            if rule.where and where not in rule.where:
                continue
            if rule.unless and rule.unless.search(clause):
                continue
            if found := rule.pattern.search(clause):
                return rule.code, found[0]
    return None
