/** One deed at a time on a page: busy while it runs, the server's own sentence when it refuses. */
import { type Ref, ref } from 'vue';

import { messageOf } from '@/api/http';

export interface Deed {
  busy: Ref<string>;
  problem: Ref<string>;
  /** True when it was done. */
  run: (key: string, act: () => Promise<unknown>) => Promise<boolean>;
}

export function useRoomDeed(): Deed {
  const busy = ref('');
  const problem = ref('');
  async function run(key: string, act: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = key;
    problem.value = '';
    try {
      await act();
      return true;
    } catch (error) {
      problem.value = messageOf(error);
      return false;
    } finally {
      busy.value = '';
    }
  }
  return { busy, problem, run };
}
