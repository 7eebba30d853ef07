import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick } from 'vue';

import { useFind } from '@/lib/find';

describe('a field that searches', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('keeps the last answer when an older one comes late', async () => {
    const answers = new Map<string, (rows: string[]) => void>();
    const search = vi.fn((q: string, _signal: AbortSignal) => new Promise<string[]>((resolve) => answers.set(q, resolve)));
    const scope = effectScope();
    const find = scope.run(() => useFind(search));
    if (!find) throw new Error('no scope');
    const type = async (text: string): Promise<void> => {
      find.query.value = text;
      await nextTick();
      await vi.advanceTimersByTimeAsync(250);
    };
    await type('罗');
    await type(' 罗清 ');
    answers.get('罗清')?.(['罗清和']);
    answers.get('罗')?.(['罗一', '罗清和']);
    await vi.advanceTimersByTimeAsync(0);
    expect(find.found.value).toEqual(['罗清和']);
    expect(search.mock.calls[0]?.[1].aborted).toBe(true);

    await type('');
    expect(find.found.value).toBeNull();
    expect(search).toHaveBeenCalledTimes(2);
    scope.stop();
  });
});
