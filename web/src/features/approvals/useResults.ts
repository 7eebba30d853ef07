/** What a case leaves behind, read anew whenever the case or one of its receipts moves. */
import { onUnmounted, ref, type Ref, watch } from 'vue';

import { ApiError, messageOf } from '@/api/http';
import { useSoon } from '@/lib/later';
import { useLive } from '@/live/store';

import { type Case, type CaseResults, fetchResults, newKey, resend } from './api';

export function useResults(found: Ref<Case>) {
  const live = useLive();
  const results = ref<CaseResults | null>(null);
  const problem = ref('');
  const isBusy = ref(false);
  let asked = 0;
  let key = newKey();

  async function load(): Promise<void> {
    const mine = ++asked;
    try {
      const answer = await fetchResults(found.value.id);
      if (mine !== asked) return;
      results.value = answer;
      problem.value = '';
    } catch (error) {
      if (mine === asked) problem.value = messageOf(error);
    }
  }

  /** To those alone who miss it. The server's sentence, "" when it refused. */
  async function sendAgain(): Promise<string> {
    if (isBusy.value) return '';
    isBusy.value = true;
    problem.value = '';
    try {
      const answer = await resend(found.value.id, key);
      key = newKey();
      if (results.value) results.value.receipts = answer.receipts;
      return answer.message;
    } catch (error) {
      if (error instanceof ApiError && !error.isTransient) key = newKey();
      problem.value = messageOf(error);
      return '';
    } finally {
      isBusy.value = false;
    }
  }

  watch(() => [found.value.id, found.value.shown] as const, ([id], before) => {
    if (before && before[0] !== id) results.value = null;
    void load();
  }, { immediate: true });
  // A unit that signs moves its own case, not this one.
  const soon = useSoon(load, 100, 300);
  const off = live.onPersonFrame((kind, content) => {
    if (kind === 'case' && (content as { id?: string } | undefined)?.id === found.value.id) soon();
  });
  onUnmounted(off);
  return { results, problem, isBusy, sendAgain };
}
