/** One's own items, page by page in the server's order, kept true by the live line. */
import { onMounted, type Ref, ref, watch } from 'vue';

import { useTyped } from '@/lib/later';
import { usePages } from '@/lib/pages';
import { useKept } from '@/live/kept';
import { useSession } from '@/stores/session';

import { type Counts, fetchMine, type Tab } from '../items/api';

const PAGE = 60;
const MOST = 100;

export function useMine(tab: Ref<Tab>, colour: Ref<string>, query: Ref<string>) {
  const session = useSession();
  const counts = ref<Record<Tab, number> | null>(null);
  const colours = ref<Counts | null>(null);
  const { rows: items, load, restart, refresh, ...pages } = usePages(
    (cursor, wanted) => fetchMine({
      tab: tab.value,
      limit: Math.min(MOST, Math.max(PAGE, wanted)),
      ...(colour.value ? { colour: colour.value } : {}),
      ...(query.value.trim() ? { q: query.value.trim() } : {}),
      ...(cursor ? { cursor } : {}),
    }),
    {
      keyOf: (item) => item.id,
      onPage: (page) => {
        counts.value = page.counts;
        colours.value = page.colours;
      },
    },
  );
  watch([tab, colour, () => session.acting?.id], restart);
  useTyped(query, load);
  useKept(refresh, (kind) => kind === 'pending');
  onMounted(load);
  return { ...pages, items, counts, colours, load: refresh };
}
