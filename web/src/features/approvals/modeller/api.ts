/** REST of 流程管理: drafts of processes, their lint, route, tests, review and editions. */
import { http } from '@/api/http';

import type { Step } from '../api';
import type { FormData } from '../form/types';
import type { Clock } from './clocks';

export interface ProcessDraftRow {
  id: string;
  key: string;
  name: string;
  category: string;
  number: number;
  state: 'draft' | 'in_review' | 'published' | 'retired';
  author: string;
  at: string;
  reviewer: string;
  note: string;
  review_note: string;
}
export interface ProcessDraft extends ProcessDraftRow {
  description: string;
  edit: number;
  bpmn: string;
  form: Record<string, unknown>;
  clocks: Record<string, Clock>;
  card: Record<string, unknown>;
  meta: Record<string, unknown>;
  decisions: Record<string, { dmn: string; cases: string }>;
  fixture: Record<string, unknown>;
  abilities: string[];
}
export interface Finding {
  element: string;
  line: number;
  name: string;
  message: string;
  severity: string;
}
export interface CaseResult {
  decision: string;
  row: number;
  name: string;
  passed: boolean;
  got: string;
}
export interface TestReport {
  passed: boolean;
  decisions: CaseResult[];
  cases: { name: string; passed: boolean; message: string }[];
}
export type Content = Pick<ProcessDraft, 'name' | 'category' | 'description' | 'bpmn' | 'form' | 'clocks' | 'card' | 'meta' | 'decisions' | 'fixture'>;

const path = (id: string, rest = ''): string => `/process-drafts/${encodeURIComponent(id)}${rest}`;

export const fetchAll = (): Promise<ProcessDraftRow[]> => http.get('/process-drafts');
export const fetchVersions = (key: string): Promise<ProcessDraftRow[]> => http.get(`/processes/${encodeURIComponent(key)}/versions`);
export const fetchOne = (id: string): Promise<ProcessDraft> => http.get(path(id));
/** A new process, or a draft of the next edition of one that is there. */
export const create = (body: { key: string } & Partial<Content>, key: string): Promise<ProcessDraft> => http.post('/process-drafts', body, { idempotencyKey: key });
export const save = (id: string, body: Partial<Content> & { edit: number }): Promise<ProcessDraft> => http.put(path(id), body);
export const importFile = (name: string, bpmn: string, key: string): Promise<{ draft: ProcessDraft | null; findings: Finding[] }> => http.post('/process-drafts/import', { name, bpmn }, { idempotencyKey: key });
export const lint = (id: string): Promise<Finding[]> => http.post(path(id, '/lint'), {});
export const routeOf = (id: string, data: FormData, starter: string, absent: string[]): Promise<Step[]> => http.post(path(id, '/route'), { data, starter, absent });
export const test = (id: string): Promise<TestReport> => http.post(path(id, '/test'), {}, { timeout: 120_000 });
export const submit = (id: string, note: string, key: string): Promise<ProcessDraft> => http.post(path(id, '/submit'), { note }, { idempotencyKey: key });
export const publish = (id: string, note: string, key: string): Promise<ProcessDraft> => http.post(path(id, '/publish'), { note }, { idempotencyKey: key });
