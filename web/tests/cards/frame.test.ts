import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type App, createApp, nextTick } from 'vue';
import { createMemoryHistory, createRouter } from 'vue-router';

import { type Card, cardSchema } from '@/cards/schema';
import TaskCard from '@/cards/TaskCard.vue';
import { i18n } from '@/i18n';

const report = {
  name: 'report', label: '反馈进展', style: 'primary',
  input: [{ key: 'percent', label: '完成进度', type: 'percent' }, { key: 'text', label: '进展说明', type: 'text', required: true }],
};
const task = (over: Record<string, unknown> = {}): Card =>
  cardSchema.parse({
    kind: 'task', version: 3, title: '链路测速', number: '7', state: { code: 'yellow', word: '黄 · 剩 2 天' },
    fields: [{ key: 'lead', label: '牵头', value: '市政务局' }], progress: { percent: 40, planned: 50 },
    actions: [{ name: 'sign_for', label: '签收', style: 'primary', input: [] }, report],
    menu: [{ name: 'send_back', label: '不属我办', style: 'plain', input: [] }, { name: 'remind', label: '催办', input: [] }],
    ...over,
  });

let app: App;
let root: HTMLElement;
let state: { abilities: string[]; done: Record<string, string> };
let posted: { path: string; body: Record<string, unknown> }[];

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(2000);
  await nextTick();
}

async function mount(card: Card): Promise<void> {
  setActivePinia(createPinia());
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: { render: () => null } }] });
  app = createApp(TaskCard, { card, room: '!r:x', eventId: '$1' });
  root = document.createElement('div');
  document.body.appendChild(root);
  app.use(createPinia()).use(i18n).use(router).mount(root);
  await settle();
}

const labels = (): string[] => [...root.querySelectorAll('.ft-buttons .btn')].map((button) => button.textContent?.trim() ?? '');
function press(label: string): void {
  const button = [...root.querySelectorAll('button')].find((one) => one.textContent?.trim() === label);
  if (!button) throw new Error(`no button ${label}`);
  button.click();
}

beforeEach(() => {
  vi.useFakeTimers();
  state = { abilities: [], done: {} };
  posted = [];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const body = JSON.parse(String(init.body ?? '{}')) as Record<string, unknown>;
    posted.push({ path, body });
    const answer = path.endsWith('/cards/state')
      ? { cards: [{ room: '!r:x', event: '$1', version: 3, ...state }] }
      : { message: '第7项进展60%' };
    return new Response(JSON.stringify(answer), { status: 200 });
  });
});

afterEach(() => {
  app.unmount();
  root.remove();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('card frame', () => {
  it('shows no button that the server does not allow this viewer', async () => {
    await mount(task());
    expect(labels()).toEqual([]);
    expect(root.textContent).toContain('黄 · 剩 2 天');
  });

  it('shows at most two buttons, the main one last, and lifts one out of the menu', async () => {
    state.abilities = ['sign_for', 'send_back'];
    await mount(task());
    expect(labels()).toEqual(['不属我办', '签收']);
    expect(root.querySelectorAll('.ft-buttons .pri')).toHaveLength(1);
  });

  it('shows what was done in the place of the button', async () => {
    state = { abilities: ['report'], done: { sign_for: '您已签收 15:42' } };
    await mount(task());
    expect(labels()).toEqual(['反馈进展']);
    expect(root.querySelector('.ft-done')?.textContent).toBe('您已签收 15:42');
  });

  it('asks for the form, names what is missing, sends once with one key, and tells the outcome', async () => {
    state.abilities = ['report'];
    await mount(task());
    press('反馈进展');
    await nextTick();
    press('60');
    const form = root.querySelector('form');
    form?.dispatchEvent(new Event('submit'));
    await nextTick();
    expect(root.textContent).toContain('请填写进展说明');
    const area = root.querySelector('textarea') as HTMLTextAreaElement;
    area.value = '已测六个县区';
    area.dispatchEvent(new Event('input'));
    form?.dispatchEvent(new Event('submit'));
    await settle();
    const acts = posted.filter((call) => call.path.includes('/actions/'));
    expect(acts).toHaveLength(1);
    expect(acts[0]?.path).toBe('/api/v1/rooms/!r%3Ax/cards/%241/actions/report');
    expect(acts[0]?.body).toMatchObject({ params: { percent: 60, text: '已测六个县区' } });
    expect(String(acts[0]?.body['key'])).toMatch(/^k[a-z0-9]{20,}$/);
    expect(root.querySelector('.mc-said')?.textContent).toBe('第7项进展60%');
  });

  it('falls back to what it knows for an unknown colour', async () => {
    await mount(task({ state: { code: 'purple', word: '待定' } }));
    expect(root.querySelector('.code.slate')?.textContent).toBe('待定');
  });
});
