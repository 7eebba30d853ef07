/** REST of list imports. */
import { http } from '@/api/http';
import type { Schemas } from '@/api/types';

export type ListImport = Schemas['ListImportOut'];
export type Row = Schemas['RowOut'];
export type Totals = Schemas['TotalsOut'];
export type Problem = Schemas['CellProblem'];
export type UnitRef = Schemas['UnitRef'];
export type Change = Row['change'];
type RowPatch = Schemas['RowPatchIn'];
export type CellColumn = Exclude<keyof RowPatch, 'lead_unit_id'>;

const batch = (id: string, rest = ''): string => `/imports/${encodeURIComponent(id)}${rest}`;

export function uploadList(force: string, file: File, plan: { starts_on: string; due_on: string }): Promise<ListImport> {
  const form = new FormData();
  form.append('file', file);
  if (plan.starts_on) form.append('starts_on', plan.starts_on);
  if (plan.due_on) form.append('due_on', plan.due_on);
  return http.upload<ListImport>(`/taskforces/${encodeURIComponent(force)}/imports`, form);
}
/** Rows with tabs, the first one a heading, to be added to the ledger of a unit or to a task force. */
export const pasteRows = (kind: 'ledgers' | 'taskforces', home: string, text: string, due_on: string): Promise<ListImport> =>
  http.post<ListImport>(`/${kind}/${encodeURIComponent(home)}/rows`, { text, due_on: due_on || null });
export const fetchImport = (id: string): Promise<ListImport> => http.get<ListImport>(batch(id));
export const fixRow = (id: string, line: number, body: RowPatch): Promise<ListImport> =>
  http.patch<ListImport>(batch(id, `/rows/${line}`), body);
export const applyImport = (id: string): Promise<ListImport> => http.post<ListImport>(batch(id, '/apply'), undefined, { timeout: 120_000 });
