/** A list of cases as a file that a spreadsheet opens. */
import { fullTime } from '@/lib/time';

import { type Box, type CaseRow, fetchCases } from './api';
import { writeCsv } from './modeller/decisions';

export const COLUMNS = ['serial', 'number', 'title', 'process', 'state', 'starter', 'unit', 'started', 'with', 'due'] as const;
type Column = (typeof COLUMNS)[number];
const READ: Record<Column, (row: CaseRow) => string> = {
  serial: (row) => row.serial,
  number: (row) => row.number ?? '',
  title: (row) => row.title,
  process: (row) => row.process_name,
  state: (row) => row.state_words,
  starter: (row) => row.starter,
  unit: (row) => row.starter_unit,
  started: (row) => fullTime(row.started_at),
  with: (row) => (row.with_whom ?? []).join('、'),
  due: (row) => (row.due_at ? fullTime(row.due_at) : ''),
};

/** Page by page, each case once though the list moves under way. */
export async function fetchAll(query: { box: Box; process?: string; q?: string }): Promise<CaseRow[]> {
  const found = new Map<string, CaseRow>();
  let cursor: string | null | undefined;
  do {
    const page = await fetchCases({ ...query, ...(cursor ? { cursor } : {}) });
    for (const row of page.items) found.set(row.task ?? row.id, row);
    cursor = page.next;
  } while (cursor);
  return [...found.values()];
}

/** A text that somebody typed is no formula: a spreadsheet would work it out. */
const plain = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

/** With a mark at the front, by which spreadsheets know the encoding. */
export const tableOf = (rows: readonly CaseRow[], title: (column: Column) => string): string =>
  `\ufeff${writeCsv([COLUMNS.map(title), ...rows.map((row) => COLUMNS.map((column) => plain(READ[column](row))))])}`;

export function saveText(name: string, text: string, type = 'text/csv'): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
