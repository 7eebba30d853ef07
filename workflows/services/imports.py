"""Importing a project list: upload to a preview, put rows right, apply. No row is ever dropped."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from common import audit, clock
from common.errors import BadInputError, ConflictError, NotFoundError
from directory.actors import Actor
from directory.services.lookup import UnitMatch, find_unit_tolerant
from directory.services.rights import require
from directory.store.models import Unit
from workflows.burden import guard as burden
from workflows.rules import editions, importing
from workflows.rules.due_phrases import understand
from workflows.rules.importing import Problem
from workflows.rules.moves import ItemAct, ItemState, allowed_acts
from workflows.rules.working_days import chinese_day
from workflows.services import acts, changes, import_previews, items
from workflows.services.calendar import work_calendar
from workflows.services.gates import access_ledger, access_taskforce, force_scope, ledger_scope
from workflows.services.import_previews import ListImportOut
from workflows.services.knocks import pending_changed
from workflows.services.members import join_units_of
from workflows.services.people import living_unit
from workflows.services.views import unit_out
from workflows.store import imports as store
from workflows.store import items as item_store
from workflows.store.models import ImportBatch, ImportRow, Item, Ledger, TaskForce

LEDGER_PLAN = timedelta(days=30)
CERTAIN = 0.97  # the name but for its city prefix or a usual ending
FIXABLE = ("seq", "category", "name", "budget_wan", "supporting", "due_on")


def check_upload(
    *,
    actor: Actor,
    taskforce_id: UUID | None = None,
    ledger_id: UUID | None = None,
    file_name: str,
    data: bytes,
    starts_on: date | None = None,
    due_on: date | None = None,
    is_edition: bool = True,
) -> ListImportOut:
    """Read a list and keep it as a preview; nothing else changes.

    Args:
        starts_on, due_on: the plan of added items whose row names no date: today to the task force's end by default, in
            a ledger a month.
        is_edition: False for rows to be added: what is not among them stays. A ledger knows no editions.
    Raises:
        NotFoundError, ForbiddenError, SecrecyRefusedError.
        BadInputError: the file cannot be read (field `file`, facts: reason, column), or the plan's dates are
            wrong.
    """
    force, ledger = None, None
    if ledger_id is not None:
        ledger = access_ledger(actor, ledger_id)
        require(actor, "item.import", ledger_scope(ledger))
        starts_on = starts_on or clock.today()
        due_on = due_on or starts_on + LEDGER_PLAN
    else:
        force = access_taskforce(actor, taskforce_id) if taskforce_id else None
        if force is None:
            raise NotFoundError
        require(actor, "item.import", force_scope(force))
        starts_on = starts_on or max(clock.today(), force.starts_on)
        due_on = due_on or force.ends_on
    if due_on <= starts_on:
        raise BadInputError(
            field="due_on",
            message=_("计划完成日期须晚于计划开始日期；专班已临近结束的，请先填写新的完成日期。"),
        )
    try:
        parsed = importing.parse(data)
    except importing.UnreadableFile as refusal:
        raise BadInputError(
            field="file", message=refusal.sentence, reason=refusal.code, column=refusal.column
        ) from refusal
    _check_secrecy(actor, file_name, parsed)
    batch = ImportBatch(
        taskforce=force,
        ledger=ledger,
        file_name=file_name[-200:],
        digest=hashlib.sha256(data).digest(),
        encoding=parsed.encoding,
        columns=list(parsed.columns),
        notes=list(parsed.notes),
        stated_total_wan=parsed.stated_total,
        starts_on=starts_on,
        due_on=due_on,
        is_edition=is_edition and force is not None,
        **changes.stamp(actor, clock.now()),
    )
    with transaction.atomic():
        store.add(batch, _match_rows(batch, parsed.rows))
        new = {"file": batch.file_name, "rows": len(parsed.rows)}
        audit.record(actor=actor, verb="import.upload", subject="import", subject_id=batch.pk, new=new)
    return import_previews.preview(batch)


def _check_secrecy(actor: Actor, file_name: str, parsed: importing.Parsed) -> None:
    cells = "\n".join(cell for row in parsed.rows for cell in row.cells.values())
    admission.check(file_name, actor=actor, where="file_name")
    admission.check(cells, actor=actor, where="import")


def _match_rows(batch: ImportBatch, parsed: Iterable[importing.Row]) -> list[ImportRow]:
    known: dict[str, dict[str, Any]] = {"": {"match": "none"}}
    near = batch.near_unit
    read_due = cache(partial(_read_due, batch))
    find_unit = cache(partial(find_unit_tolerant, near=near))
    rows = []
    for row in parsed:
        if row.lead_department not in known:
            known[row.lead_department] = _match(row.lead_department, near)
        due_on, wrong_due = read_due(row.due)
        supporting, wrong_units = _read_supporting(row.supporting, find_unit)
        found = [*row.problems, *(one for one in (wrong_due, wrong_units, _burdening(row.name)) if one)]
        rows.append(
            ImportRow(
                batch=batch,
                line=row.line,
                cells=row.cells,
                seq=row.seq,
                category=row.category[:200],
                name=row.name[:500],
                budget_wan=row.budget_wan,
                lead_text=row.lead_department[:200],
                due_on=due_on,
                supporting_units=supporting,
                problems=[{"column": one.column, "message": one.message} for one in found],
                **known[row.lead_department],
            )
        )
    return rows


def _match(name: str, near: Unit) -> dict[str, Any]:
    found = find_unit_tolerant(name, near=near)
    candidates = [unit_out(one.unit).model_dump(mode="json") for one in found.candidates]
    if found.unit is None:
        return {"match": "none", "candidates": candidates}
    how = "exact" if found.confidence >= CERTAIN else "alike"
    return {"match": how, "lead_unit": found.unit, "candidates": candidates}


def _burdening(name: str) -> Problem | None:
    try:
        burden.check(name, where="item", field="name")
    except burden.BurdenRefusedError as refusal:
        return Problem("name", refusal.user_message())
    return None


def _read_due(batch: ImportBatch, phrase: str) -> tuple[date | None, Problem | None]:
    """The day that a row names; the hours and days off are those of the home's region."""
    if not phrase:
        return None, None
    found = understand(phrase, clock.now(), work_calendar(batch.near_unit.region_id or ""))
    if found.due is None:
        return None, Problem("due_on", found.hint)
    day = clock.local(found.due.at).date()
    if day <= batch.starts_on:
        words = _("完成时限须晚于计划开始日期{day}，请改为以后的日期。").format(
            day=chinese_day(batch.starts_on)
        )
        return None, Problem("due_on", words)
    return day, None


