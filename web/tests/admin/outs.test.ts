import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type App, createApp } from 'vue';

import type { Out } from '@/features/admin/bots/api';
import OutRow from '@/features/admin/bots/OutRow.vue';
import { i18n } from '@/i18n';
import { useToasts } from '@/stores/toasts';

const out: Out = {
  id: 'o1', label: '工单', host: 'gongdan.example', events: ['mention', 'command'], commands: [{ name: '报修', says: '' }],
  is_enabled: true, url: 'https://gongdan.example/…', delivered: 7, waiting: 0, dead: 2,
};
const dead = (id: string): object => ({
  id, kind: 'command', state: 'dead', attempts: 8, status: 0, error: '没有应答', created_at: '2026-11-20T01:00:00Z', next_at: null, done_at: null, event_id: '$1',
});

let app: App;
let root: HTMLElement;
let asked: { path: string; method: string; body: string }[];
let isAway: boolean;
let removed: number;
const said = (): string => JSON.stringify(useToasts().$state);

const last = (): string => asked[asked.length - 1]?.body ?? '';
const buttons = (label: string): HTMLButtonElement[] =>
  [...root.querySelectorAll('button')].filter((one) => one.textContent?.trim() === label && !one.disabled);
const press = async (label: string, place = 0): Promise<void> => {
  await vi.waitFor(() => expect(buttons(label).length).toBeGreaterThan(place));
  buttons(label)[place]?.click();
};

beforeEach(() => {
  asked = [];
  isAway = false;
  removed = 0;
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push({ path, method: String(init.method ?? 'GET'), body: String(init.body ?? '') });
    if (isAway) return new Response(JSON.stringify({ code: 'busy', message: '系统繁忙' }), { status: 503 });
    return new Response(JSON.stringify(path.endsWith('/replay') ? { calls: 1 } : { items: [dead('c1'), dead('c2')], next: null }), { status: 200 });
  });
  app = createApp(OutRow, { botId: 'b1', out, onRemove: () => (removed += 1) });
  root = document.createElement('div');
  document.body.appendChild(root);
  const pinia = createPinia();
  setActivePinia(pinia);
  app.use(pinia).use(i18n).mount(root);
});
afterEach(() => {
  app.unmount();
  root.remove();
  vi.unstubAllGlobals();
});

describe('an address that is told', () => {
  it('lists what was given up and why, and sends one or all of it again', async () => {
    await press('未能送达 2 次');
    await vi.waitFor(() => expect(root.textContent).toContain('没有应答'));
    expect(asked[0]?.path).toContain('/admin/bots/b1/outs/o1/calls?state=dead');
    await press('重发', 1);
    await vi.waitFor(() => expect(last()).toBe(JSON.stringify({ ids: ['c2'] })));
    await press('全部重发');
    await vi.waitFor(() => expect(last()).toBe(JSON.stringify({ ids: null })));
  });

  it('does not show an empty list when it could not be read', async () => {
    isAway = true;
    await press('未能送达 2 次');
    await vi.waitFor(() => expect(said()).toContain('系统繁忙'));
    expect(root.querySelector('[aria-expanded="true"]')).toBeNull();
  });

  it('leaves removing to who asks first', async () => {
    await press('移除');
    expect(removed).toBe(1);
    expect(asked).toEqual([]);
  });
});
