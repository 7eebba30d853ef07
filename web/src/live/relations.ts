/** What events say of others, as the timeline folds it in: reactions, threads, and what a recall leaves. Pure. */
import type { Content, LiveEvent } from './frames';

export interface Reaction {
  key: string;
  count: number;
  mine: boolean;
}

export interface ThreadSummary {
  count: number;
  /** Of the last reply. */
  seq: number;
  ts: number;
  sender: string;
  name: string;
}

/** What is left after an event about another one was taken back (`org.tongzhou.undone`). */
export interface Undone {
  relType: string;
  target: string;
  key: string;
  sender: string;
  count: number;
  thread: ThreadSummary | null;
}

function objectAt(content: Content, key: string): Record<string, unknown> | null {
  const value = content[key];
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : null;
}

/** What a recalled event was about. */
export function loneRelation(content: Content): { relType: string; target: string } | null {
  const was = objectAt(content, 'org.tongzhou.was');
  return was ? { relType: String(was['rel_type'] ?? ''), target: String(was['event_id'] ?? '') } : null;
}

export function undoneOf(content: Content): Undone | null {
  const undone = objectAt(content, 'org.tongzhou.undone');
  if (!undone || typeof undone['event_id'] !== 'string') return null;
  return {
    relType: String(undone['rel_type'] ?? ''),
    target: undone['event_id'],
    key: String(undone['key'] ?? ''),
    sender: String(undone['sender'] ?? ''),
    count: Number(undone['count'] ?? 0),
    thread: (undone['thread'] as ThreadSummary | null | undefined) ?? null,
  };
}

export function addReaction(reactions: readonly Reaction[], event: LiveEvent, me: string): readonly Reaction[] {
  const key = objectAt(event.content, 'm.relates_to')?.['key'];
  if (typeof key !== 'string' || event.redacted_by) return reactions;
  const isMine = event.sender === me;
  if (!reactions.some((one) => one.key === key)) return [...reactions, { key, count: 1, mine: isMine }];
  return reactions.map((one) => (one.key === key ? { ...one, count: one.count + 1, mine: one.mine || isMine } : one));
}

export function undoReaction(reactions: readonly Reaction[], undone: Undone, me: string): readonly Reaction[] {
  const { key, count, sender } = undone;
  if (count === 0) return reactions.filter((one) => one.key !== key);
  return reactions.map((one) => (one.key === key ? { ...one, count, mine: one.mine && sender !== me } : one));
}

export function addReply(thread: ThreadSummary | null, event: LiveEvent): ThreadSummary {
  const name = event.acting?.name ?? '';
  return { count: (thread?.count ?? 0) + 1, seq: event.seq, ts: Number(event.ts), sender: event.sender, name };
}
