/** Where the reader of a room is: at the end, at the first unread, at a message that was asked for. */
import type { Virtualizer } from 'virtua/vue';
import { computed, nextTick, onUnmounted, ref, type Ref, watch } from 'vue';
import { useRouter } from 'vue-router';

import { useLive } from '@/live/store';

import type { Row } from './rows';

interface Place {
  room: Ref<string>;
  /** The message in the address, or null. */
  focusEvent: Ref<string | null>;
  rows: Ref<Row[]>;
  /** Set when the room opens. */
  unreadAfter: Ref<number | null>;
  scroller: Ref<HTMLElement | null>;
  list: Ref<InstanceType<typeof Virtualizer> | null>;
}

/** How many wait above; when and where they begin as soon as that is known. */
interface UnreadPill {
  count: number;
  ts: number | null;
  event: string;
}

interface Position {
  isPrepending: Ref<boolean>;
  isAtEnd: Ref<boolean>;
  newBelow: Ref<number>;
  /** The message that was jumped to, for a moment. */
  highlighted: Ref<string | null>;
  unreadPill: Ref<UnreadPill | null>;
  onScroll: () => void;
  toEnd: () => Promise<void>;
  toUnread: () => Promise<void>;
  /** False where there is no such message to be seen. */
  jumpTo: (eventId: string) => Promise<boolean>;
}

