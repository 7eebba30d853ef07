"""What an import would do: the preview of a batch against the task force as it stands."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from workflows.rules import editions, importing
from workflows.rules.importing import Problem
from workflows.services.shapes import UnitRef
from workflows.services.views import unit_out
from workflows.store import imports as store
from workflows.store import items as item_store
from workflows.store.approval_people import units_by_id
from workflows.store.models import ImportBatch, ImportRow, Item


class CellProblem(BaseModel):
    """`column` is a column of the list (rules.importing.COLUMN_WORDS)."""

    column: str
    message: str


class FieldChange(BaseModel):
    field: str
    old: str
    new: str


class RowOut(BaseModel):
    """One line of the preview. `line` is None for an item that the new edition no longer has.

    `match` tells how the lead unit was found: exact, alike (please check), fixed by hand, or none. `due_on` is the
    row's own, None where the plan of the whole list holds.
    """

    line: int | None
    cells: dict[str, str]
    seq: int | None
    category: str
    name: str
    budget_wan: float | None
    lead_text: str
    lead_unit: UnitRef | None
    supporting: list[UnitRef]
    due_on: date | None
    match: Literal["exact", "alike", "fixed", "none"]
    candidates: list[UnitRef]
    change: Literal["added", "changed", "removed", "same", "error"]
    changes: list[FieldChange]
    problems: list[CellProblem]
    item_id: UUID | None
    item_number: int | None


class TotalsOut(BaseModel):
    """Counts of rows by change, and money in 万元. `stated_wan` is the file's own total line, if it has
    one.
    """

    rows: int
    added: int
    changed: int
    removed: int
    same: int
    error: int
    budget_wan: float
    stated_wan: float | None


class ListImportOut(BaseModel):
    id: UUID
    taskforce_id: UUID | None
    ledger_id: UUID | None
    file_name: str
    encoding: str
    state: Literal["preview", "applied"]
    uploaded_at: datetime
    uploaded_by: str
    starts_on: date
    due_on: date
    notes: list[str]
    rows: list[RowOut]
    totals: TotalsOut
    message: str


def preview(batch: ImportBatch) -> ListImportOut:
    """The batch against the task force as it stands now."""
    rows = store.rows(batch.pk)
    there = present(batch)
    shown = [*_row_outs(rows, there)]
    counts = {
        name: sum(row.change == name for row in shown)
        for name in ("added", "changed", "removed", "same", "error")
    }
    total = sum((row.budget_wan for row in rows if row.budget_wan is not None), Decimal(0))
    stated = batch.stated_total_wan
    notes = list(batch.notes)
    if stated is not None and stated != total:
        notes.append(
            _("文件合计行为{stated}万元，各行之和为{total}万元，请核对。").format(
                stated=money(stated), total=money(total)
            )
        )
    if moved := _other_days(rows, there):
        words = _("第{lines}行的完成时限与事项现有时限不同：新版清单不改时限，确需调整的请在事项中申请延期。")
        notes.append(words.format(lines=_("、").join(str(line) for line in moved[:10])))
    totals = TotalsOut(
        rows=len(rows),
        budget_wan=float(total),
        stated_wan=None if stated is None else float(stated),
        **counts,
    )
    return ListImportOut(
        id=batch.pk,
        taskforce_id=batch.taskforce_id,
        ledger_id=batch.ledger_id,
        file_name=batch.file_name,
        encoding=batch.encoding,
        state="applied" if batch.state == "applied" else "preview",
        uploaded_at=batch.at,
        uploaded_by=batch.by_name,
        starts_on=batch.starts_on,
        due_on=batch.due_on,
        notes=notes,
        rows=shown,
        totals=totals,
        message=_message(batch, totals),
    )


def present(batch: ImportBatch) -> list[Item]:
    """What the list is compared with: rows that are added to a ledger or a task force leave alone what is there."""
    return item_store.imported(batch.home_id) if batch.is_edition else []


def money(amount: Decimal) -> str:
    """36,847 or 1,200.50: whole 万元 without decimals."""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


def _message(batch: ImportBatch, totals: TotalsOut) -> str:
    if batch.state == "applied":
        done = batch.outcome
        return _("已导入：新增{added}项、变更{changed}项、取消{removed}项、未变{same}项。").format(**done)
    words = _(
        "共{rows}行，投资合计{total}万元：新增{added}、变更{changed}、减少{removed}、未变{same}。"
    ).format(
        rows=totals.rows,
        total=money(Decimal(str(totals.budget_wan))),
        added=totals.added,
        changed=totals.changed,
        removed=totals.removed,
        same=totals.same,
    )
    return words + (
        _("有{error}行待处理，处理后方可导入。").format(error=totals.error) if totals.error else ""
    )


def compare(rows: list[ImportRow], present: list[Item]) -> list[editions.Difference]:
    old = [
        editions.Entry(item.pk, item.list_seq, item.title, item.category, item.budget_wan, item.lead_unit_id)
        for item in present
    ]
    new = [
        editions.Entry(row.line, row.seq, row.name, row.category, row.budget_wan, row.lead_unit_id)
        for row in rows
    ]
    return editions.compare(old, new)


def problems_of(rows: list[ImportRow]) -> dict[int, list[Problem]]:
    """By line: bad cells, a lead unit that is not known, doubles."""
    twice = importing.doubles((row.line, row.seq, row.name) for row in rows)
    found: dict[int, list[Problem]] = {}
    for row in rows:
        own = [Problem(**one) for one in row.problems]
        if row.lead_unit_id is None and not any(one.column == "lead_department" for one in own):
            words = _("通讯录中没有“{name}”，请从列表中选择牵头单位。").format(name=row.lead_text)
            own.append(Problem("lead_department", words))
        if own or row.line in twice:
            found[row.line] = own + twice.get(row.line, [])
    return found


def _other_days(rows: list[ImportRow], present: list[Item]) -> list[int]:
    """Lines that give an item that is there another day: a due date moves by an extension only."""
    own, due = {row.line: row.due_on for row in rows}, {item.pk: item.due_on for item in present}
    return [
        found.new.key  # type: ignore[misc]  # our own keys are lines
        for found in compare(rows, present)
        if found.new and found.old and own[found.new.key] not in {None, due[found.old.key]}  # type: ignore[index]
    ]


def _row_outs(rows: list[ImportRow], present: list[Item]) -> Iterable[RowOut]:
    by_line, by_item = {row.line: row for row in rows}, {item.pk: item for item in present}
    problems = problems_of(rows)
    units = units_by_id({UUID(unit) for row in rows for unit in row.supporting_units})
    for difference in compare(rows, present):
        item = by_item[difference.old.key] if difference.old else None  # type: ignore[index]  # our own keys
        if difference.new is None:
            if item is not None:
                yield _removed_out(item)
            continue
        row = by_line[difference.new.key]  # type: ignore[index]
        wrong = problems.get(row.line, [])
        yield RowOut(
            line=row.line,
            cells=row.cells,
            seq=row.seq,
            category=row.category,
            name=row.name,
            budget_wan=None if row.budget_wan is None else float(row.budget_wan),
            lead_text=row.lead_text,
            lead_unit=unit_out(row.lead_unit) if row.lead_unit else None,
            supporting=[unit_out(units[UUID(unit)]) for unit in row.supporting_units],
            due_on=row.due_on,
            match=row.match,
            candidates=[UnitRef(**one) for one in row.candidates],
            change="error" if wrong else difference.change.value,
            changes=_field_changes(item, row, difference.fields) if item else [],
            problems=[CellProblem(column=one.column, message=one.message) for one in wrong],
            item_id=item.pk if item else None,
            item_number=item.number if item else None,
        )


def _removed_out(item: Item) -> RowOut:
    return RowOut(
        line=None,
        cells={},
        seq=item.list_seq,
        category=item.category,
        name=item.title,
        budget_wan=None if item.budget_wan is None else float(item.budget_wan),
        lead_text=item.lead_unit.name,
        lead_unit=unit_out(item.lead_unit),
        supporting=[],
        due_on=item.due_on,
        match="exact",
        candidates=[],
        change="removed",
        changes=[],
        problems=[],
        item_id=item.pk,
        item_number=item.number,
    )


def _field_changes(item: Item, row: ImportRow, fields: tuple[str, ...]) -> list[FieldChange]:
    words: dict[str, Callable[[], tuple[object, object]]] = {
        "seq": lambda: (item.list_seq, row.seq),
        "name": lambda: (item.title, row.name),
        "category": lambda: (item.category, row.category),
        "budget_wan": lambda: (item.budget_wan, row.budget_wan),
        "lead": lambda: (item.lead_unit.name, row.lead_unit.name if row.lead_unit else row.lead_text),
    }
    found = []
    for field in fields:
        old, new = ("" if value is None else str(value) for value in words[field]())
        found.append(FieldChange(field=field, old=old, new=new))
    return found
