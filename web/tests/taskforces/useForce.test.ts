import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type App, createApp, nextTick, reactive, ref } from 'vue';

import { ApiError } from '@/api/http';
import type { Wall } from '@/features/taskforces/api';
import { useForce } from '@/features/taskforces/useForce';

const { fetchWall, live, personHandlers } = vi.hoisted(() => ({
  fetchWall: vi.fn(),
  live: { current: null as unknown as { rooms: Map<string, { pos: number }>; status: string } },
  personHandlers: new Set<(kind: string) => void>(),
}));
vi.mock('@/features/taskforces/api', () => ({ fetchWall }));
vi.mock('@/live/store', () => ({
  useLive: () =>
    Object.assign(live.current, {
      onPersonFrame: (handler: (kind: string) => void) => {
        personHandlers.add(handler);
        return () => personHandlers.delete(handler);
      },
    }),
}));

const wallOf = (percent: number) => ({ taskforce: { room_id: '!room' }, kpi: { percent } }) as unknown as Wall;
const id = ref('f1');
let app: App;
let force: ReturnType<typeof useForce>;

/** A page that shows one task force. */
function show(which: typeof id): { app: App; force: ReturnType<typeof useForce> } {
  const made: { force?: ReturnType<typeof useForce> } = {};
  const page = createApp({
    setup() {
      made.force = useForce(which);
      return () => null;
    },
  });
  page.mount(document.createElement('div'));
  if (!made.force) throw new Error('not set up');
  return { app: page, force: made.force };
}

async function settle(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await nextTick();
}

beforeEach(async () => {
  vi.useFakeTimers();
  fetchWall.mockReset().mockResolvedValue(wallOf(10));
  live.current = reactive({ rooms: new Map([['!room', { pos: 5 }]]), status: 'online' });
  id.value = 'f1';
  ({ app, force } = show(id));
  await settle(0);
});
afterEach(() => {
  app.unmount();
  vi.useRealTimers();
});

describe('the wall on screen', () => {
  it('is read anew once for a burst of events in its room', async () => {
    expect(force.wall.value?.kpi.percent).toBe(10);
    fetchWall.mockResolvedValue(wallOf(20));
    for (const pos of [6, 7, 8]) {
      live.current.rooms.set('!room', { pos });
      await nextTick();
    }
    await settle(1300);
    expect(fetchWall).toHaveBeenCalledTimes(2);
    expect(force.wall.value?.kpi.percent).toBe(20);
  });

  it('follows what the server tells the person', async () => {
    for (const handler of personHandlers) handler('pending');
    await settle(1300);
    expect(fetchWall).toHaveBeenCalledTimes(2);
    for (const handler of personHandlers) handler('sessions');
    await settle(1300);
    expect(fetchWall).toHaveBeenCalledTimes(2);
  });

  it('keeps what it has when the server does not answer, and says so', async () => {
    fetchWall.mockRejectedValue(new ApiError(0, { code: 'offline', message: '网络不通' }));
    await force.load();
    expect([force.wall.value?.kpi.percent, force.problem.value?.message]).toEqual([10, '网络不通']);
  });

  it('does not show the answer for another task force', async () => {
    let answer: (wall: Wall) => void = () => undefined;
    fetchWall.mockReturnValueOnce(new Promise<Wall>((resolve) => (answer = resolve)));
    void force.load();
    id.value = 'f2';
    await nextTick();
    expect(fetchWall.mock.lastCall).toEqual(['f2']); // it does not wait for the answer that nobody wants any more
    answer(wallOf(99));
    await settle(1300);
    expect(force.wall.value?.kpi.percent).toBe(10);
  });

  it('stops listening when it is left', () => {
    const { app: other } = show(ref('f3'));
    expect(personHandlers.size).toBe(2);
    other.unmount();
    expect(personHandlers.size).toBe(1);
  });
});
