/** When something is done again: soon, once typing pauses, or every so often while somebody looks. All end with their scope. */
import { onScopeDispose, watch, type WatchSource } from 'vue';

const PAUSE_MS = 250;

/** An errand within `least` to `least + spread` ms, once for all who asked meanwhile: many screens hear the same news. */
export function useSoon(errand: () => unknown, least: number, spread: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => clearTimeout(timer));
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void errand();
    }, least + Math.random() * spread);
  };
}

/** An errand when what is typed has stood still. */
export function useTyped(typed: WatchSource, errand: () => unknown): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(typed, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void errand(), PAUSE_MS);
  });
  onScopeDispose(() => clearTimeout(timer));
}

/** An errand every so often; none while the window is hidden, and at once when one comes back late. */
export function useWhileSeen(errand: () => unknown, every: number): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  let last = Date.now();
  function run(): void {
    last = Date.now();
    void errand();
  }
  function turn(): void {
    clearInterval(timer);
    if (document.visibilityState !== 'visible') return;
    if (Date.now() - last >= every) run();
    timer = setInterval(run, every);
  }
  turn();
  document.addEventListener('visibilitychange', turn);
  onScopeDispose(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', turn);
  });
}
