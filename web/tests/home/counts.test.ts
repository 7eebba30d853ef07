import { afterEach, describe, expect, it, vi } from 'vitest';

import { http } from '@/api/http';
import OldCounts from '@/features/home/components/OldCounts.vue';

import { flushPromises, mount } from '../mount';

vi.mock('@/live/store', () => ({ useLive: () => ({ onPersonFrame: () => undefined }) }));
vi.mock('@/stores/session', () => ({ useSession: () => ({ me: { user_id: '@a:x' }, acting: null }) }));
afterEach(() => vi.restoreAllMocks());

describe('numbers that could not be renewed', () => {
  it('are said to be old, and a press asks again', async () => {
    const { usePending } = await import('@/features/home/pending');
    const get = vi.spyOn(http, 'get').mockResolvedValue({ total: 3, urgent: 1, sources: [] });
    const shown = mount(OldCounts, {});
    const pending = usePending();
    await pending.load();
    expect(shown.root.textContent).toBe('');

    get.mockRejectedValue(new Error('boom'));
    await pending.load();
    await flushPromises();
    expect(shown.root.textContent).toContain('数目未更新');
    expect(pending.total).toBe(3);

    get.mockResolvedValue({ total: 2, urgent: 0, sources: [] });
    shown.root.querySelector('button')?.click();
    await flushPromises();
    expect(shown.root.textContent).toBe('');
    expect(pending.total).toBe(2);
    shown.close();
  });
});
