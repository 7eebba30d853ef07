/** REST of 流程管理: drafts of processes, their lint, route, tests, review and editions. */
import { http } from '@/api/http';
import type { Schemas } from '@/api/types';

import type { Step } from '../api';
import type { FormData } from '../form/types';
import type { Clock } from './clocks';

export type ProcessDraftRow = Schemas['ProcessDraftEntryOut'];
type Stored = Schemas['ProcessDraftOut'];
/** The parts that are JSON of a shape of their own. */
export type ProcessDraft = Omit<Stored, 'clocks' | 'decisions'> & { clocks: Record<string, Clock>; decisions: Record<string, { dmn: string; cases: string }> };
export type Finding = Schemas['DrawingFindingOut'];
export type Trial = Schemas['TrialOut'];
export type Content = Pick<ProcessDraft, 'bpmn' | 'form' | 'clocks' | 'decisions'>;

const path = (id: string, rest = ''): string => `/process-drafts/${encodeURIComponent(id)}${rest}`;

/** Drafts and what is in review; what runs is among the processes themselves. */
export const fetchDrafts = (): Promise<ProcessDraftRow[]> => http.get('/process-drafts');
export const fetchVersions = (key: string): Promise<ProcessDraftRow[]> => http.get(`/processes/${encodeURIComponent(key)}/versions`);
export const fetchOne = (id: string): Promise<ProcessDraft> => http.get(path(id));
/** A new process, or a draft of the next edition of one that is there. */
export const create = (body: Schemas['ProcessDraftIn']): Promise<ProcessDraft> => http.post('/process-drafts', body);
export const save = (id: string, body: Partial<Content> & { edit: number }): Promise<ProcessDraft> => http.put(path(id), body);
export const importFile = (body: Schemas['ImportDrawingIn']): Promise<{ draft?: ProcessDraft | null; findings: Finding[] }> => http.post('/process-drafts/import', body);
export const routeOf = (id: string, data: FormData): Promise<Step[]> => http.post(path(id, '/route'), { data });
export const test = (id: string): Promise<Trial> => http.post(path(id, '/test'), {}, { timeout: 120_000 });
export type Review = 'submit' | 'publish' | 'send_back' | 'take_back';
export const review = (id: string, deed: Review, note: string): Promise<ProcessDraft> => http.post(path(id, `/${deed}`), { note }, { timeout: 120_000 });
