/** The pages of one's pending list with its filters, and the deeds that can be done from it. */
import { onMounted, onUnmounted, reactive, ref, watch } from 'vue';

import { http, messageOf, randomId } from '@/api/http';
import type { PendingPage, PendingRow } from '@/api/types';
import { useSession } from '@/stores/session';

import { usePending } from './pending';

export interface TodoFilter {
  source: string;
  words: string;
}

const SIZE = 50;
export const keyOf = (row: PendingRow): string => `${row.source} ${row.subject}`;

export function useTodo() {
  const rows = ref<PendingRow[] | null>(null);
  const next = ref<string | null>(null);
  const problem = ref('');
  const isLoading = ref(false);
  const doing = ref('');
  const filter = reactive<TodoFilter>({ source: '', words: '' });
  const session = useSession();
  const pending = usePending();
  const keys = new Map<string, string>();
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function ask(cursor: string | null, limit = SIZE): Promise<PendingPage> {
    return http.get<PendingPage>('/pending/entries', { cursor, limit, source: filter.source, q: filter.words });
  }

  /** From the first page; as many rows as are shown by now, so that nothing jumps. */
  async function load(): Promise<void> {
    const mine = ++asked;
    isLoading.value = true;
    problem.value = '';
    try {
      const page = await ask(null, Math.min(100, Math.max(SIZE, rows.value?.length ?? 0)));
      if (mine !== asked) return;
      rows.value = page.items;
      next.value = page.next ?? null;
    } catch (error) {
      if (mine === asked) problem.value = messageOf(error);
    } finally {
      if (mine === asked) isLoading.value = false;
    }
  }

  async function more(): Promise<void> {
    if (!next.value || isLoading.value) return;
    const mine = ++asked;
    isLoading.value = true;
    try {
      const page = await ask(next.value);
      if (mine !== asked) return;
      const shown = new Set((rows.value ?? []).map(keyOf));
      rows.value = [...(rows.value ?? []), ...page.items.filter((row) => !shown.has(keyOf(row)))];
      next.value = page.next ?? null;
    } catch (error) {
      if (mine === asked) problem.value = messageOf(error);
    } finally {
      if (mine === asked) isLoading.value = false;
    }
  }

  /** Do what the row offers; the same key again when an answer was lost. Answers the server's sentence. */
  async function run(row: PendingRow): Promise<string> {
    if (!row.deed || doing.value) return '';
    const key = keyOf(row);
    doing.value = key;
    if (!keys.has(key)) keys.set(key, randomId('k'));
    try {
      const done = await http.post<{ message?: string }>(row.deed.path, {}, { idempotencyKey: keys.get(key) ?? '' });
      rows.value = (rows.value ?? []).filter((one) => keyOf(one) !== key);
      keys.delete(key);
      void pending.load();
      return done?.message ?? '';
    } finally {
      doing.value = '';
    }
  }

  watch(() => filter.source, () => void load());
  watch(() => filter.words, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void load(), 250);
  });
  watch([() => session.acting?.id, () => pending.changes], () => void load());
  onMounted(() => {
    void pending.load();
    void load();
  });
  onUnmounted(() => clearTimeout(timer));
  return { rows, next, problem, isLoading, doing, filter, load, more, run };
}

export type Todo = ReturnType<typeof useTodo>;
