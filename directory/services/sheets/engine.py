"""Import and export. An import is worked out as a whole, shown, and applied as a whole or not at all."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common import audit, events
from common.errors import BadInputError, ConflictError, NotFoundError
from directory.actors import Actor
from directory.events import DirectoryChanged, RightsChanged
from directory.services import pinyin
from directory.services.rights import require
from directory.services.sheets import reading, rules
from directory.services.sheets.kinds import KINDS, Kind
from directory.services.sheets.reading import Problem, Row
from directory.store import sheets as store
from directory.store.sheets import Writer

Key = tuple[str, ...]
Values = dict[str, str]


@dataclass
class RowReport:
    """`change`: added, changed, removed, same or error. `changes`: column → [before, after]."""

    line: int
    key: str
    change: str
    changes: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass
class ImportReport:
    """What an import would do, or has done.

    Attributes:
        applied: whether it was done. digest: names exactly these changes; an apply may insist on it.
        rows: all rows but those that stay the same. problems: of the file as a whole.
        ignored: headings of the file that no column has.
    """

    kind: str
    applied: bool = False
    digest: str = ""
    totals: dict[str, int] = field(default_factory=dict)
    rows: list[RowReport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.problems and not any(row.problems for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class ImportRefusedError(BadInputError):
    """The file has problems, so nothing of it was applied; `facts` are the report."""

    code = "import_refused"

    def default_message(self) -> str:
        return _("文件中有 {errors} 处问题，未做任何改动。请按行号修改后重新导入。").format(
            errors=self.facts["errors"]
        )


class ImportOutdatedError(ConflictError):
    code = "import_outdated"

    def default_message(self) -> str:
        return _("预览之后通讯录又有改动，未做任何改动。请重新预览，核对后再导入。")


def kind_named(name: str) -> Kind:
    """Raises NotFoundError."""
    if name not in KINDS:
        raise NotFoundError
    return KINDS[name]


@transaction.atomic
def import_csv(
    *, actor: Actor, kind: str, data: bytes, dry_run: bool, digest: str | None = None
) -> ImportReport:
    """Read a file of this kind, compare it with the directory and, unless `dry_run`, apply it.

    Rows that are not in the file stay as they are; only of relations, those of a unit in the file are
    replaced.

    Args:
        digest: of the dry run that the person has seen; another one is refused.
    Raises:
        ImportRefusedError: there are problems (not in a dry run: its report tells them).
        ImportOutdatedError: the changes are no longer those of `digest`.
        NotFoundError: no such kind. ForbiddenError.
    """
    require(actor, "directory.import")
    what = kind_named(kind)
    if not dry_run:
        store.lock(what.name)
    plan = _Plan(what, actor)
    report = plan.work_out(data)
    if dry_run:
        return report
    if not report.is_clean:
        errors = len(report.problems) + sum(len(row.problems) for row in report.rows)
        raise ImportRefusedError(errors=errors, report=report.as_json())
    if digest and digest != report.digest:
        raise ImportOutdatedError
    plan.apply(report)
    audit.record(
        actor=actor,
        verb="directory.import",
        subject=kind,
        subject_id=hashlib.sha256(data).hexdigest()[:16],
        new=report.totals,
    )
    report.applied = True
    return report


class _Plan:
    """One import under way."""

    def __init__(self, kind: Kind, actor: Actor) -> None:
        self.kind, self.actor = kind, actor
        self.writer = Writer(
            kind.name, {column.name: column.refers for column in kind.columns if column.refers}
        )
        self.current = {self._key(values): values for values in self._current()}
        self.rows: dict[Key, Row] = {}
        self.removed: list[Key] = []

    def _current(self) -> Iterator[Values]:
        """The directory as a file would show it, so that both sides of the comparison are canonical."""
        for values in store.CURRENT[self.kind.name]():
            yield {column.name: _canonical(column.read, values[column.name]) for column in self.kind.columns}

    def _key(self, values: Values) -> Key:
        return tuple(values.get(name, "") for name in self.kind.key)

    def work_out(self, data: bytes) -> ImportReport:
        sheet = reading.read(data, self.kind.columns)
        report = ImportReport(self.kind.name, problems=sheet.problems, ignored=sheet.ignored)
        for row in sheet.rows:
            self._take(row)
        self._check_references(sheet.rows)
        for row, problem in rules.check(self.kind, self.actor, self.rows, self.current):
            row.problems.append(problem)
        if self.kind.replaces and report.is_clean:
            self.removed = self._absent()
        report.rows = [each for each in self._reports(sheet.rows) if each.change != "same"]
        report.totals = self._totals(report.rows, len(sheet.rows))
        report.digest = _digest(report)
        return report

    def _take(self, row: Row) -> None:
        key = self._key(row.values)
        if row.problems:
            return
        if (first := self.rows.get(key)) is not None:
            row.problems.append(
                Problem(self.kind.key[0], _("与第 {line} 行重复，请只保留一行。").format(line=first.line))
            )
            return
        self.rows[key] = row
        known = self.current.get(key)
        if known is None:
            for column in self.kind.columns:
                row.values[column.name] = row.values.get(column.name) or column.when_new
        if self.kind.name == "people":
            _spell(row.values, known)
        for column in self.kind.columns:
            if known is not None and column.when_new and not row.values.get(column.name, "-"):
                row.values[column.name] = known[column.name]

    def _check_references(self, rows: Iterable[Row]) -> None:
        """Every key that a cell names is in the directory, or in this very file."""
        for column in (column for column in self.kind.columns if column.refers):
            other = KINDS[column.refers]
            known = {values[other.key[0]] for values in store.CURRENT[other.name]()}
            if other is self.kind:
                known |= {key[0] for key in self.rows}
            for row in rows:
                named = row.values.get(column.name)
                if named and named not in known:
                    message = _("“{code}”不在{title}中，请先导入或改正。").format(
                        code=named, title=other.title
                    )
                    row.problems.append(Problem(column.name, message))

    def _absent(self) -> list[Key]:
        group = self.kind.key.index(self.kind.replaces)
        named = {key[group] for key in self.rows}
        return [key for key in self.current if key[group] in named and key not in self.rows]

    def _reports(self, rows: Iterable[Row]) -> Iterator[RowReport]:
        for row in rows:
            key = self._key(row.values)
            known = self.current.get(key)
            changes = _differences(known or {}, row.values)
            change = "added" if known is None else "changed" if changes else "same"
            if row.problems:
                change, changes = "error", {}
            yield RowReport(row.line, _shown(key), change, changes, row.problems)
        for key in self.removed:
            before = {name: [text, ""] for name, text in self.current[key].items() if text}
            yield RowReport(0, _shown(key), "removed", before)

    def _totals(self, rows: list[RowReport], in_file: int) -> dict[str, int]:
        totals = {"added": 0, "changed": 0, "removed": 0, "error": 0}
        for row in rows:
            totals[row.change] += 1
        totals["same"] = in_file - totals["added"] - totals["changed"] - totals["error"]
        totals["absent"] = len(self.current.keys() - self.rows.keys()) - len(self.removed)
        return totals

    def apply(self, report: ImportReport) -> None:
        """All rows first, then what may name another row of the same file."""
        late = {column.name for column in self.kind.columns if column.late}
        touched = []
        for key in self.removed:
            self.writer.remove(self._named(key))
            touched.append(self._named(key))
        for key, row in self.rows.items():
            known = self.current.get(key)
            changes = _differences(known or {}, row.values)
            if known is not None and not changes:
                continue
            touched.append(self._named(key))
            early = {name: text for name, text in row.values.items() if name not in late}
            if known is None:
                self.writer.create(early)
            else:
                self.writer.change(self._named(key), {name: early[name] for name in changes if name in early})
        self._apply_late(late)
        self._record(report)
        self._tell(touched)

    def _apply_late(self, late: set[str]) -> None:
        self.writer.forget_keys()
        for key, row in self.rows.items() if late else ():
            changed = _differences(self.current.get(key, {}), row.values)
            if values := {name: row.values[name] for name in changed if name in late}:
                self.writer.change(self._named(key), values, counts=False)

    def _named(self, key: Key) -> Values:
        return dict(zip(self.kind.key, key, strict=True))

    def _record(self, report: ImportReport) -> None:
        """One entry a row, so that the trail of a unit or person is whole."""
        for row in report.rows:
            old = {name: pair[0] for name, pair in row.changes.items() if pair[0]}
            new = {name: pair[1] for name, pair in row.changes.items()}
            audit.record(
                actor=self.actor,
                verb=f"directory.import.{row.change}",
                subject=self.kind.name,
                subject_id=row.key,
                old=rules.without_phones(old) or None,
                new=rules.without_phones(new),
            )

    def _tell(self, touched: list[Values]) -> None:
        if not touched:
            return
        rules.after(self.kind, self.actor, [row.values for row in self.rows.values()])
        events.publish(DirectoryChanged())
        if staff_ids := store.staff_ids_of(self.kind.name, touched):
            events.publish(RightsChanged(tuple(staff_ids)))


def _canonical(read: Any, text: str) -> str:
    try:
        return str(read(text))
    except ValueError:
        return text


def _differences(before: Values, after: Values) -> dict[str, list[str]]:
    """Only columns of the file count: one that is missing changes nothing."""
    pairs = {name: [before.get(name, ""), text] for name, text in after.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _spell(values: Values, known: Values | None) -> None:
    """An empty or missing pinyin follows the name; an entered one stays while the name stays."""
    if values.get("pinyin"):
        return
    same_name = known is not None and known["name"] == values["name"]
    values["pinyin"] = known["pinyin"] if known and same_name else pinyin.spell(values["name"])


def _shown(key: Key) -> str:
    return " ".join(part for part in key if part)


def _digest(report: ImportReport) -> str:
    facts = [[row.key, row.change, row.changes] for row in report.rows]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()[:32]


def export_csv(*, actor: Actor, kind: str) -> str:
    """The whole kind as a file that imports without a change; with a byte order mark, for spreadsheets.

    Raises:
        NotFoundError: no such kind. ForbiddenError.
    """
    require(actor, "directory.export")
    what = kind_named(kind)
    out = io.StringIO(newline="")
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in what.columns])
    rows = list(store.CURRENT[kind]())
    for values in rows:
        writer.writerow([reading.guarded(values[column.name]) for column in what.columns])
    audit.record(actor=actor, verb="directory.export", subject=kind, subject_id="", new={"rows": len(rows)})
    return out.getvalue()
