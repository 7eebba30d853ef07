import { describe, expect, it } from 'vitest';

import { buildRows, type MessageRow } from '@/features/im/rows';
import type { LiveEvent } from '@/live/frames';
import type { OutEntry } from '@/live/outbox';

const ME = '@1:x';
const NOON = Date.parse('2026-11-20T04:00:00Z');
const MINUTE = 60_000;

function event(seq: number, ts: number, sender = '@2:x', extra: Record<string, unknown> = {}): LiveEvent {
  return {
    event_id: `$${seq}`, seq, type: 'm.room.message', sender, ts, content: { msgtype: 'm.text', body: String(seq) },
    isRedacted: false, redactedBy: null, isCountable: true, ...extra,
  };
}

function entry(txn: string, createdAt: number): OutEntry {
  return {
    txn, room: '!r', event: 'm.room.message', content: { body: txn }, createdAt, state: 'sending', attempts: 1,
    nextAt: 0, sentAt: createdAt, after: 0,
  };
}

const base = {
  pending: [], keys: new Map<string, string>(), me: ME, unreadAfter: null, isAtStart: true, pageStarts: new Set<string>(),
};
const kinds = (rows: { kind: string }[]): string[] => rows.map((row) => row.kind);

describe('buildRows', () => {
  it('divides days by Shanghai time', () => {
    const before = Date.parse('2026-11-20T15:59:00Z');
    const rows = buildRows({ ...base, events: [event(1, before), event(2, before + 2 * MINUTE)] });
    expect(kinds(rows)).toEqual(['day', 'message', 'day', 'message']);
    expect((rows[3] as MessageRow).isFollowing).toBe(false);
  });

  it('drops the header for the same sender within five minutes', () => {
    const rows = buildRows({
      ...base,
      events: [event(1, NOON), event(2, NOON + 4 * MINUTE), event(3, NOON + 10 * MINUTE), event(4, NOON + 10 * MINUTE, '@3:x')],
    }).filter((row): row is MessageRow => row.kind === 'message');
    expect(rows.map((row) => row.isFollowing)).toEqual([false, true, false, false]);
  });

  it('draws the unread line once, before the first countable message of another', () => {
    const rows = buildRows({
      ...base, unreadAfter: 1, events: [event(1, NOON), event(2, NOON, ME), event(3, NOON), event(4, NOON)],
    });
    expect(kinds(rows)).toEqual(['day', 'message', 'message', 'unread', 'message', 'message']);
  });

  it('keeps the key of an own message from unsent to confirmed', () => {
    const sent = buildRows({ ...base, events: [event(1, NOON)], pending: [entry('t1', NOON)] });
    const matched = buildRows({ ...base, events: [event(1, NOON), event(2, NOON, ME)], keys: new Map([['$2', 't1']]) });
    const settled = buildRows({ ...base, events: [event(1, NOON), event(2, NOON, ME, { txn: 't1' })] });
    expect([sent, matched, settled].map((rows) => rows[rows.length - 1]?.key)).toEqual(['t1', 't1', 't1']);
    expect(new Set(settled.map((row) => row.key)).size).toBe(settled.length);
  });

  it('only adds rows in front when an older page comes', () => {
    const newer = [event(3, NOON + 2 * MINUTE), event(4, NOON + 3 * MINUTE)];
    const older = [event(1, NOON), event(2, NOON + MINUTE)];
    const before = buildRows({ ...base, events: newer, isAtStart: false, pageStarts: new Set(['$3']) });
    const after = buildRows({ ...base, events: [...older, ...newer], pageStarts: new Set(['$3', '$1']) });
    expect(after.slice(-before.length)).toEqual(before);
  });

  it('shows recalls and state as notices', () => {
    const rows = buildRows({
      ...base,
      events: [event(1, NOON, '@2:x', { isRedacted: true }), event(2, NOON, '@2:x', { type: 'm.room.member', state_key: '@4:x' })],
    });
    expect(kinds(rows)).toEqual(['day', 'notice', 'notice']);
  });
});
