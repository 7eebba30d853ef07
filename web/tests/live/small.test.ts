import { describe, expect, it } from 'vitest';

import { reconnectDelay } from '@/live/backoff';
import { parseFrame } from '@/live/frames';
import { ReadTracker } from '@/live/reads';
import { Receipts } from '@/live/receipts';

describe('Receipts', () => {
  it('counts others at or beyond a position, the sender apart', () => {
    const receipts = new Receipts();
    receipts.reset([[3, 2], [5, 1], [0, 1]], 4);
    expect(receipts.readBy(3, 5)).toBe(2);
    receipts.move(0, 5);
    expect(receipts.readBy(3, 5)).toBe(3);
    expect(receipts.readBy(6, 5)).toBe(0);
    expect(receipts.others).toBe(3);
  });
});

describe('ReadTracker', () => {
  it('waits a second of sight and two between reports', () => {
    const tracker = new ReadTracker(10);
    tracker.look([11, 12], 0);
    expect(tracker.take(900)).toBeNull();
    tracker.look([11, 12], 1000);
    expect(tracker.take(1000)).toBe(12);
    tracker.look([12, 13], 1500);
    tracker.look([12, 13], 2500);
    expect(tracker.take(2600)).toBeNull();
    expect(tracker.take(3000)).toBe(13);
  });

  it('starts anew when a message leaves the view or the window loses the focus', () => {
    const tracker = new ReadTracker(0);
    tracker.look([1], 0);
    tracker.look([], 500);
    tracker.look([1], 900);
    tracker.look([1], 1200);
    expect(tracker.take(5000)).toBeNull();
    tracker.look([1], 1900);
    expect(tracker.take(5000)).toBe(1);
  });

  it('never reports less than another device has read', () => {
    const tracker = new ReadTracker(0);
    tracker.known(20);
    tracker.look([5], 0);
    tracker.look([5], 2000);
    expect(tracker.take(2000)).toBeNull();
  });
});

describe('parseFrame', () => {
  const bytes = (value: unknown): ArrayBuffer =>
    new TextEncoder().encode(JSON.stringify(value)).buffer as ArrayBuffer;

  it('reads binary UTF-8 JSON', () => {
    const parsed = parseFrame(bytes({ type: 'typing', room: '!r', user: '@1:x', on: true, later: true }));
    expect(parsed.ok && parsed.frame.type === 'typing' && parsed.frame.user).toBe('@1:x');
  });

  const person = { user_id: '@1:x', name: '王敏', post: '科长', unit: '应急局' };
  const short = { id: '$1', by: 0, ts: 7, content: { body: '西河桥' } };
  const folded = { type: 'events', room: '!r', first: 11, last: 12, n: 5, people: [person, { user_id: '@2:x' }],
    events: [short, { ...short, id: '$2', by: 1, type: 'm.room.topic', state_key: '', quiet: true, later: true }] };

  it('unfolds events by their frame', () => {
    const parsed = parseFrame(bytes(folded));
    expect(parsed.ok && parsed.frame.type === 'events' && parsed.frame.events).toEqual([
      { event_id: '$1', room: '!r', seq: 11, n: 6, type: 'm.room.message', sender: '@1:x', ts: 7, content: { body: '西河桥' },
        counts: true, acting: { name: '王敏', post: '科长', unit: '应急局' } },
      { event_id: '$2', room: '!r', seq: 12, n: 6, type: 'm.room.topic', state_key: '', sender: '@2:x', ts: 7,
        content: { body: '西河桥' }, counts: false, later: true },
    ]);
  });

  it('refuses events that do not fit their frame', () => {
    expect(parseFrame(bytes({ ...folded, last: 13 })).ok).toBe(false);
    expect(parseFrame(bytes({ ...folded, people: [person] })).ok).toBe(false);
  });

  it('refuses wrong shapes and names only their keys', () => {
    expect(parseFrame(bytes({ type: 'events', room: 4, secret: 'x' }))).toEqual({ ok: false, keys: ['type', 'room', 'secret'] });
    expect(parseFrame('not json')).toEqual({ ok: false, keys: ['not-json'] });
    expect(parseFrame(bytes({ type: 'future' })).ok).toBe(false);
  });
});

describe('reconnectDelay', () => {
  it('doubles to half a minute and is jittered by half', () => {
    expect(reconnectDelay(1, () => 0)).toBe(250);
    expect(reconnectDelay(1, () => 1)).toBe(500);
    expect(reconnectDelay(4, () => 1)).toBe(4000);
    expect(reconnectDelay(50, () => 1)).toBe(30_000);
  });
});
