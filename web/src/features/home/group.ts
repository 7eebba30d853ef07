/** Pending items by time: overdue, today, this week and later. Pure. */
import type { PendingItem } from '@/api/types';
import { dayNumber, toMs } from '@/lib/time';
import { toColour } from '@/ui/colour';

export type Bucket = 'overdue' | 'today' | 'later' | 'undated';

export interface PendingGroup {
  bucket: Bucket;
  items: PendingItem[];
}

export function dueMs(item: PendingItem): number | null {
  if (item.due_at) return toMs(item.due_at);
  // A date is due at the end of its day.
  return item.due_on ? toMs(item.due_on) + 86_399_000 : null;
}

export function bucketOf(item: PendingItem, now: number): Bucket {
  const due = dueMs(item);
  if (due === null) return 'undated';
  if (due < now) return 'overdue';
  return dayNumber(due) === dayNumber(now) ? 'today' : 'later';
}

const RANK = { red: 0, amber: 1, green: 2, grey: 3, done: 4 } as const;

export function groupPending(items: readonly PendingItem[], now: number): PendingGroup[] {
  const groups: Record<Bucket, PendingItem[]> = { overdue: [], today: [], later: [], undated: [] };
  for (const item of items) groups[bucketOf(item, now)].push(item);
  for (const list of Object.values(groups)) {
    list.sort(
      (one, other) =>
        (dueMs(one) ?? Infinity) - (dueMs(other) ?? Infinity) || RANK[toColour(one.colour)] - RANK[toColour(other.colour)],
    );
  }
  const order: Bucket[] = ['overdue', 'today', 'later', 'undated'];
  return order.map((bucket) => ({ bucket, items: groups[bucket] })).filter((group) => group.items.length > 0);
}
