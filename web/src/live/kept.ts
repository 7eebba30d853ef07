/** Keeps what a screen shows true: read again on news for the person, after a gap in the line, and when one comes back to it. */
import { onMounted, onScopeDispose, watch } from 'vue';

import { useSoon } from '@/lib/later';

import { useLive } from './store';

/** `isNews` says which person frames concern the screen. Answers how to ask for the same by hand. */
export function useKept(errand: () => unknown, isNews: (kind: string, body: unknown) => boolean, least = 300, spread = 900): () => void {
  const live = useLive();
  const soon = useSoon(errand, least, spread);
  const off = live.onPersonFrame((kind, body) => {
    if (isNews(kind, body)) soon();
  });
  watch(() => live.status, (now, before) => {
    if (now === 'online' && before !== 'idle') soon();
  });
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') soon();
  };
  onMounted(() => document.addEventListener('visibilitychange', onVisible));
  onScopeDispose(() => {
    off();
    document.removeEventListener('visibilitychange', onVisible);
  });
  return soon;
}
