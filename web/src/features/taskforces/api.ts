/** REST of task forces and items. Answers as in workflows/services/views.py and wall.py. */
import { http, randomId } from '@/api/http';
import type { Page } from '@/api/types';

export type ColourCode = 'red' | 'yellow' | 'green' | 'grey' | 'done';

export interface UnitRef {
  id: string;
  name: string;
  short_name: string;
}

export interface PersonRef {
  user_id: string;
  name: string;
}

export interface Milestone {
  name: string;
  due_on: string;
  first_due_on: string;
  percent: number;
  done_on: string | null;
}

export interface Report {
  id: string;
  at: string;
  percent: number;
  text: string;
  by_name: string;
  by_post: string;
  by_unit: string;
  state: string;
  returned_reason: string;
}

export interface Extension {
  id: string;
  asked_at: string;
  by_name: string;
  by_post: string;
  by_unit: string;
  old_due_on: string;
  new_due_on: string;
  reason: string;
  state: string;
  decided_at: string | null;
  decided_by_name: string;
  decided_by_post: string;
  decision_reason: string;
}

export interface HistoryEntry {
  at: string;
  by_name: string;
  by_post: string;
  by_unit: string;
  act: string;
  from_state: string;
  to_state: string;
  text: string;
  facts: Record<string, unknown>;
}

export interface Item {
  id: string;
  number: number;
  title: string;
  category: string;
  budget_wan: number | null;
  taskforce: { id: string; name: string; room_id: string };
  lead_unit: UnitRef;
  supporting_units: UnitRef[];
  handler: PersonRef | null;
  starts_on: string;
  due_on: string;
  first_due_on: string;
  state: string;
  state_words: string;
  percent: number;
  planned_percent: number;
  colour: ColourCode;
  reason_code: string;
  /** Why it has this colour, in plain Chinese. */
  because: string;
  /** The few words beside the shape. */
  chip: string;
  milestones: Milestone[];
  next_milestone: Milestone | null;
  last_report: Report | null;
  open_extension: Extension | null;
  dispatched_at: string | null;
  signed_at: string | null;
  closed_at: string | null;
  version: number;
  abilities: Record<string, boolean>;
}

export interface ItemDetail extends Item {
  reports: Report[];
  extensions: Extension[];
  history: HistoryEntry[];
}

export interface TaskForce {
  id: string;
  name: string;
  goal: string;
  basis: string;
  state: string;
  state_words: string;
  lead: PersonRef;
  lead_post: string;
  lead_unit: UnitRef;
  office_unit: UnitRef;
  units: UnitRef[];
  room_id: string;
  starts_on: string;
  ends_on: string;
  abilities: Record<string, boolean>;
}

export interface NextNode {
  item_id: string;
  item_number: number;
  item_title: string;
  name: string;
  due_on: string;
  days: number;
}

export interface Kpi {
  total: number;
  /** Closed items of all, in whole percent. */
  percent: number;
  /** The mean of the items' own progress. */
  progress: number;
  counts: Record<ColourCode, number>;
  deltas: Record<ColourCode, number> | null;
  compared_with: string | null;
  day_no: number;
  days_total: number;
  ends_on: string;
  next_node: NextNode | null;
}

export interface Wall {
  taskforce: TaskForce;
  kpi: Kpi;
  items: Item[];
  as_of: string;
  demo: boolean;
}

export interface ActAnswer {
  message: string;
  item: Item;
}

export interface NewForce {
  name: string;
  goal: string;
  basis: string;
  unit_ids: string[];
  starts_on: string;
  ends_on: string;
  lead_post_id: string | null;
}

export interface NewItem {
  title: string;
  category: string;
  budget_wan: number | null;
  lead_unit_id: string;
  supporting_unit_ids: string[];
  starts_on: string;
  due_on: string;
}

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
export const dispatchItems = (id: string, ids: string[], key: string): Promise<{ message: string; numbers: number[] }> =>
  http.post(force(id, '/dispatch'), { item_ids: ids }, { idempotencyKey: key });
export const askDigest = (id: string, key: string): Promise<{ message: string }> =>
  http.post(force(id, '/digest'), undefined, { idempotencyKey: key });

/** An act on an item: `path` below /items/{id}. */
export const act = (id: string, path: string, body: unknown, key: string): Promise<ActAnswer> =>
  http.post<ActAnswer>(item(id, `/${path}`), body, { idempotencyKey: key });
export const patchItem = (id: string, body: { lead_unit_id?: string; handler?: string }, key: string): Promise<ActAnswer> =>
  http.patch<ActAnswer>(item(id), body, { idempotencyKey: key });

/** The ledger as the server writes it, with the filter on screen. */
export function csvUrl(id: string, filter: { colour?: string; unit?: string }): string {
  const params = new URLSearchParams(Object.entries(filter).filter(([, value]) => value) as [string, string][]);
  const text = params.toString();
  return `/api/v1${force(id, '/items.csv')}${text ? `?${text}` : ''}`;
}
