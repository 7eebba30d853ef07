/** How a preview is shown: order, filters, what may be fixed where. Pure. */
import type { CellColumn, Change, Row, Totals } from './api';

export type Filter = Change | 'all';

/** What needs a hand comes first, what stays the same last; within each in the order of the file. */
const ORDER: Record<Change, number> = { error: 0, removed: 1, changed: 2, added: 3, same: 4 };

export function shownRows(rows: readonly Row[], filter: Filter): Row[] {
  const wanted = filter === 'all' ? rows : rows.filter((row) => row.change === filter);
  return wanted
    .map((row, index) => ({ row, index }))
    .sort((one, other) => ORDER[one.row.change] - ORDER[other.row.change] || one.index - other.index)
    .map(({ row }) => row);
}

export const rowKey = (row: Row): string => (row.line === null ? `item ${row.item_id}` : `line ${row.line}`);

const FIXABLE: readonly CellColumn[] = ['seq', 'category', 'name', 'budget_wan', 'supporting', 'due_on'];
const ALWAYS: readonly CellColumn[] = ['seq', 'name', 'category', 'budget_wan'];

/** What the table shows: a column that few lists have is there when a row of this one says something in it. */
export function columnsOf(rows: readonly Row[]): CellColumn[] {
  return [...ALWAYS, ...(['supporting', 'due_on'] as const).filter((column) => rows.some((row) => row.cells[column]))];
}

/** Cells with a problem that may be typed anew here; a problem of two rows (the same name twice) is mended in either. */
export function badCells(row: Row): CellColumn[] {
  return FIXABLE.filter((column) => row.problems.some((problem) => problem.column === column));
}

export function needsUnit(row: Row): boolean {
  return row.change !== 'removed' && row.lead_unit === null;
}

export const messageFor = (row: Row, column: string): string | null =>
  row.problems.find((problem) => problem.column === column)?.message ?? null;

/** The old value of a changed column, to be struck through beside the new one. */
export function oldValue(row: Row, field: string): string | null {
  return row.change === 'changed' ? (row.changes.find((change) => change.field === field)?.old ?? null) : null;
}

/** 36,847 or 1,200.5 */
export function money(amount: number | null): string {
  return amount === null ? '—' : amount.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

export function hasEffect(totals: Totals): boolean {
  return totals.added + totals.changed + totals.removed > 0;
}

/** Files that a browser can tell are not a list, before they are sent. */
export function refusalOf(file: { name: string; size: number }): 'notCsv' | 'tooLarge' | 'empty' | null {
  if (!/\.(csv|tsv|txt)$/i.test(file.name)) return 'notCsv';
  if (file.size === 0) return 'empty';
  return file.size > 2 * 1024 * 1024 ? 'tooLarge' : null;
}
