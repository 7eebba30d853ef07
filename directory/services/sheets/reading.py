"""From uploaded bytes to rows with line numbers, whatever encoding the office program chose."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from directory.services.sheets.cells import Column

MOST_BYTES = 8 * 1024 * 1024
MOST_ROWS = 50_000
# A spreadsheet would run such a cell as a formula: an apostrophe in front tells it not to.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


@dataclass(frozen=True)
class Problem:
    """Something that keeps the file from being applied. `column` "" concerns the whole row or file."""

    column: str
    message: str


@dataclass
class Row:
    """One record. `values`: canonical text by column, only of the columns in the file."""

    line: int
    values: dict[str, str]
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Sheet:
    """A file read. With `problems` of the file there are no rows."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def decode(data: bytes) -> str | None:
    """UTF-8 with or without BOM, UTF-16 with BOM, or GB18030; None for what is none of them."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    candidates = ["utf-16"] if marked else ["utf-8-sig", "gb18030"]
    for encoding in candidates:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def read(data: bytes, columns: Sequence[Column]) -> Sheet:
    """Read a file of these columns. Cells are checked one by one; what they refer to is checked later."""
    if len(data) > MOST_BYTES:
        return _refused(_("文件超过 {mb} MB，请拆分后分次导入。").format(mb=MOST_BYTES // 1024 // 1024))
    content = decode(data)
    if content is None or "\x00" in content:
        return _refused(_("文件不是文本表格，请在表格软件中另存为 CSV（UTF-8 或 GB18030）后再导入。"))
    try:
        records = list(_records(content))
    except csv.Error as err:
        return _refused(_("文件的引号或分隔符有误（{detail}），请另存为 CSV 后再导入。").format(detail=err))
    if not records:
        return _refused(_("文件为空，请检查是否选对了文件。"))
    return _with_header(records, columns)


def _refused(message: str) -> Sheet:
    return Sheet(problems=[Problem("", message)])


def _records(content: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it begins; empty lines are left out."""
    first = content.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, [unguarded(cell.strip(" \u3000\u00a0")) for cell in cells]
        begins = reader.line_num + 1


def _with_header(records: list[tuple[int, list[str]]], columns: Sequence[Column]) -> Sheet:
    known = {column.name: column for column in columns} | {column.title: column for column in columns}
    heads = [known.get(cell.strip()) for cell in records[0][1]]
    here = [column.name for column in heads if column]
    sheet = Sheet(
        ignored=[cell for cell, column in zip(records[0][1], heads, strict=True) if cell and not column]
    )
    missing = [column for column in columns if column.required and column.name not in here]
    if missing:
        names = _("、").join(f"{column.name}（{column.title}）" for column in missing)
        sheet.problems.append(Problem("", _("缺少列：{names}。请补上这些列再导入。").format(names=names)))
    if len(set(here)) < len(here):
        sheet.problems.append(Problem("", _("有重复的列名，请每列只保留一个。")))
    if len(records) - 1 > MOST_ROWS:
        sheet.problems.append(Problem("", _("超过 {most} 行，请拆分后分次导入。").format(most=MOST_ROWS)))
    if not sheet.problems:
        sheet.rows = [_row(line, cells, heads) for line, cells in records[1:]]
    return sheet


def _row(line: int, cells: list[str], heads: Sequence[Column | None]) -> Row:
    row = Row(line, {})
    if len(cells) > len(heads) and any(cells[len(heads) :]):
        row.problems.append(Problem("", _("单元格比表头多，请检查是否有多余的分隔符。")))
    for position, column in enumerate(heads):
        if column is None:
            continue
        cell = cells[position] if position < len(cells) else ""
        try:
            row.values[column.name] = column.read(cell) if cell else ""
        except ValueError as err:
            row.values[column.name] = ""
            row.problems.append(Problem(column.name, f"“{cell[:40]}”：{err}" if cell else str(err)))
            continue
        if column.required and not row.values[column.name]:
            row.problems.append(Problem(column.name, _("不能为空，请填写。")))
    return row


def guarded(cell: str) -> str:
    """As it goes into an export."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
