import { beforeEach, describe, expect, it } from 'vitest';

import type { LiveEvent } from '@/live/frames';
import { ACK_TIMEOUT_MS, type KeyStore, matchOutbox, Outbox } from '@/live/outbox';

const ME = '@1:tongzhou.localhost';

class MemoryStore implements KeyStore {
  readonly map = new Map<string, string>();
  keys(prefix: string): string[] {
    return [...this.map.keys()].filter((key) => key.startsWith(prefix));
  }
  read(key: string): unknown {
    return JSON.parse(this.map.get(key) ?? 'null');
  }
  write(key: string, value: unknown): boolean {
    this.map.set(key, JSON.stringify(value));
    return true;
  }
  remove(key: string): void {
    this.map.delete(key);
  }
}

function add(outbox: Outbox, txn: string, body = txn, room = '!r', createdAt = 1): void {
  outbox.add({ txn, room, event: 'm.room.message', content: { msgtype: 'm.text', body }, createdAt, after: 10 });
}

function own(seq: number, body: string, txn?: string): LiveEvent {
  return {
    event_id: `$e${seq}`, seq, type: 'm.room.message', sender: ME, ts: seq,
    content: { body, msgtype: 'm.text' }, ...(txn ? { txn } : {}),
  };
}

describe('Outbox', () => {
  let store: MemoryStore;
  let outbox: Outbox;
  beforeEach(() => {
    store = new MemoryStore();
    outbox = new Outbox(ME, store);
  });

  it('keeps unsent messages and their txn over a reload, in order', () => {
    add(outbox, 't2', 'second', '!r', 2);
    add(outbox, 't1', 'first', '!r', 1);
    outbox.markSent('t1', 5);
    const again = new Outbox(ME, store);
    expect(again.all().map((entry) => [entry.txn, entry.state])).toEqual([['t1', 'queued'], ['t2', 'queued']]);
  });

  it('keeps another user out', () => {
    add(outbox, 't1');
    expect(new Outbox('@2:tongzhou.localhost', store).all()).toEqual([]);
  });

  it('leaves the storage with the acknowledgement, not before', () => {
    add(outbox, 't1');
    outbox.markSent('t1', 0);
    expect(store.map.size).toBe(1);
    outbox.ack('t1', '$e11', 11, 99);
    expect(store.map.size).toBe(0);
    expect(outbox.get('t1')?.state).toBe('acked');
  });

  it('holds later messages of a room behind one that waits, not those of other rooms', () => {
    add(outbox, 't1');
    add(outbox, 't2');
    add(outbox, 'x1', 'x', '!other');
    outbox.markSent('t1', 0);
    outbox.refuse('t1', 'rate_limited', '请稍后', 500, 0);
    expect(outbox.due(100).map((entry) => entry.txn)).toEqual(['x1']);
    expect(outbox.due(500).map((entry) => entry.txn)).toEqual(['t1', 't2', 'x1']);
  });

  it('sends again after a lost line without counting the attempt', () => {
    add(outbox, 't1');
    for (let round = 0; round < 6; round += 1) {
      outbox.markSent('t1', round);
      outbox.lineLost();
    }
    expect(outbox.get('t1')).toMatchObject({ state: 'queued', attempts: 0 });
  });

  it('gives up after three unanswered tries and keeps the text', () => {
    add(outbox, 't1', '重要');
    let now = 0;
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      now = outbox.get('t1')?.nextAt ?? now;
      outbox.markSent('t1', now);
      expect(outbox.expire(now + ACK_TIMEOUT_MS - 1, '未送达')).toBe(false);
      expect(outbox.expire(now + ACK_TIMEOUT_MS, '未送达')).toBe(true);
    }
    expect(outbox.get('t1')).toMatchObject({ state: 'failed', errorMessage: '未送达', content: { body: '重要' } });
    outbox.retry('t1');
    expect(outbox.due(now + 100_000).map((entry) => entry.txn)).toEqual(['t1']);
  });

  it('fails at once when the refusal names no delay', () => {
    add(outbox, 't1');
    outbox.markSent('t1', 0);
    outbox.refuse('t1', 'secrecy_mark', '含有密级标志', null, 0);
    expect(outbox.get('t1')).toMatchObject({ state: 'failed', errorMessage: '含有密级标志' });
  });
});

describe('matchOutbox', () => {
  let outbox: Outbox;
  beforeEach(() => {
    outbox = new Outbox(ME, new MemoryStore());
  });

  it('matches by txn and by acknowledged id', () => {
    add(outbox, 't1', 'a');
    add(outbox, 't2', 'b');
    outbox.markSent('t1', 0);
    outbox.markSent('t2', 0);
    outbox.ack('t2', '$e12', 12, 0);
    const matches = matchOutbox(outbox.all(), [own(11, 'a', 't1'), own(12, 'b')], ME);
    expect([...matches]).toEqual([['$e11', 't1'], ['$e12', 't2']]);
  });

  it('pairs equal texts one by one when the event overtakes its acknowledgement', () => {
    add(outbox, 't1', '收到');
    add(outbox, 't2', '收到');
    outbox.markSent('t1', 0);
    outbox.markSent('t2', 0);
    expect([...matchOutbox(outbox.all(), [own(11, '收到')], ME)]).toEqual([['$e11', 't1']]);
    expect([...matchOutbox(outbox.all(), [own(11, '收到'), own(12, '收到')], ME)]).toEqual([['$e11', 't1'], ['$e12', 't2']]);
  });

  it('leaves an older own message with the same text alone, and one never put on the wire', () => {
    add(outbox, 't1', '收到');
    expect(matchOutbox(outbox.all(), [own(11, '收到')], ME).size).toBe(0);
    outbox.markSent('t1', 0);
    expect(matchOutbox(outbox.all(), [own(9, '收到')], ME).size).toBe(0);
  });
});
