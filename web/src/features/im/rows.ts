/** From events and unsent messages to the rows of the screen: days, the unread line, headers dropped. Pure. */
import type { LiveEvent } from '@/live/frames';
import type { OutEntry } from '@/live/outbox';
import { tsOf } from '@/live/rooms';
import type { TimelineEvent } from '@/live/timeline';
import { dayNumber } from '@/lib/time';

export interface DayRow {
  kind: 'day';
  key: string;
  ts: number;
}
export interface UnreadRow {
  kind: 'unread';
  key: string;
}
export interface NoticeRow {
  kind: 'notice';
  key: string;
  event: TimelineEvent;
}
export interface MessageRow {
  kind: 'message';
  key: string;
  event: TimelineEvent | null;
  entry: OutEntry | null;
  content: Record<string, unknown>;
  sender: string;
  ts: number;
  isOwn: boolean;
  /** Same sender within five minutes: no avatar and name again. */
  isFollowing: boolean;
}
export type Row = DayRow | UnreadRow | NoticeRow | MessageRow;

const FOLLOW_MS = 5 * 60_000;

export interface RowInput {
  events: readonly LiveEvent[];
  pending: readonly OutEntry[];
  /** event id → txn, so that a row keeps its key when the event takes the entry's place. */
  keys: ReadonlyMap<string, string>;
  me: string;
  /** Draw the line after this position; null for none. */
  unreadAfter: number | null;
  /** Nothing comes before the first event: only then does its day stand above it. */
  isAtStart: boolean;
  /** Events that keep their header whatever comes before them. */
  pageStarts: ReadonlySet<string>;
}

export function buildRows(input: RowInput): Row[] {
  const rows: Row[] = [];
  let day = -1;
  let previous: MessageRow | null = null;
  let isUnreadDrawn = input.unreadAfter === null;

  function addDay(ts: number): void {
    const number = dayNumber(ts);
    if (number === day) return;
    const isTop = day < 0;
    day = number;
    previous = null;
    // A day put above the oldest loaded event would move away with the next page, and all rows with it.
    if (!isTop || input.isAtStart) rows.push({ kind: 'day', key: `d${number}`, ts });
  }

  for (const raw of input.events) {
    const event = raw as TimelineEvent;
    const ts = tsOf(event.ts);
    addDay(ts);
    const isOwn = event.sender === input.me;
    if (!isUnreadDrawn && event.seq > (input.unreadAfter ?? 0) && !isOwn && event.isCountable) {
      isUnreadDrawn = true;
      previous = null;
      rows.push({ kind: 'unread', key: 'unread' });
    }
    if (event.state_key !== undefined && event.state_key !== null) {
      previous = null;
      rows.push({ kind: 'notice', key: event.event_id, event });
      continue;
    }
    if (event.isRedacted) {
      previous = null;
      rows.push({ kind: 'notice', key: event.event_id, event });
      continue;
    }
    const row: MessageRow = {
      kind: 'message',
      key: event.txn ?? input.keys.get(event.event_id) ?? event.event_id,
      event,
      entry: null,
      content: event.content,
      sender: event.sender,
      ts,
      isOwn,
      isFollowing: !input.pageStarts.has(event.event_id) && follows(previous, event.sender, ts),
    };
    rows.push(row);
    previous = row;
  }

  for (const entry of input.pending) {
    const ts = entry.ts ?? entry.createdAt;
    addDay(Math.max(ts, previous ? (previous as MessageRow).ts : ts));
    const row: MessageRow = {
      kind: 'message', key: entry.txn, event: null, entry, content: entry.content, sender: input.me, ts, isOwn: true,
      isFollowing: follows(previous, input.me, ts),
    };
    rows.push(row);
    previous = row;
  }
  return rows;
}

function follows(previous: MessageRow | null, sender: string, ts: number): boolean {
  return previous !== null && previous.sender === sender && ts - previous.ts < FOLLOW_MS;
}
