/** A field that searches while one types: the last answer counts, an older question is broken off. */
import { onScopeDispose, type Ref, ref, watch } from 'vue';

import { messageOf } from '@/api/http';

const PAUSE_MS = 200;

export interface Find<T> {
  query: Ref<string>;
  /** null while nothing is asked for. */
  found: Ref<T[] | null>;
  problem: Ref<string>;
  /** The row that the arrow keys have reached. */
  at: Ref<number>;
}

export function useFind<T>(search: (q: string, signal: AbortSignal) => Promise<T[]>): Find<T> {
  const query = ref('');
  const found = ref(null) as Ref<T[] | null>;
  const problem = ref('');
  const at = ref(0);
  let asking: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function stop(): void {
    clearTimeout(timer);
    asking?.abort();
  }

  async function ask(text: string): Promise<void> {
    const mine = (asking = new AbortController());
    try {
      const answer = await search(text, mine.signal);
      if (mine.signal.aborted) return;
      found.value = answer;
      problem.value = '';
    } catch (error) {
      if (!mine.signal.aborted) problem.value = messageOf(error);
    }
  }

  watch(query, (typed) => {
    stop();
    at.value = 0;
    const text = typed.trim();
    if (text) timer = setTimeout(() => void ask(text), PAUSE_MS);
    else found.value = null;
  });
  onScopeDispose(stop);
  return { query, found, problem, at };
}