def _read_supporting(
    names: tuple[str, ...], find_unit: Callable[[str], UnitMatch]
) -> tuple[list[str], Problem | None]:
    matched = {name: find_unit(name).unit for name in names}
    if unknown := [name for name, unit in matched.items() if unit is None]:
        words = _("通讯录中没有“{names}”，请写单位全称或规范简称，多个单位之间用顿号分开。")
        return [], Problem("supporting", words.format(names=_("、").join(unknown[:5])))
    return list(dict.fromkeys(str(unit.pk) for unit in matched.values() if unit)), None


def access_import(actor: Actor, batch_id: UUID) -> ImportBatch:
    """For whoever may import into its task force or ledger. Raises NotFoundError, ForbiddenError."""
    batch = store.find(batch_id)
    if batch is None:
        raise NotFoundError
    if batch.ledger_id is not None:
        require(actor, "item.import", ledger_scope(access_ledger(actor, batch.ledger_id)))
    else:
        require(actor, "item.import", force_scope(access_taskforce(actor, batch.home_id)))
    return batch


def describe_import(actor: Actor, batch_id: UUID) -> ListImportOut:
    return import_previews.preview(access_import(actor, batch_id))


def check_fix_row(
    *,
    actor: Actor,
    batch_id: UUID,
    line: int,
    lead_unit_id: UUID | None = None,
    cells: dict[str, str] | None = None,
) -> ListImportOut:
    """Put one row right: name its lead unit, or give cells (seq, category, name, budget_wan) anew.

    Raises:
        NotFoundError, ForbiddenError, SecrecyRefusedError. BadInputError: names the column.
        ConflictError: the import has been applied already.
    """
    access_import(actor, batch_id)
    unit = living_unit(lead_unit_id, field="lead_unit_id") if lead_unit_id else None
    with transaction.atomic():
        batch = store.lock(batch_id)
        if batch.state == "applied":
            raise ConflictError(message=_("该清单已经导入，不能再改。如需调整，请上传新版清单。"))
        row = store.lock_row(batch_id, line)
        if row is None:
            raise NotFoundError
        if unit is not None:
            row.lead_unit, row.match = unit, "fixed"
            row.lead_text = row.lead_text or unit.name
            _forget_problem(row, "lead_department")
        for column, text in (cells or {}).items():
            _fix_cell(actor, batch, row, column, text)
        row.save()
        new = {"line": line, "lead_unit": unit.name if unit else None, "cells": cells or {}}
        audit.record(actor=actor, verb="import.fix", subject="import", subject_id=batch_id, new=new)
    return import_previews.preview(batch)


def _fix_cell(actor: Actor, batch: ImportBatch, row: ImportRow, column: str, text: str) -> None:
    if column not in FIXABLE:
        raise BadInputError(field=column, message=_("该列不能在此修改。"))
    value: Any
    value, problem = importing.check_cell(column, text)
    if problem is None and column == "due_on":
        value, problem = _read_due(batch, importing.due_phrase(text))
    elif problem is None and column == "name":
        problem = _burdening(text)
    elif problem is None and column == "supporting":
        find_unit = partial(find_unit_tolerant, near=batch.near_unit)
        value, problem = _read_supporting(importing.unit_names(text), find_unit)
    if problem:
        raise BadInputError(field=column, message=problem.message)
    admission.check(text, actor=actor, where="import")
    setattr(row, "supporting_units" if column == "supporting" else column, value)
    _forget_problem(row, column)


