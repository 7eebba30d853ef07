import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { buildRows } from '@/features/im/rows';
import { useLive } from '@/live/store';
import { useSession } from '@/stores/session';

const ME = '@1:x';
const ROOM = '!r:x';

type Json = Record<string, unknown>;

/** A socket whose server is the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    const socket = FakeSocket.all[FakeSocket.all.length - 1];
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }
  readyState = 0;
  binaryType = '';
  sent: Json[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Json);
  }
  close(): void {
    this.readyState = 3;
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  push(frame: Json): void {
    this.onmessage?.({ data: new TextEncoder().encode(JSON.stringify(frame)).buffer as ArrayBuffer });
    vi.advanceTimersByTime(20); // frames of one burst are handled together
  }
  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  of(type: string): Json[] {
    return this.sent.filter((frame) => frame['type'] === type);
  }
}

function event(seq: number, body: string, sender = '@2:x'): Json {
  return {
    event_id: `$${seq}`, room: ROOM, seq, n: seq, type: 'm.room.message', sender, ts: 1_700_000_000_000 + seq,
    content: { msgtype: 'm.text', body }, counts: true,
  };
}

const entry = (last: number, read = last): Json => ({ room: ROOM, kind: 'work', name: '工作群', last, n: last, read, unread: last - read, mentions: 0 });
const welcome = (last: number, read = last): Json => ({ type: 'welcome', v: 1, rooms: [entry(last, read)], person: 0, server_time: Date.now(), report: { frames: 64, bytes: 262144 } });
/** Consecutive events as the socket sends them: short, with their senders apart. */
const frame = (...events: Json[]): Json => ({
  type: 'events', room: ROOM, first: events[0]?.['seq'], last: events[events.length - 1]?.['seq'],
  n: Number(events[0]?.['n']) - (events[0]?.['counts'] === true ? 1 : 0),
  people: events.map((one) => ({ user_id: one['sender'] })),
  events: events.map(({ event_id, ts, content, type, counts, state_key, redacted_by }, by) => ({
    id: event_id, by, ts, content, type, state_key, redacted_by, ...(counts === true ? {} : { quiet: true }),
  })),
});

/** What REST holds: the timeline of the room. */
let stored: Json[] = [];
const asked: string[] = [];
/** What REST lists as rooms. */
let listed: Json[] = [];

function answer(path: string): unknown {
  asked.push(path);
  const url = new URL(path, 'http://x');
  if (url.pathname.endsWith('/timeline')) {
    const after = Number(url.searchParams.get('after') ?? -1);
    const items = url.searchParams.has('after') ? stored.filter((row) => Number(row['seq']) > after) : stored;
    return { items, next: null };
  }
  if (url.pathname.endsWith('/receipts')) return { positions: [[0, 2]], members: 2 };
  if (url.pathname.endsWith('/rooms')) return { items: listed, next: null };
  return { items: [], next: null };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
  await vi.advanceTimersByTimeAsync(0);
}

function texts(): string[] {
  const live = useLive();
  return buildRows({ ...live.rowsOf(ROOM), me: ME, unreadAfter: null }).flatMap((row) =>
    row.kind === 'message' ? [String(row.content['body'])] : [],
  );
}

function keys(): string[] {
  return buildRows({ ...useLive().rowsOf(ROOM), me: ME, unreadAfter: null }).map((row) => row.key);
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sessionStorage.clear();
  FakeSocket.all = [];
  stored = [event(1, 'a'), event(2, 'b')];
  listed = [];
  asked.length = 0;
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', async (path: string) => new Response(JSON.stringify(answer(path)), { status: 200 }));
  start();
});

