/** REST of 指令: drafts, issue, the board, and one's own receipt. */
import { http, randomId } from '@/api/http';
import type { Page, Schemas } from '@/api/types';

export type Order = Schemas['OrderOut'];
export type OrderEntry = Schemas['OrderEntry'];
export type MyOrder = Schemas['MyOrder'];
export type Counts = Schemas['OrderCounts'];
export type Scope = Schemas['OrderScopeIn'];
export type Rung = Schemas['OrderRungIn'];
export type Task = Required<Schemas['OrderTaskIn']>;
export type HeadCount = Schemas['HeadCount'];
export type Node = Schemas['OrderNode'];
export type Tree = Schemas['OrderTreeOut'];
export type Ladder = Schemas['OrderLadderOut'];
export type LadderStep = Schemas['OrderRungOut'];
export type Attempt = Schemas['OrderAttemptOut'];
export type Template = Schemas['OrderTemplateOut'];
export type Options = Schemas['OrderOptionsOut'];
export type Answer = Schemas['OrderAnswer'];
export type DraftIn = Schemas['OrderDraftIn'];

export const newKey = (): string => randomId('o');
const path = (id: string, deed = ''): string => `/orders/${encodeURIComponent(id)}${deed ? `/${deed}` : ''}`;

export const fetchOrders = (query: { state?: string; q?: string; cursor?: string }): Promise<Page<OrderEntry>> => http.get('/orders', query);
export const fetchMine = (open: boolean, cursor?: string): Promise<Page<MyOrder>> => http.get('/orders/mine', { open: open ? 1 : 0, cursor });
export const fetchOrder = (id: string): Promise<Order> => http.get(path(id));
export const fetchOptions = (): Promise<Options> => http.get('/orders/options');
export const fetchTemplates = (): Promise<Template[]> => http.get('/orders/templates');
export const keepTemplate = (name: string, draft: DraftIn): Promise<Template> => http.post('/orders/templates', { name, draft });

export const countHeads = (body: Schemas['HeadCountIn'], signal?: AbortSignal): Promise<HeadCount> =>
  http.post('/orders/head-count', body, signal ? { signal } : {});
export const createDraft = (body: DraftIn, key: string): Promise<Answer> => http.post('/orders', body, { idempotencyKey: key });
export const saveDraft = (id: string, body: DraftIn): Promise<Answer> => http.patch(path(id), body);
export const discardDraft = (id: string): Promise<void> => http.delete(path(id));

/** Deeds of an order by their address: approve, issue, correct, recall, close, remind, sign-for, report, decline, substitute. */
export const act = (id: string, deed: string, body: Record<string, unknown> | undefined, key: string): Promise<Answer> =>
  http.post(path(id, deed), body ?? {}, { idempotencyKey: key });

export interface TreeQuery {
  by?: 'unit' | 'person';
  parent?: string;
  q?: string;
  only?: string;
  cursor?: string;
}
export const fetchTree = (id: string, query: TreeQuery): Promise<Tree> => http.get(path(id, 'tree'), { ...query });
export const fetchLadder = (id: string): Promise<Ladder> => http.get(path(id, 'ladder'));
export const fetchAttempts = (id: string, only: string, cursor?: string): Promise<Page<Attempt>> => http.get(path(id, 'attempts'), { only, cursor });
export const evidenceAddress = (id: string): string => `/api/v1${path(id, 'evidence')}`;

export interface RegionRow {
  code: string;
  name: string;
  level: string;
}
export const fetchRegions = async (parent?: string): Promise<RegionRow[]> =>
  (await http.get<Page<RegionRow>>('/directory/regions', { parent, limit: 200 })).items;
