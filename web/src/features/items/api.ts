/** REST of items, whichever home they have: a task force or the ledger of a unit. */
import { http, randomId } from '@/api/http';
import type { Page, Schemas } from '@/api/types';
import { useSession } from '@/stores/session';

export type UnitRef = Schemas['UnitRef'];
export type PersonRef = Schemas['PersonRef'];
export type HistoryEntry = Schemas['HistoryOut'];
export type ColourCode = Schemas['ItemOut']['colour'];

export type Origin = Schemas['OriginOut'];
export type EvidenceFile = Schemas['EvidenceOut'];
export type Part = Schemas['PartOut'];
export type Rectification = Schemas['RectificationOut'];
export type Item = Schemas['ItemOut'];
export type ItemDetail = Schemas['ItemDetailOut'];
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
export const dispatchItem = (one: Item, key: string): Promise<{ message: string }> =>
  one.home.kind === 'ledger' ? act(one.id, 'dispatch', undefined, key) : dispatchItems(one.home.id, [one.id], key);

export const TABS = ['supervised', 'handled', 'followed'] as const;
export type Tab = (typeof TABS)[number];
export type Counts = Record<ColourCode, number>;
/** The generator does not read which keys the counts have. */
export type ItemsPage = Omit<Schemas['ItemsOut'], 'counts' | 'colours'> & { counts: Record<Tab, number>; colours: Counts };
/** One's own items of a tab, 红 黄 绿 灰 完 and then by the due date; `colours` and `total` are without the colour filter. */
export const fetchMine = (query: { tab: Tab; colour?: string; q?: string; cursor?: string; limit?: number }): Promise<ItemsPage> =>
  http.get<ItemsPage>('/items', query);

/** A file of an item, for whoever sees the item. */
export const evidenceUrl = (id: string, evidence: string): string => `/api/v1${item(id, `/evidence/${encodeURIComponent(evidence)}/file?download=true`)}`;

/** What a message became. */
export type OfMessage = Schemas['MessageItemOut'];
export const fetchOrigins = async (room: string): Promise<OfMessage[]> => (await http.get<Page<OfMessage>>('/items/of-messages', { room_id: room })).items;

export type Ledger = Schemas['LedgerOut'];
export const fetchLedger = (id: string): Promise<Ledger> => http.get<Ledger>(`/ledgers/${encodeURIComponent(id)}`);
export const fetchLedgers = async (): Promise<Ledger[]> => (await http.get<Page<Ledger>>('/ledgers')).items;

/** What the server reads out of a message, with the working calendar at hand; `taken`: the item that it became already. */
export type MessageDraft = Schemas['MessageDraftOut'];
export const fetchDraft = (room: string, event: string): Promise<MessageDraft> => http.get<MessageDraft>('/items/from-message', { room, event });

/** What a due phrase means. `due_on` is empty when nothing was understood; then `hint` says how to write it. */
export type Understood = Schemas['DueOut'];
export const understand = (phrase: string): Promise<Understood> => http.post<Understood>('/calendar/understand', { phrase });

export const KINDS = ['major_decision', 'livelihood', 'instruction', 'meeting_decision', 'alert', 'message', 'proposal', 'project'] as const;

/** Where an item may be put: a task force, or a ledger of one's unit. */
export interface Home {
  /** `own`: the ledger of one's unit, set up with the first item; its name is the unit's business. */
  kind: 'taskforce' | 'ledger' | 'own';
  id: string;
  name: string;
  room: string;
  isSupervision: boolean;
}
export async function fetchHomes(): Promise<Home[]> {
  const [ledgers, forces] = await Promise.all([fetchLedgers(), http.get<Page<Schemas['TaskForceOut']>>('/taskforces')]);
  const may = useSession().may('item.create') && !ledgers.some((one) => one.kind === 'unit' && one.abilities['create_item']);
  return [
    ...(may ? [{ kind: 'own', id: 'own', name: '', room: '', isSupervision: false } satisfies Home] : []),
    ...ledgers.filter((one) => one.abilities['create_item']).map((one): Home => ({ kind: 'ledger', id: one.id, name: one.name, room: one.room_id, isSupervision: one.kind === 'supervision' })),
    ...forces.items.filter((one) => one.abilities['create_item']).map((one): Home => ({ kind: 'taskforce', id: one.id, name: one.name, room: one.room_id, isSupervision: false })),
  ];
}

/** Types of items with their own fields and limits; they are data of the site and seldom change. */
export type ItemType = Schemas['ItemTypeOut'];
let types: Promise<ItemType[]> | undefined;
export function fetchTypes(): Promise<ItemType[]> {
  types ??= http.get<Page<ItemType>>('/item-types').then((page) => page.items);
  types.catch(() => (types = undefined)); // asked again the next time
  return types;
}

export interface NewItemBody {
  title: string;
  lead_unit_id: string;
  /** Left out where the type has a limit. */
  due_on?: string;
  starts_on?: string;
  kind?: string;
  details?: Record<string, string>;
  category?: string;
  budget_wan?: number;
  supporting_unit_ids?: string[];
  evidence_required?: boolean;
  /** 反馈频次 in days. */
  report_every_days?: number;
  supervisor?: string;
  supervisor_unit_id?: string;
  recurrence?: Record<string, string | number>;
  parent_id?: string;
  /** Given out at once. */
  dispatch?: boolean;
  origin?: { room_id: string; event_id: string };
  /** Although the message has become an item before. */
  again?: boolean;
}
export const createIn = (home: Home, body: NewItemBody, key: string): Promise<ActAnswer> => {
  const place = home.kind === 'ledger' ? { ledger_id: home.id } : home.kind === 'taskforce' ? { taskforce_id: home.id } : {};
  return http.post<ActAnswer>('/items', { ...place, ...body }, { idempotencyKey: key });
};
