/** The issuer's board, kept true by frames and, should they fail, by asking every five seconds. */
import { onMounted, onUnmounted, reactive, type Ref, ref, watch } from 'vue';

import { type Failure, failureOf } from '@/api/http';
import { serverNow } from '@/lib/time';
import { useLive } from '@/live/store';

import { type Counts, fetchLadder, fetchOrder, fetchTree, type Ladder, type Node, type Order } from './api';
import { mergeRows, patchRows } from './counts';

const POLL_MS = 5000;
const SETTLE_MS = 400;

interface BoardFrame {
  id?: string;
  counts?: Counts;
  units?: Partial<Node>[];
}

export function useBoard(id: Ref<string>) {
  const live = useLive();
  const order = ref<Order | null>(null);
  const counts = ref<Counts | null>(null);
  const ladder = ref<Ladder | null>(null);
  const children = reactive(new Map<string, Node[]>());
  const cursors = reactive(new Map<string, string>());
  const open = reactive(new Set<string>());
  const by = ref<'unit' | 'person'>('unit');
  const query = ref('');
  const onlyUnreached = ref(false);
  const frozen = ref(false);
  const problem = ref<Failure>(null);
  const asOf = ref(0);
  const isLoading = ref(true);
  let asked = 0;
  let lastRead = 0;
  let poll: ReturnType<typeof setInterval> | undefined;
  let settle: ReturnType<typeof setTimeout> | undefined;
  let typing: ReturnType<typeof setTimeout> | undefined;
  let off: () => void = () => undefined;

  const wanted = (parent: string): { by: 'unit' | 'person'; q: string; only: string; parent: string } =>
    ({ by: by.value, q: query.value.trim(), only: onlyUnreached.value ? 'unreached' : '', parent });

  async function level(parent: string): Promise<void> {
    const mine = asked;
    const tree = await fetchTree(id.value, wanted(parent));
    if (mine !== asked) return;
    children.set(parent, mergeRows(children.get(parent) ?? [], tree.items, frozen.value));
    if (tree.next) cursors.set(parent, tree.next);
    else cursors.delete(parent);
    if (parent === '') {
      counts.value = tree.counts;
      asOf.value = Date.parse(tree.as_of);
      // 市直 and its like open by themselves: the units are what one came for.
      if (by.value === 'unit' && open.size === 0 && !query.value.trim()) for (const node of tree.items.slice(0, 2)) if (node.kind === 'place') await expand(node.id);
    }
  }

  async function expand(parent: string): Promise<void> {
    open.add(parent);
    if (!children.has(parent)) await level(parent);
  }
  async function toggle(node: Node): Promise<void> {
    if (open.has(node.id)) open.delete(node.id);
    else await guarded(() => expand(node.id));
  }
  async function more(parent: string): Promise<void> {
    const cursor = cursors.get(parent);
    if (!cursor) return;
    await guarded(async () => {
      const tree = await fetchTree(id.value, { ...wanted(parent), cursor });
      children.set(parent, [...(children.get(parent) ?? []), ...tree.items]);
      if (tree.next) cursors.set(parent, tree.next);
      else cursors.delete(parent);
    });
  }

  async function guarded(errand: () => Promise<void>): Promise<void> {
    try {
      await errand();
      problem.value = null;
    } catch (error) {
      problem.value = failureOf(error);
    }
  }

  /** Everything that is on screen, anew; rows stay where they are while the pointer is among them. */
  async function refresh(): Promise<void> {
    const mine = asked;
    lastRead = Date.now();
    await guarded(async () => {
      const [fresh, steps] = await Promise.all([fetchOrder(id.value), fetchLadder(id.value)]);
      if (mine !== asked) return;
      order.value = fresh;
      ladder.value = steps;
      await level('');
      for (const parent of [...open]) if (children.has(parent)) await level(parent);
    });
    if (mine === asked) isLoading.value = false;
  }

  function reset(): void {
    asked += 1;
    children.clear();
    cursors.clear();
    open.clear();
    problem.value = null;
  }
  function start(): void {
    reset();
    order.value = counts.value = ladder.value = null;
    isLoading.value = true;
    query.value = '';
    onlyUnreached.value = false;
    by.value = 'unit';
    void refresh();
  }
  function soon(): void {
    clearTimeout(settle);
    settle = setTimeout(() => void refresh(), SETTLE_MS);
  }

  onMounted(() => {
    off = live.onPersonFrame((kind, body) => {
      const frame = body as BoardFrame;
      if (frame.id !== id.value || !['order', 'order_board'].includes(kind)) return;
      if (kind === 'order_board') {
        if (frame.counts) counts.value = frame.counts;
        asOf.value = serverNow();
        for (const [parent, rows] of children) children.set(parent, patchRows(rows, frame.units ?? []));
      }
      soon();
    });
    poll = setInterval(() => {
      if (document.visibilityState === 'visible' && order.value?.state === 'issued' && Date.now() - lastRead >= POLL_MS - 500) void refresh();
    }, POLL_MS);
  });
  onUnmounted(() => {
    off();
    clearInterval(poll);
    clearTimeout(settle);
    clearTimeout(typing);
  });
  watch(id, start, { immediate: true });
  watch([by, onlyUnreached], () => {
    reset();
    void refresh();
  });
  watch(query, () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      reset();
      void refresh();
    }, 250);
  });

  const freeze = (on: boolean): void => {
    frozen.value = on;
  };
  return { order, counts, ladder, children, cursors, open, by, query, onlyUnreached, freeze, problem, asOf, isLoading, toggle, more, refresh };
}
export type Board = ReturnType<typeof useBoard>;
