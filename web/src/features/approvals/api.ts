/** REST of 审批: what may be started, drafts, cases and their deeds, delegations. */
import { http, randomId } from '@/api/http';
import type { Schemas } from '@/api/types';

import type { FormData } from './form/types';

export type Case = Schemas['CaseOut'];
export type CaseRow = Schemas['CaseEntry'];
export type CasePage = Schemas['CaseListOut'];
export type CaseCounts = Schemas['CaseCountsOut'];
export type CaseTask = Schemas['CaseTaskOut'];
export type TrailLine = Schemas['CaseEntryOut'];
export type Step = Schemas['CaseStepOut'];
export type ProcessRow = Schemas['ProcessEntryOut'];
export type ProcessPage = Schemas['ProcessOut'];
export type CaseDraft = Schemas['CaseDraftOut'];
export type Diagram = Schemas['CaseDiagramOut'];
export type Answer = Schemas['CaseDeedOut'];
export type Batch = Schemas['BatchOut'];
export type CaseResults = Schemas['CaseResultsOut'];
export type ReceiptTree = Schemas['ReceiptTreeOut'];

export const BOXES = ['waiting', 'mine', 'handled', 'cc'] as const;
export type Box = (typeof BOXES)[number];
export type Deed = 'agree' | 'refuse' | 'return' | 'withdraw' | 'resubmit' | 'transfer' | 'add_sign' | 'comment' | 'cc' | 'urge' | 'record_instruction' | 'answer_dissent';

export type Delegation = Schemas['DelegationOut'];
export type DelegationIn = Schemas['DelegationIn'];

export interface Said {
  task?: string | null;
  opinion?: string;
  to?: string[];
  node?: string;
  mode?: string;
  data?: FormData;
  file?: string;
}

export const newKey = (): string => randomId('a');
const path = (id: string, rest = ''): string => `/cases/${encodeURIComponent(id)}${rest}`;

export const fetchProcesses = (): Promise<ProcessRow[]> => http.get('/processes');
export const fetchProcess = (key: string): Promise<ProcessPage> => http.get(`/processes/${encodeURIComponent(key)}`);
export const fetchRoute = (key: string, data: FormData, signal?: AbortSignal): Promise<Step[]> =>
  http.post(`/processes/${encodeURIComponent(key)}/route`, { data }, signal ? { signal } : {});

export const fetchDrafts = (): Promise<CaseDraft[]> => http.get('/case-drafts');
export const fetchDraft = (id: string): Promise<CaseDraft> => http.get(`/case-drafts/${encodeURIComponent(id)}`);
export const keepDraft = (id: string, process: string, data: FormData, room: string): Promise<CaseDraft> =>
  http.put(`/case-drafts/${encodeURIComponent(id)}`, { process, data, room });
export const dropDraft = (id: string): Promise<void> => http.delete(`/case-drafts/${encodeURIComponent(id)}`);

export const fetchCases = (query: { box: Box; process?: string; q?: string; cursor?: string }): Promise<CasePage> => http.get('/cases', { ...query });
export const begin = (body: { process: string; data: FormData; draft?: string | null; room?: string }, key: string): Promise<Schemas['BegunOut']> =>
  http.post('/cases', body, { idempotencyKey: key });
export const fetchCase = (id: string): Promise<Case> => http.get(path(id));
export const openCase = (id: string): Promise<Case> => http.post(path(id, '/open'));
export const fetchDiagram = (id: string): Promise<Diagram> => http.get(path(id, '/diagram'));
export const act = (id: string, deed: Deed, said: Said, key: string): Promise<Answer> => http.post(path(id, `/deeds/${deed}`), said, { idempotencyKey: key });
export const agreeAll = (ids: string[], opinion: string, key: string): Promise<Batch> => http.post('/cases/decide', { ids, opinion }, { idempotencyKey: key });
export const fetchResults = (id: string): Promise<CaseResults> => http.get(path(id, '/results'));
export const resend = (id: string, key: string): Promise<Schemas['DeliveryAnswer']> => http.post(path(id, '/deliveries/resend'), {}, { idempotencyKey: key });
export const printAddress = (id: string): string => `/api/v1${path(id, '/print')}`;
export const fileAddress = (id: string, media: string): string => `/api/v1${path(id, `/files/${encodeURIComponent(media)}`)}`;

export const fetchDelegations = (): Promise<Delegation[]> => http.get('/delegations');
export const delegate = (body: DelegationIn, key: string): Promise<Delegation> => http.post('/delegations', body, { idempotencyKey: key });
export const endDelegation = (id: string, key: string): Promise<Delegation> => http.delete(`/delegations/${encodeURIComponent(id)}`, { idempotencyKey: key });
