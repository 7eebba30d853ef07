/** What was found as one list to move along with the arrow keys, and its texts in parts. Pure. */
import type { Found, Kind, MessageHit, PersonHit, RoomHit } from './api';

export type Scope = 'all' | Kind;

export type ResultRow = { key: string } & (
  | { type: 'head'; scope: Kind; hasMore: boolean }
  | { type: 'person'; person: PersonHit }
  | { type: 'room'; room: RoomHit }
  | { type: 'message' | 'file'; hit: MessageHit }
);
export type OpenRow = Exclude<ResultRow, { type: 'head' }>;

/** People and rooms come first: a name that fits is what is meant more often than a message with it. */
export function rowsOf(found: Found | null, scope: Scope): ResultRow[] {
  if (!found) return [];
  const groups: [Kind, OpenRow[], boolean][] = [
    ['person', (found.people?.items ?? []).map((person) => ({ key: `p ${person.user_id} ${person.unit_id}`, type: 'person', person })), Boolean(found.people?.next)],
    ['room', (found.rooms?.items ?? []).map((room) => ({ key: `r ${room.room}`, type: 'room', room })), Boolean(found.rooms?.next)],
    ['message', (found.messages?.items ?? []).map((hit) => ({ key: `m ${hit.room} ${hit.event_id}`, type: 'message', hit })), Boolean(found.messages?.next)],
    ['file', (found.files?.items ?? []).map((hit) => ({ key: `f ${hit.room} ${hit.event_id}`, type: 'file', hit })), Boolean(found.files?.next)],
  ];
  return groups.flatMap(([kind, rows, hasMore]) => {
    if (scope !== 'all') return kind === scope ? rows : [];
    return rows.length > 0 ? [{ key: `head ${kind}`, type: 'head' as const, scope: kind, hasMore }, ...rows] : [];
  });
}

export const isOpenRow = (row: ResultRow): row is OpenRow => row.type !== 'head';

/** The next row that can be opened, round the ends; -1 when there is none. */
export function step(rows: readonly ResultRow[], at: number, by: 1 | -1): number {
  for (let count = 1; count <= rows.length; count += 1) {
    const index = (at + by * count + rows.length * 2) % rows.length;
    const row = rows[index];
    if (row && isOpenRow(row)) return index;
  }
  return -1;
}

export interface Part {
  text: string;
  isHit: boolean;
}

/** `ranges` as the server gives them: [start, end) in UTF-16 units, rising. */
export function marked(text: string, ranges: readonly (readonly number[])[]): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const [start = 0, end = 0] of ranges) {
    if (start < at || end <= start || end > text.length) continue;
    if (start > at) parts.push({ text: text.slice(at, start), isHit: false });
    parts.push({ text: text.slice(start, end), isHit: true });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), isHit: false });
  return parts;
}

type Hits = { items: unknown[]; next: string | null } | null | undefined;

/** The page that follows, behind what is shown. */
export function joined(found: Found, fresh: Found): Found {
  const join = <T extends Hits>(one: T, other: T): T =>
    one && other ? { ...other, items: [...one.items, ...other.items] } : (other ?? one);
  return {
    note: fresh.note,
    people: join(found.people, fresh.people),
    rooms: join(found.rooms, fresh.rooms),
    messages: join(found.messages, fresh.messages),
    files: join(found.files, fresh.files),
  };
}

export function nextOf(found: Found | null, scope: Scope): string | null {
  if (!found || scope === 'all') return null;
  const group = { person: found.people, room: found.rooms, message: found.messages, file: found.files }[scope];
  return group?.next ?? null;
}

/** Milliseconds back to which was searched when the page stopped before it was full. */
export function searchedUntil(found: Found | null, scope: Scope): number | null {
  if (!found || (scope !== 'message' && scope !== 'file')) return null;
  return (scope === 'message' ? found.messages : found.files)?.until ?? null;
}
