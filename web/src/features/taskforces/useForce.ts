/** One task force on screen: the wall, kept true by the live line without reloading the page. */
import { onMounted, onUnmounted, type Ref, ref, watch } from 'vue';

import { ApiError, messageOf } from '@/api/http';
import { useLive } from '@/live/store';

import { fetchWall, type Wall } from './api';

const SLOWEST_MS = 60_000;

export function useForce(id: Ref<string>): {
  wall: Ref<Wall | null>;
  problem: Ref<string>;
  isGone: Ref<boolean>;
  load: () => Promise<void>;
  soon: () => void;
} {
  const live = useLive();
  const wall = ref<Wall | null>(null);
  const problem = ref('');
  const isGone = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let clock: ReturnType<typeof setInterval> | undefined;
  let running = '';
  let isStale = false;

  async function load(): Promise<void> {
    const wanted = id.value;
    if (running === wanted) {
      isStale = true;
      return;
    }
    running = wanted;
    try {
      const fresh = await fetchWall(wanted);
      if (wanted === id.value) {
        wall.value = fresh;
        problem.value = '';
        isGone.value = false;
      }
    } catch (error) {
      if (wanted !== id.value) return;
      problem.value = messageOf(error);
      isGone.value = error instanceof ApiError && (error.status === 404 || error.status === 403);
    } finally {
      if (running === wanted) {
        running = '';
        if (isStale) soon();
        isStale = false;
      }
    }
  }

  /** Many screens hear the same event: each waits its own short while, and one answer serves what came meanwhile. */
  function soon(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void load();
    }, 300 + Math.random() * 900);
  }

  watch(id, () => {
    wall.value = null;
    problem.value = '';
    isGone.value = false;
    void load();
  });
  // A card or message in the room, or a change of what waits for this person.
  watch(
    () => (wall.value ? live.rooms.get(wall.value.taskforce.room_id)?.pos : undefined),
    (now, before) => {
      if (now !== undefined && before !== undefined && now > before) soon();
    },
  );
  const off = live.onPersonFrame((kind) => {
    if (kind === 'pending') soon();
  });
  // After a gap in the line, and for viewers who are not in the room.
  watch(
    () => live.status,
    (now, before) => {
      if (now === 'online' && before !== 'idle') soon();
    },
  );
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') soon();
  };

  onMounted(() => {
    void load();
    clock = setInterval(() => document.visibilityState === 'visible' && soon(), SLOWEST_MS);
    document.addEventListener('visibilitychange', onVisible);
  });
  onUnmounted(() => {
    off();
    clearTimeout(timer);
    clearInterval(clock);
    document.removeEventListener('visibilitychange', onVisible);
  });
  return { wall, problem, isGone, load, soon };
}