def _forget_problem(row: ImportRow, column: str) -> None:
    row.problems = [one for one in row.problems if one["column"] != column]


def check_apply(*, actor: Actor, batch_id: UUID) -> ListImportOut:
    """Do what the preview shows; once. A second call answers what the first did.

    Added rows become items, changed ones update theirs (a new lead unit signs for anew), items that the
    edition no longer has are cancelled, except those already reported or closed.

    Raises:
        NotFoundError, ForbiddenError. BadInputError: rows with problems are left; facts: lines.
    """
    access_import(actor, batch_id)
    with transaction.atomic():
        batch = store.lock(batch_id)
        if batch.state == "applied":
            return import_previews.preview(batch)
        home = items.lock_home(batch.taskforce_id, batch.ledger_id)
        items.require_open(home)
        rows = store.rows(batch_id)
        if left := sorted(import_previews.problems_of(rows)):
            lines = _("、").join(str(line) for line in left[:10])
            message = _("第{lines}行还有问题，请先在预览中处理；导入尚未进行。").format(lines=lines)
            raise BadInputError(field="rows", message=message, lines=left)
        batch.outcome = _apply(actor, batch, home, rows)
        batch.state, batch.applied_at = "applied", clock.now()
        batch.save(update_fields=["state", "applied_at", "outcome"])
        audit.record(
            actor=actor, verb="import.apply", subject="import", subject_id=batch_id, new=batch.outcome
        )
    return import_previews.preview(batch)


def _apply(
    actor: Actor, batch: ImportBatch, home: TaskForce | Ledger, rows: list[ImportRow]
) -> dict[str, int]:
    differences = import_previews.compare(rows, import_previews.present(batch))
    by_line = {row.line: row for row in rows}
    known = [difference.old.key for difference in differences if difference.old]
    locked = {item.pk: item for item in item_store.lock_many(known)}  # type: ignore[arg-type]  # our own keys are ids
    units_before = {item.lead_unit_id for item in locked.values()}
    outcome = editions.counts(differences)
    added: list[ImportRow] = []
    for difference in differences:
        row = by_line[difference.new.key] if difference.new else None  # type: ignore[index]
        item = locked[difference.old.key] if difference.old else None  # type: ignore[index]
        if row is not None and item is None:
            added.append(row)
        elif row is not None and item is not None:
            row.item = item
            if difference.fields:
                _update(actor, item, row)
        elif item is not None and not _cancel(actor, item):
            outcome["removed"] -= 1
    for row, item in zip(
        added, items.add_items(actor, home, [_new_item(batch, row) for row in added]), strict=True
    ):
        row.item = item
    store.save_items(rows)
    pending_changed(locked.values(), also=units_before)
    join_units_of(actor, home, [item for item in locked.values() if item.state != ItemState.REGISTERED])
    return outcome


def _new_item(batch: ImportBatch, row: ImportRow) -> items.NewItem:
    if row.lead_unit_id is None:
        raise BadInputError(field="lead_unit_id", message=_("第{line}行没有牵头单位。").format(line=row.line))
    return items.NewItem(
        title=row.name,
        lead_unit_id=row.lead_unit_id,
        starts_on=batch.starts_on,
        due_on=row.due_on or batch.due_on,
        supporting_unit_ids=tuple(
            UUID(unit) for unit in row.supporting_units if unit != str(row.lead_unit_id)
        ),
        category=row.category,
        budget_wan=row.budget_wan,
        list_seq=row.seq,
        source="import" if batch.is_edition else "typed",  # the next edition cancels what it does not have
    )


def _update(actor: Actor, item: Item, row: ImportRow) -> None:
    unit: Unit | None = row.lead_unit

    def change(item: Item, now: datetime) -> str:
        item.list_seq, item.title, item.category, item.budget_wan = (
            row.seq,
            row.name,
            row.category,
            row.budget_wan,
        )
        if unit is not None and unit.pk != item.lead_unit_id:
            if ItemAct.TRANSFER in allowed_acts(ItemState(item.state)):
                acts.transfer(actor, item, unit.pk, now)
            item.lead_unit = unit
        return "按新版清单更新"

    changes.apply_change(actor, item, "edition", change)


def _cancel(actor: Actor, item: Item) -> bool:
    if ItemAct.CANCEL not in allowed_acts(ItemState(item.state)):
        return False

    def change(item: Item, now: datetime) -> str:
        changes.moved(item, ItemAct.CANCEL)
        acts.drop_open_extension(actor, item, now)
        return "新版清单已不含此项，取消"

    changes.apply_change(actor, item, ItemAct.CANCEL, change)
    return True