export function usePosition({ room, focusEvent, rows, unreadAfter, scroller, list }: Place): Position {
  const live = useLive();
  const router = useRouter();
  const isPrepending = ref(false);
  const isAtEnd = ref(true);
  const newBelow = ref(0);
  const highlighted = ref<string | null>(null);
  const unreadPill = ref<UnreadPill | null>(null);
  /** Another range of the room is being put in place: rows that come with it are no news. */
  let isMoving = false;
  let lastOffset = 0;
  const entry = computed(() => live.rooms.get(room.value));
  const view = computed(() => live.views.get(room.value));
  const lastRow = computed(() => rows.value[rows.value.length - 1]);

  async function toEnd(): Promise<void> {
    if (view.value?.timeline.isAtEnd === false) {
      await move(() => live.toNewest(room.value));
      if (!view.value?.timeline.isAtEnd) return;
      if (focusEvent.value) void router.replace(`/im/${encodeURIComponent(room.value)}`);
      isAtEnd.value = true;
      requestAnimationFrame(() => void toEnd());
    }
    if (rows.value.length > 0) list.value?.scrollToIndex(rows.value.length - 1, { align: 'end' });
    newBelow.value = 0;
  }

  /** Open on the first unread when it is within a page, else at the end with a pill. */
  async function settle(): Promise<void> {
    const timeline = view.value?.timeline;
    if (!timeline?.isLoaded) return;
    const { read = 0, unread = 0 } = entry.value ?? {};
    newBelow.value = 0;
    unreadPill.value = null;
    unreadAfter.value = unread > 0 ? read : null;
    await nextTick();
    if (focusEvent.value && (await jumpTo(focusEvent.value))) return;
    const line = rows.value.findIndex((row) => row.kind === 'unread');
    const isWithin = line > 0 && timeline.first <= read + 1;
    if (unread > 0 && !isWithin) {
      unreadPill.value = { count: unread, ts: null, event: '' };
      void seekUnread(read);
    }
    const toLine = unread > 0 && isWithin;
    isAtEnd.value = !toLine;
    const target = Math.max(0, toLine ? line : rows.value.length - 1);
    const place = (): void => list.value?.scrollToIndex(target, { align: toLine ? 'start' : 'end' });
    place();
    // Heights are estimates until measured: once more after they are.
    requestAnimationFrame(place);
  }

  async function seekUnread(read: number): Promise<void> {
    const asked = room.value;
    const first = await live.firstUnread(asked, read);
    if (first && unreadPill.value && room.value === asked) unreadPill.value = { ...unreadPill.value, ts: Number(first.ts), event: first.event_id };
  }

  const indexOf = (eventId: string): number =>
    rows.value.findIndex((row) => row.kind !== 'day' && row.kind !== 'unread' && row.event?.event_id === eventId);

  async function move<T>(work: () => Promise<T>): Promise<T> {
    isMoving = true;
    const done = await work();
    await nextTick();
    isMoving = false;
    return done;
  }

  /** Show a message wherever it is in the room: when it is not held, the page around it takes the place of what is. */
  async function jumpTo(eventId: string): Promise<boolean> {
    let wanted: string | null = eventId;
    if (indexOf(eventId) < 0) {
      wanted = await move(() => live.openAround(room.value, eventId));
      if (wanted !== null) {
        newBelow.value = 0;
        unreadPill.value = null;
      }
    }
    const index = wanted === null ? -1 : indexOf(wanted);
    if (index < 0) return false;
    isAtEnd.value = false;
    const place = (): void => list.value?.scrollToIndex(index, { align: 'center' });
    place();
    requestAnimationFrame(() => {
      place();
      onScroll();
    });
    highlighted.value = wanted;
    setTimeout(() => {
      if (highlighted.value === wanted) highlighted.value = null;
    }, 3000);
    return true;
  }

  async function toUnread(): Promise<void> {
    const read = unreadAfter.value ?? 0;
    if (unreadPill.value?.event && (await jumpTo(unreadPill.value.event))) {
      unreadPill.value = null;
      return;
    }
    while ((view.value?.timeline.first ?? 0) > read + 1 && !view.value?.timeline.isAtStart) {
      if ((await older()) === 0) break;
    }
    unreadPill.value = null;
    const line = rows.value.findIndex((row) => row.kind === 'unread');
    if (line >= 0) list.value?.scrollToIndex(line, { align: 'start' });
  }

  async function older(): Promise<number> {
    isPrepending.value = true;
    const count = await live.loadOlder(room.value);
    await nextTick();
    isPrepending.value = false;
    return count;
  }

  function onScroll(): void {
    const handle = list.value;
    if (!handle) return;
    const left = handle.scrollSize - handle.viewportSize - handle.scrollOffset;
    // Rows that grow do not count as scrolling away; only going up does.
    const isNewest = view.value?.timeline.isAtEnd ?? true;
    if (left < 60 && isNewest) isAtEnd.value = true;
    else if (handle.scrollOffset < lastOffset - 1) isAtEnd.value = false;
    lastOffset = handle.scrollOffset;
    if (isAtEnd.value) newBelow.value = 0;
    if (handle.scrollOffset < 600 && !view.value?.isLoading && !view.value?.timeline.isAtStart) void older();
    else if (left < 600 && !isNewest && !view.value?.isLoading) void move(() => live.loadNewer(room.value));
  }

  /** A row grew (发送中), the composer or a banner took room: who was at the end stays there. */
  const grown = new ResizeObserver(() => {
    const box = scroller.value;
    if (isAtEnd.value && box && !isPrepending.value) box.scrollTop = box.scrollHeight;
  });
  watch([scroller, list], () => {
    grown.disconnect();
    const inner = (list.value as { $el?: Element } | null)?.$el;
    if (scroller.value) grown.observe(scroller.value);
    if (inner instanceof Element) grown.observe(inner);
  });

  // New rows keep the reader at the end only if that is where the reader was, or when the message is an own one.
  watch(
    () => [rows.value.length, lastRow.value?.key] as const,
    async ([length, key], [before, keyBefore]) => {
      if (isMoving || key === keyBefore || length <= before) return;
      const last = lastRow.value;
      // Sent from here just now; an own message from another device moves nothing.
      const isSent = last?.kind === 'message' && last.entry !== null;
      if (isAtEnd.value || isSent) {
        await nextTick();
        void toEnd();
        requestAnimationFrame(() => void toEnd());
      } else newBelow.value += length - before;
    },
  );
  watch(() => [room.value, view.value?.timeline.isLoaded] as const, settle, { immediate: true });
  watch(() => focusEvent.value, (id) => id && void jumpTo(id));
  onUnmounted(() => grown.disconnect());
  return { isPrepending, isAtEnd, newBelow, highlighted, unreadPill, onScroll, toEnd, toUnread, jumpTo };
}
