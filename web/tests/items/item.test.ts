import { describe, expect, it } from 'vitest';

import { ACTS, actsOf, checkAct } from '@/features/items/acts';
import type { ItemDetail } from '@/features/items/api';
import { between, stagesOf } from '@/features/items/stages';

import { item } from '../taskforces/fixture';

const blank = { percent: '', text: '', due_on: '', reason: '', unit: '' };
const specOf = (key: string) => {
  const spec = ACTS.find((one) => one.key === key);
  if (!spec) throw new Error(key);
  return spec;
};

describe('what may be done', () => {
  it('shows one main button, at most two others, and the rest in the menu', () => {
    const shown = actsOf({ abilities: { decide_extension: true, report: true, ask_extension: true, remind: true, transfer: true, cancel: true } });
    expect(shown.primary?.key).toBe('agree');
    expect(shown.second.map((one) => one.key)).toEqual(['refuse', 'report']);
    expect(shown.menu.map((one) => one.key)).toEqual(['extend', 'remind', 'transfer', 'cancel']);
  });

  it('shows nothing when nothing is allowed', () => {
    expect(actsOf({ abilities: { close: false } })).toEqual({ primary: null, second: [], menu: [] });
  });

  it('asks for what the form needs before it is sent', () => {
    expect(checkAct(specOf('report'), { ...blank, percent: '101' }, item(1))).toEqual({ percent: 'percentRange' });
    expect(checkAct(specOf('report'), { ...blank, percent: '60' }, item(1))).toEqual({});
    expect(checkAct(specOf('extend'), { ...blank, due_on: '2026-08-31' }, item(1))).toEqual({ due_on: 'laterThanDue', reason: 'required' });
    expect(checkAct(specOf('transfer'), blank, item(1))).toEqual({ unit: 'pickUnit' });
  });
});

describe('the stepper', () => {
  const detail = (over: Partial<ItemDetail>): ItemDetail => ({ ...item(1), reports: [], extensions: [], history: [], parts: [], evidence: [], rectifications: [], disputes: [], children: [], rolled_up: null, ...over });
  const states = (one: ItemDetail, today = '2026-07-01') => stagesOf(one, today, (day) => day.slice(0, 10)).map((stage) => `${stage.key}:${stage.state}:${stage.note}`);

  it('starts with the dispatch', () => {
    expect(states(detail({ state: 'registered' }))).toEqual(['dispatch:now:waiting', 'sign:next:waiting', 'report:next:waiting', 'close:next:left']);
  });

  it('tells how long the sign-for took, and leaves out extensions that were not asked', () => {
    const one = detail({ dispatched_at: '2026-06-01T01:00:00Z', signed_at: '2026-06-01T01:26:00Z' });
    expect(states(one)).toEqual(['dispatch:done:day', 'sign:done:minutes', 'report:now:waiting', 'close:next:left']);
    expect(between('2026-06-01T01:00:00Z', '2026-06-01T01:26:00Z')).toEqual({ note: 'minutes', n: 26 });
    expect(between('2026-06-01T00:00:00Z', '2026-06-03T00:00:00Z')).toEqual({ note: 'days', n: 2 });
  });

  it('counts days to and past the due date', () => {
    const close = (today: string) => stagesOf(detail({}), today, String).pop();
    expect(close('2026-08-30')).toMatchObject({ note: 'left', values: { n: 1 } });
    expect(close('2026-08-31')).toMatchObject({ note: 'today' });
    expect(close('2026-09-02')).toMatchObject({ note: 'late', values: { n: 2 } });
  });

  it('is done when the item is closed, also without a report', () => {
    expect(states(detail({ state: 'closed', closed_at: '2026-07-01T00:00:00Z', dispatched_at: '2026-06-01T00:00:00Z', signed_at: '2026-06-02T00:00:00Z' })).pop()).toBe('close:done:day');
  });
});
