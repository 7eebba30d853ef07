"""What a command looks like: its words, what it takes, and the right form to answer a wrong one with."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Take(StrEnum):
    """An argument. TEXT may be left out, REASON may not; both run to the end of the message."""

    NUMBER = "number"
    PERCENT = "percent"
    DATE = "date"
    TEXT = "text"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Form:
    """One command of a bot.

    Attributes:
        name: what the bot's handler switches on.
        words: Chinese first, then pinyin (no blanks) and other spellings; the longest match wins.
        takes: arguments in order.
        form, example: shown when the command is misread.
        says: one line of the help text.
    """

    name: str
    words: tuple[str, ...]
    form: str
    example: str
    says: str
    takes: tuple[Take, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A command as read. `force` is the task force named in 《》; `number` is None in a reply to a card."""

    name: str
    number: int | None = None
    percent: int | None = None
    day: date | None = None
    text: str = ""
    force: str = ""


@dataclass(frozen=True, slots=True)
class Misread:
    """Why it is not a command, in words for the person. `form` is the one that was meant, if any was."""

    sentence: str
    form: Form | None = None

    def answer(self) -> str:
        if self.form is None:
            return self.sentence
        return f"{self.sentence}\n格式：{self.form.form}\n例如：{self.form.example}"
