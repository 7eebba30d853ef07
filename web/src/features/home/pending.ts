/** What waits for this person, from all sources; asked again when the server says that it changed. */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';

import { http, messageOf } from '@/api/http';
import type { PendingAnswer } from '@/api/types';
import { serverNow } from '@/lib/time';
import { useLive } from '@/live/store';
import { useSession } from '@/stores/session';

import { bucketOf, rowsOf } from './group';

export const usePending = defineStore('pending', () => {
  const answer = ref<PendingAnswer | null>(null);
  const problem = ref('');
  const session = useSession();
  const live = useLive();
  let owner = '';
  let timer: ReturnType<typeof setTimeout> | undefined;

  const rows = computed(() => (answer.value ? rowsOf(answer.value.sources) : null));
  const urgentCount = computed(
    () => (rows.value ?? []).filter((row) => ['overdue', 'today'].includes(bucketOf(row, serverNow()))).length,
  );

  async function load(): Promise<void> {
    const who = `${session.me?.user_id ?? ''} ${session.acting?.id ?? ''}`;
    if (who !== owner) answer.value = null;
    owner = who;
    problem.value = '';
    try {
      const fresh = await http.get<PendingAnswer>('/pending');
      if (owner === who) answer.value = fresh;
    } catch (error) {
      problem.value = messageOf(error);
    }
  }

  live.onPersonFrame((kind) => {
    if (kind !== 'pending') return;
    timer ??= setTimeout(() => {
      timer = undefined;
      void load();
    }, 500 + Math.random() * 1000);
  });

  return { answer, rows, problem, urgentCount, load };
});
