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
    const parsed = parseFrame(bytes({ type: 'events', room: '!r', first: 1, last: 1, events: [{
      event_id: '$1', room: '!r', seq: 1, n: 1, type: 'm.room.message', sender: '@1:x', ts: 1, content: { body: '西河桥' }, later: true,
    }] }));
    expect(parsed.ok && parsed.frame.type === 'events' && parsed.frame.events[0]?.content['body']).toBe('西河桥');
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
