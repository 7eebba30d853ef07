/** Pending entries of all sources by time: overdue, today, later. Pure. */
import type { PendingEntry, PendingSource } from '@/api/types';
import { dayNumber, toMs } from '@/lib/time';
import { toColour } from '@/ui/colour';

export type Bucket = 'overdue' | 'today' | 'later' | 'undated';

export interface PendingRow extends PendingEntry {
  source: string;
  sourceTitle: string;
}

export interface PendingGroup {
  bucket: Bucket;
  rows: PendingRow[];
}

export function rowsOf(sources: readonly PendingSource[]): PendingRow[] {
  return sources.flatMap((source) =>
    source.items.map((entry) => ({ ...entry, source: source.source, sourceTitle: source.title })),
  );
}

export function bucketOf(entry: Pick<PendingEntry, 'due_on'>, now: number): Bucket {
  if (!entry.due_on) return 'undated';
  const days = dayNumber(toMs(entry.due_on)) - dayNumber(now);
  if (days < 0) return 'overdue';
  return days === 0 ? 'today' : 'later';
}

const RANK = { red: 0, amber: 1, green: 2, grey: 3, done: 4 } as const;
const ORDER: Bucket[] = ['overdue', 'today', 'later', 'undated'];

export function groupPending(rows: readonly PendingRow[], now: number): PendingGroup[] {
  const groups: Record<Bucket, PendingRow[]> = { overdue: [], today: [], later: [], undated: [] };
  for (const row of rows) groups[bucketOf(row, now)].push(row);
  for (const list of Object.values(groups)) {
    list.sort(
      (one, other) =>
        (one.due_on ?? '').localeCompare(other.due_on ?? '') || RANK[toColour(one.code)] - RANK[toColour(other.code)],
    );
  }
  return ORDER.map((bucket) => ({ bucket, rows: groups[bucket] })).filter((group) => group.rows.length > 0);
}
