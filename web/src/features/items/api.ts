/** REST of items, whichever home they have: a task force or the ledger of a unit. */
import { http, randomId } from '@/api/http';
import type { Schemas } from '@/api/types';

export type Item = Schemas['ItemOut'];
export type ItemDetail = Schemas['ItemDetailOut'];
export type ColourCode = Item['colour'];
export type UnitRef = Schemas['UnitRef'];
export type PersonRef = Schemas['PersonRef'];
export type Milestone = Schemas['MilestoneOut'];
export type Report = Schemas['ReportOut'];
export type Extension = Schemas['ExtensionOut'];
export type HistoryEntry = Schemas['HistoryOut'];
export type ActAnswer = Schemas['ItemAnswer'];

const item = (id: string, rest = ''): string => `/items/${encodeURIComponent(id)}${rest}`;

/** One key per opened form: pressing twice, or again after a lost answer, is one deed. */
export const newKey = (): string => randomId('k');

export const fetchItem = (id: string): Promise<ItemDetail> => http.get<ItemDetail>(item(id));

/** An act on an item: `path` below /items/{id}. */
export const act = (id: string, path: string, body: unknown, key: string): Promise<ActAnswer> =>
  http.post<ActAnswer>(item(id, `/${path}`), body, { idempotencyKey: key });
export const patchItem = (id: string, body: Schemas['ItemPatchIn'], key: string): Promise<ActAnswer> =>
  http.patch<ActAnswer>(item(id), body, { idempotencyKey: key });
/** Items of a task force are given out by it. */
export const dispatchItems = (force: string, ids: string[], key: string): Promise<Schemas['DispatchAnswer']> =>
  http.post(`/taskforces/${encodeURIComponent(force)}/dispatch`, { item_ids: ids }, { idempotencyKey: key });
