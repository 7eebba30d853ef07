/** What waits for this person, from all sources; asked again when the server says that it changed. */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';

import { http, messageOf } from '@/api/http';
import type { Page, PendingItem } from '@/api/types';
import { serverNow } from '@/lib/time';
import { useLive } from '@/live/store';
import { useSession } from '@/stores/session';

import { bucketOf } from './group';

export const usePending = defineStore('pending', () => {
  const items = ref<PendingItem[] | null>(null);
  const problem = ref('');
  const session = useSession();
  const live = useLive();
  let owner = '';
  let timer: ReturnType<typeof setTimeout> | undefined;

  const urgentCount = computed(
    () => (items.value ?? []).filter((item) => ['overdue', 'today'].includes(bucketOf(item, serverNow()))).length,
  );

  async function load(): Promise<void> {
    const who = `${session.me?.user_id ?? ''} ${session.acting?.id ?? ''}`;
    if (who !== owner) items.value = null;
    owner = who;
    problem.value = '';
    try {
      const answer = await http.get<Page<PendingItem> | PendingItem[]>('/pending');
      if (owner === who) items.value = Array.isArray(answer) ? answer : answer.items;
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

  return { items, problem, urgentCount, load };
});
