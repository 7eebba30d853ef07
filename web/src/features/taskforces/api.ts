/** REST of task forces and items. */
import { http, randomId } from '@/api/http';
import type { Page, Schemas } from '@/api/types';

export type Item = Schemas['ItemOut'];
export type ItemDetail = Schemas['ItemDetailOut'];
export type ColourCode = Item['colour'];
export type UnitRef = Schemas['UnitRef'];
export type PersonRef = Schemas['PersonRef'];
export type Milestone = Schemas['MilestoneOut'];
export type Report = Schemas['ReportOut'];
export type Extension = Schemas['ExtensionOut'];
export type HistoryEntry = Schemas['HistoryOut'];
export type TaskForce = Schemas['TaskForceOut'];
export type NextNode = Schemas['NextNodeOut'];
export type ActAnswer = Schemas['ItemAnswer'];
export type NewForce = Schemas['NewTaskForceIn'];
export type NewItem = Schemas['NewItemIn'];

type Counts = Record<ColourCode, number>;
/** The generator does not read `propertyNames`, which say that every colour is counted. */
export type Kpi = Omit<Schemas['KpiOut'], 'counts' | 'deltas'> & { counts: Counts; deltas: Counts | null };
export type Wall = Omit<Schemas['WallOut'], 'kpi'> & { kpi: Kpi };

const force = (id: string, rest = ''): string => `/taskforces/${encodeURIComponent(id)}${rest}`;
const item = (id: string, rest = ''): string => `/items/${encodeURIComponent(id)}${rest}`;

/** One key per opened form: pressing twice, or again after a lost answer, is one deed. */
export const newKey = (): string => randomId('k');

export const fetchForces = async (): Promise<TaskForce[]> => (await http.get<Page<TaskForce>>('/taskforces')).items;
export const fetchForce = (id: string): Promise<TaskForce> => http.get<TaskForce>(force(id));
export const fetchWall = (id: string): Promise<Wall> => http.get<Wall>(force(id, '/wall'));
export const fetchItem = (id: string): Promise<ItemDetail> => http.get<ItemDetail>(item(id));

export const foundForce = (body: NewForce, key: string): Promise<TaskForce> =>
  http.post<TaskForce>('/taskforces', body, { idempotencyKey: key });
export const createItem = (id: string, body: NewItem, key: string): Promise<ActAnswer> =>
  http.post<ActAnswer>(force(id, '/items'), body, { idempotencyKey: key });
export const dispatchItems = (id: string, ids: string[], key: string): Promise<Schemas['DispatchAnswer']> =>
  http.post(force(id, '/dispatch'), { item_ids: ids }, { idempotencyKey: key });
/** `signedOver`: the unit that takes what is still open. */
export const windUp = (id: string, signedOver: string | null, key: string): Promise<Schemas['WindUpAnswer']> =>
  http.post(force(id, '/wind-up'), { signed_over: signedOver }, { idempotencyKey: key });
export const askDigest = (id: string, key: string): Promise<Schemas['DigestAnswer']> =>
  http.post(force(id, '/digest'), undefined, { idempotencyKey: key });

/** An act on an item: `path` below /items/{id}. */
export const act = (id: string, path: string, body: unknown, key: string): Promise<ActAnswer> =>
  http.post<ActAnswer>(item(id, `/${path}`), body, { idempotencyKey: key });
export const patchItem = (id: string, body: Schemas['ItemPatchIn'], key: string): Promise<ActAnswer> =>
  http.patch<ActAnswer>(item(id), body, { idempotencyKey: key });

/** The ledger as the server writes it, with the filter on screen. */
export function csvUrl(id: string, filter: { colour?: string; unit?: string }): string {
  const params = new URLSearchParams(Object.entries(filter).filter(([, value]) => value) as [string, string][]);
  const text = params.toString();
  return `/api/v1${force(id, '/items.csv')}${text ? `?${text}` : ''}`;
}
