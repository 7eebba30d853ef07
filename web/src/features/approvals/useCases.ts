/** The list of one box, page by page in the server's order, kept true by the live line. */
import { onMounted, type Ref, ref, watch } from 'vue';

import { useTyped } from '@/lib/later';
import { usePages } from '@/lib/pages';
import { useKept } from '@/live/kept';
import { useSession } from '@/stores/session';

import { type Box, type CaseCounts, fetchCases } from './api';

export function useCases(box: Ref<Box>, process: Ref<string>, query: Ref<string>) {
  const session = useSession();
  const counts = ref<CaseCounts | null>(null);
  const { load, restart, refresh, ...pages } = usePages(
    (cursor) => fetchCases({ box: box.value, process: process.value, q: query.value.trim(), ...(cursor ? { cursor } : {}) }),
    { keyOf: (row) => row.id, onPage: (page) => (counts.value = page.counts) },
  );
  watch([box, process, () => session.acting?.id], restart);
  useTyped(query, load);
  useKept(refresh, (kind) => kind === 'pending' || kind === 'case', 100, 300);
  onMounted(load);
  return { ...pages, counts, load: refresh };
}
