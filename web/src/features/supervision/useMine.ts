/** One's own items, page by page in the server's order, kept true by the live line. */
import { computed, type ComputedRef, onMounted, onUnmounted, type Ref, ref, watch } from 'vue';

import { messageOf } from '@/api/http';
import { useLive } from '@/live/store';
import { useSession } from '@/stores/session';

import { type Counts, fetchMine, type Item, type Tab } from '../items/api';

const PAGE = 60;

export interface Mine {
  items: Ref<Item[] | null>;
  counts: Ref<Record<Tab, number> | null>;
  colours: Ref<Counts | null>;
  problem: Ref<string>;
  hasMore: ComputedRef<boolean>;
  isLoading: Ref<boolean>;
  load: () => Promise<void>;
  more: () => Promise<void>;
}

export function useMine(tab: Ref<Tab>, colour: Ref<string>, query: Ref<string>): Mine {
  const live = useLive();
  const session = useSession();
  const items = ref<Item[] | null>(null);
  const counts = ref<Record<Tab, number> | null>(null);
  const colours = ref<Counts | null>(null);
  const problem = ref('');
  const isLoading = ref(false);
  const next = ref<string | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;

  const wanted = (): { tab: Tab; colour?: string; q?: string } => ({
    tab: tab.value,
    ...(colour.value ? { colour: colour.value } : {}),
    ...(query.value.trim() ? { q: query.value.trim() } : {}),
  });

  /** Anew, as far down as has been read, so that the list does not jump. */
  async function load(): Promise<void> {
    const mine = ++asked;
    isLoading.value = true;
    const most = Math.min(100, Math.max(PAGE, items.value?.length ?? 0));
    try {
      const page = await fetchMine({ ...wanted(), limit: most });
      if (mine !== asked) return;
      items.value = page.items;
      counts.value = page.counts;
      colours.value = page.colours;
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
      const page = await fetchMine({ ...wanted(), cursor: next.value, limit: PAGE });
      if (mine !== asked) return;
      const known = new Set((items.value ?? []).map((item) => item.id));
      items.value = [...(items.value ?? []), ...page.items.filter((item) => !known.has(item.id))];
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
    }, 300 + Math.random() * 900);
  }

  watch([tab, colour, () => session.acting?.id], () => {
    items.value = null;
    void load();
  });
  let typing: ReturnType<typeof setTimeout> | undefined;
  watch(query, () => {
    clearTimeout(typing);
    typing = setTimeout(() => void load(), 250);
  });
  const off = live.onPersonFrame((kind) => {
    if (kind === 'pending') soon();
  });
  watch(() => live.status, (now, before) => {
    if (now === 'online' && before !== 'idle') soon();
  });
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') soon();
  };
  onMounted(() => {
    void load();
    document.addEventListener('visibilitychange', onVisible);
  });
  onUnmounted(() => {
    off();
    clearTimeout(timer);
    clearTimeout(typing);
    document.removeEventListener('visibilitychange', onVisible);
  });
  return { items, counts, colours, problem, hasMore: computed(() => next.value !== null), isLoading, load, more };
}
