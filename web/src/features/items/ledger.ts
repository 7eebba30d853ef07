/** Order and filters of the ledger. Pure. */
import type { ColourCode, Item } from './api';

export type SortKey = 'urgency' | 'number' | 'title' | 'unit' | 'handler' | 'state' | 'budget' | 'percent' | 'due' | 'report';
export type Filter = 'open' | 'all' | ColourCode;

export interface Sort {
  key: SortKey;
  isDown: boolean;
}

export const DEFAULT_SORT: Sort = { key: 'urgency', isDown: false };

const URGENCY: Record<ColourCode, number> = { red: 0, yellow: 1, green: 2, grey: 3, done: 4 };

type Compare = (one: Item, other: Item) => number;
const text = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** 红 黄 绿 灰 完, then the due date, then the number: also the tie-break of every other order. */
export const byUrgency: Compare = (one, other) =>
  URGENCY[one.colour] - URGENCY[other.colour] || text(one.due_on, other.due_on) || one.number - other.number;

function compareOf(key: SortKey, unitOrder: ReadonlyMap<string, number>): Compare {
  const rank = (item: Item): number => unitOrder.get(item.lead_unit.id) ?? unitOrder.size;
  const order: Record<SortKey, Compare> = {
    urgency: () => 0,
    number: (one, other) => one.number - other.number,
    title: (one, other) => one.title.localeCompare(other.title, 'zh-CN'),
    unit: (one, other) => rank(one) - rank(other),
    handler: (one, other) => (one.handler?.name ?? '\uffff').localeCompare(other.handler?.name ?? '\uffff', 'zh-CN'),
    state: (one, other) => text(one.state_words, other.state_words),
    budget: (one, other) => (one.budget_wan ?? -1) - (other.budget_wan ?? -1),
    percent: (one, other) => one.percent - other.percent,
    due: (one, other) => text(one.due_on, other.due_on),
    report: (one, other) => text(one.last_report?.at ?? '', other.last_report?.at ?? ''),
  };
  return order[key];
}

/** `unitOrder`: place of each unit in protocol order. Ties keep the order of urgency, in either direction. */
export function sortItems(items: readonly Item[], sort: Sort, unitOrder: ReadonlyMap<string, number>): Item[] {
  const compare = compareOf(sort.key, unitOrder);
  const sign = sort.isDown ? -1 : 1;
  const last = sort.key === 'urgency' ? sign : 1;
  return [...items].sort((one, other) => sign * compare(one, other) || last * byUrgency(one, other));
}

/** A first press sorts upwards (progress and reports too: the weakest come first), the second downwards, the third resets. */
export function nextSort(now: Sort, key: SortKey): Sort {
  if (now.key !== key) return { key, isDown: false };
  return now.isDown ? DEFAULT_SORT : { key, isDown: true };
}

export function matches(item: Item, filter: Filter, unitId: string | null): boolean {
  if (unitId && item.lead_unit.id !== unitId) return false;
  if (filter === 'all') return true;
  return filter === 'open' ? item.colour !== 'done' : item.colour === filter;
}

export function countsOf(items: readonly Item[]): Record<Filter, number> {
  const counts: Record<Filter, number> = { open: 0, all: items.length, red: 0, yellow: 0, green: 0, grey: 0, done: 0 };
  for (const item of items) {
    counts[item.colour] += 1;
    if (item.colour !== 'done') counts.open += 1;
  }
  return counts;
}

export interface DueGroup {
  key: 'overdue' | 'today' | 'week' | 'later' | 'done';
  items: Item[];
}

/** The rows of a phone in their groups; `today` and due dates are local days as YYYY-MM-DD. */
export function groupByDue(items: readonly Item[], today: string, weekEnd: string): DueGroup[] {
  const groups: DueGroup[] = (['overdue', 'today', 'week', 'later', 'done'] as const).map((key) => ({ key, items: [] }));
  for (const item of items) {
    const at = item.colour === 'done' ? 4 : item.due_on < today ? 0 : item.due_on === today ? 1 : item.due_on <= weekEnd ? 2 : 3;
    groups[at]?.items.push(item);
  }
  return groups.filter((group) => group.items.length > 0);
}

/** The item before or after one in the shown order; stays at the ends. */
export function neighbour(shown: readonly Item[], id: string | null, step: 1 | -1): Item | null {
  const at = shown.findIndex((item) => item.id === id);
  if (at < 0) return shown[step > 0 ? 0 : shown.length - 1] ?? null;
  return shown[at + step] ?? shown[at] ?? null;
}