afterEach(() => {
  useLive().stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A fresh page of the same browser. */
function start(): void {
  setActivePinia(createPinia());
  const session = useSession();
  session.me = {
    user_id: ME, staff_number: '1', name: '我', device_id: 'D', appointments: [], acting: null, must_change_password: false,
    demo: false, roles: [], verbs: [],
  };
  useLive().start();
}

async function online(last = 2, read = last): Promise<void> {
  FakeSocket.last.open();
  FakeSocket.last.push(welcome(last, read));
  await settle();
}

describe('live store', () => {
  it('shows a sent message at once and once, under one key, through ack and event', async () => {
    const live = useLive();
    await online();
    await live.openRoom(ROOM);
    const txn = live.send(ROOM, { msgtype: 'm.text', body: '你好' });
    expect(texts()).toEqual(['a', 'b', '你好']);
    const key = keys().slice(-1)[0];
    expect(FakeSocket.last.of('send')).toEqual([
      { type: 'send', txn, room: ROOM, event: 'm.room.message', content: { msgtype: 'm.text', body: '你好' } },
    ]);
    FakeSocket.last.push({ type: 'ack', acks: [{ txn, room: ROOM, event_id: '$3', seq: 3, ts: Date.now() }] });
    expect(texts()).toEqual(['a', 'b', '你好']);
    FakeSocket.last.push(frame(event(3, '你好', ME)));
    expect(texts()).toEqual(['a', 'b', '你好']);
    expect(keys().slice(-1)[0]).toBe(key);
    expect(live.queued).toBe(0);
  });

  it('takes an acknowledgement that comes with the event', async () => {
    const live = useLive();
    await online();
    await live.openRoom(ROOM);
    const txn = live.send(ROOM, { msgtype: 'm.text', body: '你好' });
    const ack = { txn, room: ROOM, event_id: '$3', seq: 3, ts: Date.now() };
    FakeSocket.last.push({ ...frame(event(3, '你好', ME)), acks: [ack] });
    expect(texts()).toEqual(['a', 'b', '你好']);
    expect(keys().slice(-1)[0]).toBe(txn);
    expect(live.queued).toBe(0);
  });

  it('does not double a message whose event overtakes its acknowledgement', async () => {
    const live = useLive();
    await online();
    await live.openRoom(ROOM);
    const txn = live.send(ROOM, { msgtype: 'm.text', body: '你好' });
    FakeSocket.last.push(frame(event(3, '你好', ME)));
    expect(texts()).toEqual(['a', 'b', '你好']);
    FakeSocket.last.push({ type: 'ack', acks: [{ txn, room: ROOM, event_id: '$3', seq: 3, ts: Date.now() }] });
    expect(texts()).toEqual(['a', 'b', '你好']);
    expect(keys().slice(-1)[0]).toBe(txn);
  });

  it('keeps an unsent message and its txn over a reload and sends it once online', async () => {
    const txn = useLive().send(ROOM, { msgtype: 'm.text', body: '离线写的' });
    expect(useLive().queued).toBe(1);
    useLive().stop();
    start();
    await online();
    expect(FakeSocket.last.of('send').map((sent) => sent['txn'])).toEqual([txn]);
  });

  it('sends again under the same txn after the line broke, and says hello with its positions', async () => {
    const live = useLive();
    await online();
    const txn = live.send(ROOM, { msgtype: 'm.text', body: 'x' });
    FakeSocket.last.drop();
    await vi.advanceTimersByTimeAsync(600);
    expect(FakeSocket.all).toHaveLength(2);
    await online();
    expect(FakeSocket.last.of('hello')[0]).toMatchObject({ v: 1, positions: { [ROOM]: 2 } });
    expect(FakeSocket.last.of('send').map((sent) => sent['txn'])).toEqual([txn]);
  });

  it('fetches what is missing before a frame that leaves a gap', async () => {
    const live = useLive();
    await online();
    await live.openRoom(ROOM);
    stored = [event(1, 'a'), event(2, 'b'), event(3, 'c'), event(4, 'd')];
    FakeSocket.last.push(frame(event(4, 'd')));
    await settle();
    expect(asked.some((path) => path.includes('after=2'))).toBe(true);
    expect(texts()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('catches up when the heads are ahead and nothing came', async () => {
    const live = useLive();
    await online();
    await live.openRoom(ROOM);
    stored.push(event(3, 'c'));
    FakeSocket.last.push({ type: 'heads', rooms: { [ROOM]: 3 } });
    await vi.advanceTimersByTimeAsync(3100);
    expect(texts()).toEqual(['a', 'b', 'c']);
  });

  it('starts again from the newest page after a gap frame', async () => {
    const live = useLive();
    await online();
    await live.openRoom(ROOM);
    stored = [event(5001, 'new')];
    FakeSocket.last.push({ type: 'gap', room: ROOM, last: 5001 });
    await settle();
    expect(texts()).toEqual(['new']);
    FakeSocket.last.push(frame(event(5002, 'newer')));
    expect(texts()).toEqual(['new', 'newer']);
  });

  it('counts unread and mentions in the list, and forgets them with the own read position', async () => {
    const live = useLive();
    await online(2, 1);
    const mention = { ...event(3, '@我'), content: { msgtype: 'm.text', body: '@我', 'm.mentions': { user_ids: [ME] } } };
    FakeSocket.last.push(frame(mention));
    expect(live.rooms.get(ROOM)).toMatchObject({ unread: 2, mentions: 1, last: 3 });
    FakeSocket.last.push({ type: 'read', room: ROOM, seq: 3, pos: 9 });
    expect(live.rooms.get(ROOM)).toMatchObject({ unread: 0, mentions: 0, read: 3 });
  });

  it('does not count twice what the server already counted', async () => {
    const live = useLive();
    await online(5, 2);
    expect(live.rooms.get(ROOM)?.unread).toBe(3);
    await live.openRoom(ROOM);
    expect(live.rooms.get(ROOM)?.unread).toBe(3);
    FakeSocket.last.drop();
    await vi.advanceTimersByTimeAsync(600);
    FakeSocket.last.open();
    FakeSocket.last.push(welcome(6, 2));
    FakeSocket.last.push(frame(event(6, 'f')));
    expect(live.rooms.get(ROOM)?.unread).toBe(4);
  });

  it('keeps a refused message in place with the reason, and retries by itself when told when', async () => {
    const live = useLive();
    await online();
    await live.openRoom(ROOM);
    const first = live.send(ROOM, { msgtype: 'm.text', body: '机密' });
    FakeSocket.last.push({ type: 'refused', txn: first, code: 'secrecy', message: '含有密级标志，请删除后再发' });
    expect(live.rowsOf(ROOM).pending[0]).toMatchObject({ state: 'failed', errorMessage: '含有密级标志，请删除后再发' });
    const second = live.send(ROOM, { msgtype: 'm.text', body: '快' });
    FakeSocket.last.push({ type: 'refused', txn: second, code: 'rate_limited', message: '太快', retry_after_ms: 700 });
    await vi.advanceTimersByTimeAsync(750);
    expect(FakeSocket.last.of('send').filter((sent) => sent['txn'] === second)).toHaveLength(2);
    live.discard(first);
    expect(texts()).toEqual(['a', 'b', '快']);
  });

  it('reports the frames it took within two seconds, and at once after as many as the welcome says', async () => {
    await online();
    await vi.advanceTimersByTimeAsync(2000);
    expect(FakeSocket.last.of('pos').slice(-1)[0]).toEqual({ type: 'pos', frames: 1 });
    for (let count = 0; count < 64; count += 1) FakeSocket.last.push({ type: 'pong', server_time: 1 });
    expect(FakeSocket.last.of('pos').slice(-1)[0]).toEqual({ type: 'pos', frames: 65 });
  });

  it('handles a burst in order, and nothing of it is lost when the line breaks at once', async () => {
    const live = useLive();
    await online();
    await live.openRoom(ROOM);
    const raw = (body: Json): { data: ArrayBuffer } => ({ data: new TextEncoder().encode(JSON.stringify(body)).buffer as ArrayBuffer });
    for (let seq = 3; seq <= 40; seq += 1) FakeSocket.last.onmessage?.(raw(frame(event(seq, String(seq)))));
    FakeSocket.last.drop();
    expect(texts().slice(2)).toEqual(Array.from({ length: 38 }, (_, index) => String(index + 3)));
  });

  it('answers resume with its positions on the same socket', async () => {
    await online();
    FakeSocket.last.push({ type: 'resume' });
    expect(FakeSocket.last.of('resume')).toEqual([{ type: 'resume', frames: 2, positions: { [ROOM]: 2 } }]);
  });

  it('sends what was unanswered again under the same txn, right after it answered resume', async () => {
    const live = useLive();
    await online();
    await live.openRoom(ROOM);
    const answered = live.send(ROOM, { msgtype: 'm.text', body: '有回执' });
    FakeSocket.last.push({ type: 'ack', acks: [{ txn: answered, room: ROOM, event_id: '$3', seq: 3, ts: Date.now() }] });
    const lost = live.send(ROOM, { msgtype: 'm.text', body: '回执丢了' });
    FakeSocket.last.sent = [];
    FakeSocket.last.push({ type: 'resume' });
    expect(FakeSocket.last.sent.map((sent) => [sent['type'], sent['txn']])).toEqual([['resume', undefined], ['send', lost]]);
    FakeSocket.last.push({ type: 'ack', acks: [{ txn: lost, room: ROOM, event_id: '$4', seq: 4, ts: Date.now() }] });
    FakeSocket.last.push({ type: 'resume' });
    expect(FakeSocket.last.of('send')).toHaveLength(1);
  });

  it('asks for its rooms again when one was archived, and shows it at once', async () => {
    const live = useLive();
    FakeSocket.last.push(welcome(2));
    await settle();
    expect(live.rooms.get(ROOM)?.archived).not.toBe(true);
    listed = [{ ...entry(2), archived: true }];
    FakeSocket.last.push({ type: 'room_note', room: ROOM, kind: 'settings' });
    await settle();
    expect(live.rooms.get(ROOM)?.archived).toBe(true);
  });

  it('stays away after it was one window too many, until somebody asks for it', async () => {
    FakeSocket.last.push(welcome(2));
    FakeSocket.last.push({ type: 'bye', code: 'too_many_sockets', message: '连接过多' });
    FakeSocket.last.drop(4409);
    const opened = FakeSocket.all.length;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(FakeSocket.all.length).toBe(opened);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(FakeSocket.all.length).toBe(opened + 1);
  });

  it('keeps drafts over a reload', () => {
    useLive().setDraft(ROOM, '写到一半');
    useLive().stop();
    start();
    expect(useLive().drafts[ROOM]?.text).toBe('写到一半');
  });
});
