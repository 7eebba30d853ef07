"""A table as .xlsx. Text is only ever text: what a source or a person wrote makes no formula and no link."""

import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

import xlsxwriter

Cell = str | int | Decimal | None
# What a spreadsheet takes for a formula when such a text is typed again or saved as CSV.
RISKY = ("=", "+", "-", "@", "\t", "\r")
WIDE = 18


def xlsx(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, note: str) -> bytes:
    """One sheet with a line that says where it is from, its heads and its rows."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "border": 1})
    quoted = book.add_format({"quote_prefix": True})
    sheet.write_string(0, 0, note)
    for column, head in enumerate(heads):
        sheet.write_string(1, column, head, bold)
    for line, row in enumerate(rows, 2):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(line, column, cell, quoted if cell.startswith(RISKY) else None)
            elif cell is not None:
                sheet.write_number(line, column, float(cell))
    sheet.set_column(0, max(0, len(heads) - 1), WIDE)
    sheet.freeze_panes(2, 0)
    book.close()
    return out.getvalue()
