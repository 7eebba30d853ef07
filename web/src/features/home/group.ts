/** Pending entries under headings: by time as on the workbench, by source, or by the task force or ledger. Pure. */
import type { PendingEntry, PendingRow } from '@/api/types';
import { dayNumber, toMs } from '@/lib/time';

export type Bucket = 'overdue' | 'today' | 'later' | 'undated';
export type GroupBy = 'due' | 'source' | 'home';

export interface PendingGroup {
  key: string;
  /** Of the grouping by time only. */
  bucket?: Bucket;
  title: string;
  rows: PendingRow[];
}

export function bucketOf(entry: Pick<PendingEntry, 'due_on'>, now: number): Bucket {
  if (!entry.due_on) return 'undated';
  const days = dayNumber(toMs(entry.due_on)) - dayNumber(now);
  if (days < 0) return 'overdue';
  return days === 0 ? 'today' : 'later';
}

/** The server has sorted the rows, due first; groups keep that order, and stand in the order of their first rows. */
export function groupPending(rows: readonly PendingRow[], by: GroupBy, now: number): PendingGroup[] {
  const groups = new Map<string, PendingGroup>();
  for (const row of rows) {
    const bucket = by === 'due' ? bucketOf(row, now) : undefined;
    const key = bucket ?? (by === 'source' ? row.source : (row.home ?? ''));
    const title = by === 'source' ? row.source_title : key;
    const group = groups.get(key) ?? { key, title, rows: [], ...(bucket ? { bucket } : {}) };
    group.rows.push(row);
    groups.set(key, group);
  }
  return [...groups.values()];
}
