import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { http, messageOf } from '@/api/http';
import { useAppeals } from '@/features/secrecy/store';
import { useToasts } from '@/stores/toasts';

const refused = { code: 'secrecy_refused', message: '内容带有“机密”密级标志。', facts: { refusal: 'r1', mark: '机密' }, field: 'title' };

beforeEach(() => {
  setActivePinia(createPinia());
  useAppeals().listen();
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(refused), { status: 422 }));
});
afterEach(() => vi.unstubAllGlobals());

describe('a refusal of the secrecy gate', () => {
  it('offers an appeal whatever form it came from, also when the form says the sentence again', async () => {
    const toasts = useToasts();
    const words = await http.post('/orders', {}).catch(messageOf);
    toasts.error(String(words));
    expect(toasts.current?.text).toBe(refused.message);
    toasts.current?.action?.run();
    expect(useAppeals().refusal).toBe('r1');
    expect(useAppeals().isOpen).toBe(true);
  });

  it('is left to the row of the file, which has its own way', async () => {
    await http.post('/uploads/u1/finish').catch(() => undefined);
    expect(useToasts().current).toBeNull();
  });

  it('does not lend its way out to other words', async () => {
    await http.post('/orders', {}).catch(() => undefined);
    useToasts().error('网络不通');
    expect(useToasts().current?.action).toBeUndefined();
  });
});
