/** How much waits for this person, from all sources; asked again when the server says that it changed. */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';

import { http, messageOf } from '@/api/http';
import type { PendingCounts } from '@/api/types';
import { useSoon } from '@/lib/later';
import { useLive } from '@/live/store';
import { useSession } from '@/stores/session';

export const usePending = defineStore('pending', () => {
  const answer = ref<PendingCounts | null>(null);
  const problem = ref('');
  /** Rises with each change that the server tells of: lists read themselves again. */
  const changes = ref(0);
  const session = useSession();
  const live = useLive();
  let owner = '';

  const total = computed(() => answer.value?.total ?? 0);
  const urgentCount = computed(() => answer.value?.urgent ?? 0);

  /** What is due or late of these sources only. */
  const urgentOf = (names: readonly string[]): number =>
    (answer.value?.sources ?? []).filter((one) => names.includes(one.source)).reduce((sum, one) => sum + one.urgent, 0);

  async function load(): Promise<void> {
    const who = `${session.me?.user_id ?? ''} ${session.acting?.id ?? ''}`;
    if (who !== owner) answer.value = null;
    owner = who;
    problem.value = '';
    try {
      const fresh = await http.get<PendingCounts>('/pending/counts');
      if (owner === who) answer.value = fresh;
    } catch (error) {
      problem.value = messageOf(error);
    }
  }

  const soon = useSoon(() => {
    changes.value += 1;
    void load();
  }, 500, 1000);
  live.onPersonFrame((kind) => {
    if (kind === 'pending' || kind === 'order') soon();
  });

  return { answer, problem, total, urgentCount, urgentOf, changes, load };
});
