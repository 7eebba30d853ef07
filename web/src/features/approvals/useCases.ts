/** The list of one box, page by page in the server's order, kept true by the live line. */
import { onMounted, onUnmounted, type Ref, ref, watch } from 'vue';

import { messageOf } from '@/api/http';
import { useLive } from '@/live/store';
import { useSession } from '@/stores/session';

import { type Box, type CaseCounts, type CaseRow, fetchCases } from './api';

export function useCases(box: Ref<Box>, process: Ref<string>, query: Ref<string>) {
  const live = useLive();
  const session = useSession();
  const rows = ref<CaseRow[] | null>(null);
  const counts = ref<CaseCounts | null>(null);
  const next = ref<string | null>(null);
  const problem = ref('');
  const isLoading = ref(false);
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let typing: ReturnType<typeof setTimeout> | undefined;

  const wanted = () => ({ box: box.value, process: process.value, q: query.value.trim() });

  /** Anew, as far down as has been read, so that the list does not jump. */
  async function load(): Promise<void> {
    const mine = ++asked;
    isLoading.value = true;
    const most = rows.value?.length ?? 0;
    try {
      let page = await fetchCases(wanted());
      const found = [...page.items];
      while (page.next && found.length < most) {
        page = await fetchCases({ ...wanted(), cursor: page.next });
        found.push(...page.items);
      }
      if (mine !== asked) return;
      rows.value = found;
      counts.value = page.counts;
      next.value = page.next ?? null;
      problem.value = '';
    } catch (error) {
      if (mine === asked) problem.value = messageOf(error);
    } finally {
      if (mine === asked) isLoading.value = false;
    }
  }

  async function more(): Promise<void> {
    if (!next.value || isLoading.value) return;
    const mine = asked;
    isLoading.value = true;
    try {
      const page = await fetchCases({ ...wanted(), cursor: next.value });
      if (mine !== asked) return;
      const known = new Set((rows.value ?? []).map((row) => row.id));
      rows.value = [...(rows.value ?? []), ...page.items.filter((row) => !known.has(row.id))];
      next.value = page.next ?? null;
    } catch (error) {
      if (mine === asked) problem.value = messageOf(error);
    } finally {
      if (mine === asked) isLoading.value = false;
    }
  }

  function soon(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void load();
    }, 100 + Math.random() * 300);
  }

  watch([box, process, () => session.acting?.id], () => {
    rows.value = null;
    void load();
  });
  watch(query, () => {
    clearTimeout(typing);
    typing = setTimeout(() => void load(), 250);
  });
  const off = live.onPersonFrame((kind) => {
    if (kind === 'pending' || kind === 'case') soon();
  });
  watch(() => live.status, (now, before) => {
    if (now === 'online' && before !== 'idle') soon();
  });
  onMounted(() => void load());
  onUnmounted(() => {
    off();
    clearTimeout(timer);
    clearTimeout(typing);
  });
  return { rows, counts, next, problem, isLoading, load, more };
}
