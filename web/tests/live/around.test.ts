import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { History } from '@/live/history';
import type { Room } from '@/live/rooms';
import { LiveState } from '@/live/state';

const ROOM = '!r:x';
const NEWEST = 1000;

const event = (seq: number): Record<string, unknown> => ({
  event_id: `$${seq}`, room: ROOM, seq, n: seq, type: 'm.room.message', sender: '@2:x', ts: seq, counts: true,
  content: { msgtype: 'm.text', body: `m${seq}` },
});
const page = (first: number, last: number): Record<string, unknown>[] =>
  Array.from({ length: last - first + 1 }, (_, index) => event(first + index));

/** A room of a thousand messages, as REST shows it. */
function answer(path: string): [number, unknown] {
  const url = new URL(path, 'http://x');
  const number = (key: string, otherwise: number): number => Number(url.searchParams.get(key) ?? otherwise);
  if (url.pathname.endsWith('/context')) {
    const seq = Number(url.searchParams.get('event')?.slice(1));
    if (seq > NEWEST) return [404, { code: 'not_found', message: '没有找到' }];
    const first = Math.max(1, seq - number('before', 25));
    const last = Math.min(NEWEST, seq + number('after', 25));
    return [200, { items: page(first, last), event: `$${seq}`, next: String(first), last, at_end: last === NEWEST }];
  }
  if (url.pathname.endsWith('/timeline')) {
    const last = number('before', NEWEST + 1) - 1;
    const first = url.searchParams.has('after') ? number('after', 0) + 1 : Math.max(1, last - number('limit', 50) + 1);
    return [200, { items: page(first, last), next: null, last }];
  }
  return [200, { positions: [], members: 2 }];
}

let state: LiveState;
let history: History;
const problems: string[] = [];
const seqs = (): [number | undefined, number | undefined] => {
  const { events } = state.viewOf(ROOM).timeline;
  return [events[0]?.seq, events[events.length - 1]?.seq];
};

beforeEach(async () => {
  problems.length = 0;
  vi.stubGlobal('fetch', async (path: string) => {
    const [status, body] = answer(path);
    return new Response(JSON.stringify(body), { status });
  });
  state = new LiveState();
  state.rooms.set(ROOM, {
    room: ROOM, kind: 'work', name: '群', last: NEWEST, n: NEWEST, read: NEWEST, unread: 0, mentions: 0, preview: null,
    pos: NEWEST, lastTs: 0,
  } as unknown as Room);
  history = new History(state, { onAdded: () => undefined, onEvents: () => undefined, onProblem: (message) => void problems.push(message) });
  await history.open(ROOM);
});
afterEach(() => vi.unstubAllGlobals());

describe('a hit far back', () => {
  it('takes the place of the newest page, with messages on both sides', async () => {
    expect(seqs()).toEqual([951, 1000]);
    expect(await history.openAround(ROOM, '$100')).toBe('$100');
    expect(seqs()).toEqual([75, 125]);
    expect(state.viewOf(ROOM).timeline.isAtEnd).toBe(false);
  });

  it('grows at both ends and meets the newest again', async () => {
    await history.openAround(ROOM, '$900');
    await history.loadOlder(ROOM);
    expect(await history.loadNewer(ROOM)).toBe(50);
    expect(seqs()).toEqual([825, 975]);
    await history.loadNewer(ROOM);
    expect(seqs()).toEqual([825, 1000]);
    expect(state.viewOf(ROOM).timeline.isAtEnd).toBe(true);
    expect(await history.loadNewer(ROOM)).toBe(0);
  });

  it('is left for the newest page in one step', async () => {
    await history.openAround(ROOM, '$100');
    await history.toNewest(ROOM);
    expect(seqs()).toEqual([951, 1000]);
    expect(state.viewOf(ROOM).timeline.isAtEnd).toBe(true);
  });

  it('does not pull everything in between when the line comes back', async () => {
    await history.openAround(ROOM, '$100');
    await history.catchUp(ROOM);
    expect(seqs()).toEqual([75, 125]);
  });

  it('that may no longer be seen leaves the room as it was, and says so', async () => {
    expect(await history.openAround(ROOM, '$2000')).toBeNull();
    expect(seqs()).toEqual([951, 1000]);
    expect(problems).toEqual(['没有找到']);
  });
});
