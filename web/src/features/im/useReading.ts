/** Tells the server how far somebody has read: what was half visible in a focused window for a second (live/reads.ts). */
import { computed, onMounted, onUnmounted, type Ref, watch } from 'vue';

import { ReadTracker } from '@/live/reads';
import { useLive } from '@/live/store';

/** `scroller`: its elements with `data-seq` are messages. */
export function useReading(room: Ref<string>, scroller: Ref<HTMLElement | null>): void {
  const live = useLive();
  const entry = computed(() => live.rooms.get(room.value));
  const view = computed(() => live.views.get(room.value));
  let tracker = new ReadTracker(0);
  let ticker: ReturnType<typeof setInterval> | undefined;
  watch(
    () => [room.value, view.value?.timeline.isLoaded] as const,
    ([, isLoaded]) => {
      if (isLoaded) tracker = new ReadTracker(entry.value?.read ?? 0);
    },
    { immediate: true },
  );

  function visibleSeqs(): number[] {
    const box = scroller.value?.getBoundingClientRect();
    if (!box || document.visibilityState !== 'visible' || !document.hasFocus()) return [];
    const seqs: number[] = [];
    for (const element of scroller.value?.querySelectorAll<HTMLElement>('[data-seq]') ?? []) {
      const rect = element.getBoundingClientRect();
      const visible = Math.min(rect.bottom, box.bottom) - Math.max(rect.top, box.top);
      // A message taller than the window counts by the window.
      if (visible >= Math.min(rect.height, box.height) / 2) seqs.push(Number(element.dataset['seq']));
    }
    return seqs;
  }

  function tickRead(): void {
    const now = Date.now();
    tracker.known(entry.value?.read ?? 0);
    tracker.look(visibleSeqs(), now);
    const seq = tracker.take(now);
    if (seq === null) return;
    // At the end nothing countable is left: reach the head, so that silent events do not stay behind.
    const timeline = view.value?.timeline;
    const lastShown = timeline?.events[timeline.events.length - 1]?.seq ?? 0;
    live.sendRead(room.value, seq >= lastShown ? Math.max(seq, timeline?.last ?? seq) : seq);
  }
  onMounted(() => {
    ticker = setInterval(tickRead, 250);
  });
  onUnmounted(() => {
    clearInterval(ticker);
  });
}
