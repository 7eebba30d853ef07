/** REST of list imports. Answers as in workflows/services/import_previews.py. */
import { http } from '@/api/http';

export type Change = 'added' | 'changed' | 'removed' | 'same' | 'error';
export type CellColumn = 'seq' | 'category' | 'name' | 'budget_wan';

export interface UnitRef {
  id: string;
  name: string;
  short_name: string;
}

export interface Problem {
  /** Column of the list: seq, category, name, budget_wan or lead_department. */
  column: string;
  message: string;
}

export interface Row {
  /** Line of the file; null for an item that the new edition no longer has. */
  line: number | null;
  cells: Record<string, string>;
  seq: number | null;
  category: string;
  name: string;
  budget_wan: number | null;
  lead_text: string;
  lead_unit: UnitRef | null;
  match: 'exact' | 'alike' | 'fixed' | 'none';
  candidates: UnitRef[];
  change: Change;
  changes: { field: string; old: string; new: string }[];
  problems: Problem[];
  item_id: string | null;
  item_number: number | null;
}

export interface Totals extends Record<Change, number> {
  rows: number;
  budget_wan: number;
  stated_wan: number | null;
}

export interface ListImport {
  id: string;
  taskforce_id: string;
  file_name: string;
  encoding: string;
  state: 'preview' | 'applied';
  uploaded_at: string;
  uploaded_by: string;
  starts_on: string;
  due_on: string;
  notes: string[];
  rows: Row[];
  totals: Totals;
  message: string;
}

const batch = (id: string, rest = ''): string => `/imports/${encodeURIComponent(id)}${rest}`;

export function uploadList(force: string, file: File, plan: { starts_on: string; due_on: string }): Promise<ListImport> {
  const form = new FormData();
  form.append('file', file);
  if (plan.starts_on) form.append('starts_on', plan.starts_on);
  if (plan.due_on) form.append('due_on', plan.due_on);
  return http.upload<ListImport>(`/taskforces/${encodeURIComponent(force)}/imports`, form);
}
export const fetchImport = (id: string): Promise<ListImport> => http.get<ListImport>(batch(id));
export const fixRow = (id: string, line: number, body: { lead_unit_id?: string } & Partial<Record<CellColumn, string>>): Promise<ListImport> =>
  http.patch<ListImport>(batch(id, `/rows/${line}`), body);
export const applyImport = (id: string): Promise<ListImport> => http.post<ListImport>(batch(id, '/apply'), undefined, { timeout: 120_000 });
