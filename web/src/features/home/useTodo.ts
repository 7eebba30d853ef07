/** The pages of one's pending list with its filters, and the deeds that can be done from it. */
import { onMounted, reactive, ref, watch } from 'vue';

import { http, randomId } from '@/api/http';
import type { PendingPage, PendingRow } from '@/api/types';
import { useTyped } from '@/lib/later';
import { usePages } from '@/lib/pages';
import { useSession } from '@/stores/session';

import { usePending } from './pending';

export interface TodoFilter {
  source: string;
  words: string;
}

const SIZE = 50;
const MOST = 100;
export const keyOf = (row: PendingRow): string => `${row.source} ${row.subject}`;

export function useTodo() {
  const doing = ref('');
  const filter = reactive<TodoFilter>({ source: '', words: '' });
  const session = useSession();
  const pending = usePending();
  const keys = new Map<string, string>();
  const { rows, load, refresh, ...pages } = usePages<PendingPage>(
    (cursor, wanted) => http.get<PendingPage>('/pending/entries', { cursor, limit: Math.min(MOST, Math.max(SIZE, wanted)), source: filter.source, q: filter.words }),
    { keyOf },
  );

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

  watch(() => filter.source, load);
  useTyped(() => filter.words, load);
  watch([() => session.acting?.id, () => pending.changes], refresh);
  onMounted(() => {
    void pending.load();
    void load();
  });
  return { ...pages, rows, doing, filter, load: refresh, run };
}

export type Todo = ReturnType<typeof useTodo>;
