import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';

import { useSoon, useTyped, useWhileSeen } from '@/lib/later';

let seen: DocumentVisibilityState = 'visible';
const show = (now: DocumentVisibilityState): void => {
  seen = now;
  document.dispatchEvent(new Event('visibilitychange'));
};
let scope = effectScope();
beforeEach(() => {
  vi.useFakeTimers();
  seen = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => seen);
  scope = effectScope();
});
afterEach(() => {
  scope.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('an errand', () => {
  it('that many ask for is done once, and not after the screen is gone', () => {
    const errand = vi.fn();
    const soon = scope.run(() => useSoon(errand, 300, 900));
    soon?.();
    soon?.();
    vi.advanceTimersByTime(299);
    expect(errand).not.toHaveBeenCalled();
    vi.advanceTimersByTime(901);
    expect(errand).toHaveBeenCalledOnce();
    soon?.();
    scope.stop();
    vi.advanceTimersByTime(2000);
    expect(errand).toHaveBeenCalledOnce();
  });

  it('waits until typing pauses', async () => {
    const errand = vi.fn();
    const words = ref('');
    scope.run(() => useTyped(words, errand));
    for (const text of ['西', '西河', '西河桥']) {
      words.value = text;
      await nextTick();
      vi.advanceTimersByTime(200);
    }
    expect(errand).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(errand).toHaveBeenCalledOnce();
  });

  it('by the clock rests while the window is hidden, and is made up when one comes back late', () => {
    const errand = vi.fn();
    scope.run(() => useWhileSeen(errand, 1000));
    vi.advanceTimersByTime(2500);
    expect(errand).toHaveBeenCalledTimes(2);
    show('hidden');
    vi.advanceTimersByTime(60_000);
    expect(errand).toHaveBeenCalledTimes(2);
    show('visible');
    expect(errand).toHaveBeenCalledTimes(3);
    show('hidden');
    vi.advanceTimersByTime(100);
    show('visible');
    expect(errand).toHaveBeenCalledTimes(3);
    vi.advanceTimersByTime(1000);
    expect(errand).toHaveBeenCalledTimes(4);
    scope.stop();
    vi.advanceTimersByTime(5000);
    expect(errand).toHaveBeenCalledTimes(4);
  });
});
