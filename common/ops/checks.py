"""What `manage.py doctor` looks at: findings, and the list that every floor adds its checks to at start."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    ATTENTION = "attention"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report. `advice` says what to do and is empty when all is well."""

    level: Level
    subject: str
    text: str
    advice: str = ""


Check = Callable[[], Iterable[Finding]]
_checks: list[tuple[str, Check]] = []


def register(subject: str, check: Check) -> None:
    """Add a check. `subject` (a gettext msgid) names it in the report should the check itself fail."""
    _checks.append((subject, check))


def registered() -> list[tuple[str, Check]]:
    return list(_checks)


def ok(subject: str, text: str) -> Finding:
    return Finding(Level.OK, subject, text)


def attention(subject: str, text: str, advice: str) -> Finding:
    return Finding(Level.ATTENTION, subject, text, advice)


def wrong(subject: str, text: str, advice: str) -> Finding:
    return Finding(Level.WRONG, subject, text, advice)
