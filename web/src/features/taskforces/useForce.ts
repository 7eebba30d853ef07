/** One task force on screen: the wall, kept true by the live line without reloading the page. */
import { onMounted, type Ref, ref, watch } from 'vue';

import { type Failure, failureOf } from '@/api/http';
import { useWhileSeen } from '@/lib/later';
import { useKept } from '@/live/kept';
import { useLive } from '@/live/store';

import { fetchWall, type Wall } from './api';

const SLOWEST_MS = 60_000;

export function useForce(id: Ref<string>): {
  wall: Ref<Wall | null>;
  problem: Ref<Failure>;
  load: () => Promise<void>;
  soon: () => void;
} {
  const live = useLive();
  const wall = ref<Wall | null>(null);
  const problem = ref<Failure>(null);
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
        problem.value = null;
      }
    } catch (error) {
      if (wanted === id.value) problem.value = failureOf(error);
    } finally {
      if (running === wanted) {
        running = '';
        if (isStale) soon();
        isStale = false;
      }
    }
  }

  // Many screens hear the same event: each waits its own short while, and one answer serves what came meanwhile.
  const soon = useKept(load, (kind) => kind === 'pending');
  // For viewers who are not in the room.
  useWhileSeen(soon, SLOWEST_MS);

  watch(id, () => {
    wall.value = null;
    problem.value = null;
    void load();
  });
  // A card or message in the room.
  watch(
    () => (wall.value ? live.rooms.get(wall.value.taskforce.room_id)?.pos : undefined),
    (now, before) => {
      if (now !== undefined && before !== undefined && now > before) soon();
    },
  );
  onMounted(load);
  return { wall, problem, load, soon };
}
