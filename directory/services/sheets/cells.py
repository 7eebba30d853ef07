"""What a cell may hold. A reader returns its one canonical text, or raises ValueError with a sentence."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices
from django.utils import translation
from django.utils.translation import gettext as _

from common.errors import BadInputError
from directory.services import accounts, pinyin

Reader = Callable[[str], str]

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_YES, _NO = {"1", "true", "yes", "是"}, {"", "0", "false", "no", "否"}


@dataclass(frozen=True)
class Column:
    """A column of a file.

    Attributes:
        title: its Chinese heading, accepted in place of the name.
        required: the column and every cell of it must be there.
        refers: the kind of file whose keys the cell must name ("" where it names nothing).
        late: written after all rows are there, because it may name one of them.
        when_new: the text of a new row whose cell or column is missing.
    """

    name: str
    title: str
    read: Reader
    required: bool = False
    refers: str = ""
    late: bool = False
    when_new: str = ""


def text(most: int) -> Reader:
    def read(cell: str) -> str:
        cell = " ".join(cell.split())
        if len(cell) > most:
            raise ValueError(_("超过 {most} 个字符，请缩短。").format(most=most))
        if not cell.isprintable():
            raise ValueError(_("含有不可见字符，请重新输入。"))
        return cell

    return read


def code(cell: str) -> str:
    if cell and not _CODE.fullmatch(cell):
        raise ValueError(_("编码只能用字母、数字、点、短横线和下划线，最多 64 位。"))
    return cell


def region_code(cell: str) -> str:
    if cell and not (cell.isascii() and cell.isdecimal() and len(cell) in (2, 4, 6, 9, 12)):
        raise ValueError(_("行政区划代码须为 6、9 或 12 位数字。"))
    return cell


def staff_number(cell: str) -> str:
    return _checked(accounts.check_staff_number, cell)


def phone(cell: str) -> str:
    return _checked(accounts.check_phone, cell)


def spelling(cell: str) -> str:
    return pinyin.tidy(cell)


def _checked(check: Callable[[str], str], cell: str) -> str:
    try:
        return check(cell) if cell else ""
    except BadInputError as err:
        raise ValueError(err.user_message()) from err


def whole(cell: str) -> str:
    if not re.fullmatch(r"-?\d{1,9}", cell, re.ASCII):
        raise ValueError(_("须为整数，例如 100。"))
    return str(int(cell))


def flag(cell: str) -> str:
    if cell.lower() not in _YES | _NO:
        raise ValueError(_("须为 1（是）或 0（否）。"))
    return "1" if cell.lower() in _YES else "0"


def day(cell: str) -> str:
    """2026-03-01, 2026/3/1 or 2026年3月1日; empty stays empty."""
    if not cell:
        return ""
    found = _DATE.fullmatch(cell)
    try:
        return date(*map(int, found.groups())).isoformat() if found else _no_date()
    except ValueError as err:
        raise ValueError(_("日期须写成 2026-03-01 这样的形式，且确有此日。")) from err


def _no_date() -> str:
    raise ValueError


def choice(values: type[TextChoices]) -> Reader:
    """A value of the list, or its Chinese label."""

    @functools.cache
    def labels() -> dict[str, str]:
        with translation.override("zh-hans"):
            return {str(value.label): str(value.value) for value in values}

    def read(cell: str) -> str:
        if cell in values.values:
            return cell
        if cell in labels():
            return labels()[cell]
        words = _("、").join(f"{label}（{value}）" for label, value in labels().items())
        raise ValueError(_("不在可选范围内，可选：{words}。").format(words=words))

    return read


def former_names(cell: str) -> str:
    """`name/from/to` joined by `;`: the name held from the first day up to, not including, the second."""
    parts = []
    for each in filter(None, (part.strip() for part in cell.replace("；", ";").split(";"))):
        fields = [field.strip() for field in each.split("/")]
        if len(fields) != 3 or not fields[0]:  # noqa: PLR2004 - name, from, to
            raise ValueError(_("曾用名须写成 名称/起始日期/终止日期，多个用分号隔开。"))
        begun, ended = day(fields[1].replace("/", "-")), day(fields[2])
        if not begun or not ended or begun >= ended:
            raise ValueError(_("曾用名的终止日期须晚于起始日期。"))
        parts.append((begun, text(120)(fields[0]), ended))
    return ";".join(f"{name}/{begun}/{ended}" for begun, name, ended in sorted(set(parts)))
