import { describe, expect, it } from 'vitest';

import { decide, isQuiet, nextMorning } from '@/features/im/notify/decide';
import { ENDINGS, statusLine } from '@/features/im/presence/status';
import { answered, countIn, statesOf } from '@/features/im/receipts/tally';
import type { LiveEvent } from '@/live/frames';
import { advance, asksAnswer, mergeEntry, type Room } from '@/live/rooms';
import { setServerTime } from '@/lib/time';

const at = (text: string): number => Date.parse(`${text}+08:00`);
const DAY = at('2026-07-22T10:00:00'); // a Wednesday
const NIGHT = at('2026-07-22T23:00:00');

function room(over: Partial<Room> = {}): Room {
  const entry = { room: '!r', kind: 'work', name: '汛情会商', last: 10, n: 10, read: 10, unread: 0, mentions: 0, muted: false, pinned: false, archived: false, notify: 'all', level: 0 };
  return { ...mergeEntry(undefined, entry), ...over };
}
function event(content: Record<string, unknown> = {}, over: Partial<LiveEvent> = {}): LiveEvent {
  return { event_id: '$1', seq: 11, n: 11, type: 'm.room.message', sender: '@b:x', ts: DAY, content: { msgtype: 'm.text', body: '到岗', ...content }, counts: true, ...over };
}
const seen = (now: number, isLooking = false) => ({ me: '@a:x', now, isLooking });
const red = { 'org.tongzhou.card': { kind: 'alert', title: '红色预警', state: { code: 'red', word: '红', because: '' } } };

describe('quiet hours', () => {
  it('are the night and rest days', () => {
    expect(isQuiet(DAY)).toBe(false);
    expect(isQuiet(NIGHT)).toBe(true);
    expect(isQuiet(at('2026-07-22T06:59:00'))).toBe(true);
    expect(isQuiet(at('2026-07-22T07:00:00'))).toBe(false);
    expect(isQuiet(at('2026-07-25T10:00:00'))).toBe(true); // Saturday
  });
  it('end at 08:30 of the next working day', () => {
    expect(nextMorning(NIGHT)).toBe(at('2026-07-23T08:30:00'));
    expect(nextMorning(at('2026-07-24T22:30:00'))).toBe(at('2026-07-27T08:30:00'));
    expect(nextMorning(at('2026-07-22T06:00:00'))).toBe(at('2026-07-22T08:30:00'));
  });
});

describe('a new message', () => {
  it('is shown by day, kept for the morning by night, and loud only when urgent', () => {
    expect(decide(room(), event(), seen(DAY))).toBe('show');
    expect(decide(room(), event(), seen(NIGHT))).toBe('later');
    expect(decide(room({ muted: true }), event(red), seen(NIGHT))).toBe('loud');
  });
  it('waits for the morning when the bot says that it may, by day too', () => {
    const quiet = event({ 'org.tongzhou.silent': true });
    expect(decide(room(), quiet, seen(DAY))).toBe('later');
    expect(decide(room({ muted: true }), quiet, seen(DAY))).toBe('nothing');
    expect(decide(room(), event({ ...red, 'org.tongzhou.silent': true }), seen(NIGHT))).toBe('loud');
  });
  it('says nothing to who is looking, who wrote it, who has read it', () => {
    expect(decide(room(), event(), seen(DAY, true))).toBe('nothing');
    expect(decide(room(), event({}, { sender: '@a:x' }), seen(DAY))).toBe('nothing');
    expect(decide(room({ read: 11 }), event(), seen(DAY))).toBe('nothing');
    expect(decide(room(), event({}, { counts: false }), seen(DAY))).toBe('nothing');
  });
  it('keeps to the level of the room', () => {
    const named = event({ 'm.mentions': { user_ids: ['@a:x'] } });
    expect(decide(room({ muted: true }), named, seen(DAY))).toBe('nothing');
    expect(decide(room({ notify: 'mentions' }), event(), seen(DAY))).toBe('nothing');
    expect(decide(room({ notify: 'mentions' }), named, seen(DAY))).toBe('show');
    expect(decide(room({ notify: 'mentions', kind: 'direct' }), event(), seen(DAY))).toBe('show');
  });
});

describe('a message that asks for an answer', () => {
  const asks = event({ 'org.tongzhou.confirm': { required: true } });
  it('waits in the list for who got it, not for who sent it', () => {
    expect(asksAnswer(asks)).toBe(true);
    expect(asksAnswer(event())).toBe(false);
    expect(advance(room(), 11, [asks], '@a:x').toConfirm).toBe(1);
    expect(advance(room(), 11, [asks], '@b:x').toConfirm).toBe(0);
    expect(advance(room({ pos: 11 }), 11, [asks], '@a:x').toConfirm).toBe(0);
  });
  it('is asked for before reading', () => {
    const tally = { total: 10, read: 6, unread: 4, received: 3, difficulty: 1, transferred: 1 };
    expect(answered(tally)).toBe(5);
    expect(countIn(tally, 'unconfirmed')).toBe(5);
    expect(countIn(tally, 'unread')).toBe(4);
    expect(statesOf({ required: true })[0]).toBe('unconfirmed');
    expect(statesOf({ required: false })).toEqual(['unread', 'read']);
  });
});

describe('a status', () => {
  const t = (key: string, values: Record<string, unknown> = {}): string => `${key.split('.').pop()}${Object.values(values).map((one) => `|${String(one)}`).join('')}`;
  it('says until when', () => {
    setServerTime(DAY);
    expect(statusLine({ kind: 'meeting' }, t, 'zh-CN')).toBe('meeting');
    expect(statusLine({ kind: 'meeting', until: '2026-07-22T15:30:00+08:00' }, t, 'zh-CN')).toBe('until|meeting|15:30');
    expect(statusLine({ kind: 'travel', until: '2026-07-25T00:00:00+08:00' }, t, 'zh-CN')).toContain('7月25日');
  });
  it('ends at midnight in Shanghai', () => {
    setServerTime(DAY);
    const ends = ENDINGS.find((one) => one.key === 'today')?.until();
    expect(ends?.toISOString()).toBe('2026-07-22T16:00:00.000Z');
  });
});
