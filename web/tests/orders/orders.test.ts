import { describe, expect, it } from 'vitest';

import type { MyOrder, Node } from '@/features/orders/api';
import { figuresOf } from '@/features/orders/card';
import { countdown, mergeRows, patchRows, percentOf, rowsOf, splitOf, unreachedFirst, widths } from '@/features/orders/counts';
import { fromLocal, roundedAfter, toLocal } from '@/features/orders/moments';
import { chipsOf, emptyScope, isEmpty, withChip, withoutChip, withoutUnits, withRole } from '@/features/orders/scope';
import { isHeard, orderFrame, queueOf, takeFrame } from '@/features/orders/strip';

const unit = (id: string, signed: number, due: number, read = 0): Node => ({ id, kind: 'unit', name: id, counts: { due, signed, read } });
const mine = (over: Partial<MyOrder>): MyOrder => ({
  id: 'o1', number: '咸政指令〔2026〕1号', title: '防汛', urgency: 'urgent', is_drill: false, sign_by: null, state: 'delivered', version: 1,
  request: false, issuer_unit_name: '市政府办', issued_at: null, ...over,
});

describe('figures', () => {
  it('puts everybody who is due into one of three', () => {
    const split = splitOf({ due: 312, signed: 268, read: 21 });
    expect(split).toEqual({ due: 312, signed: 268, read: 21, unreached: 23 });
    expect(widths(split)).toEqual({ signed: 85.9, read: 6.7, unreached: 7.4 });
    expect(percentOf(split)).toBe(85);
  });
  it('says nothing of nobody', () => {
    expect(widths(splitOf(null))).toEqual({ signed: 0, read: 0, unreached: 0 });
    expect(percentOf(splitOf({ due: 0 }))).toBe(0);
  });
  it('counts down to the limit and past it', () => {
    expect(countdown(3_804_000, 0)).toMatchObject({ text: '1:03:24', late: false });
    expect(countdown(0, 65_000)).toMatchObject({ text: '01:05', late: true });
  });
  it('reads the figures of a card', () => {
    expect(figuresOf('已确认 36，已读 3，未触达 7')).toEqual({ due: 46, signed: 36, read: 3, unreached: 7 });
    expect(figuresOf('')).toBeNull();
  });
});

describe('the tree', () => {
  const rows = [unit('a', 5, 5), unit('b', 2, 5)];
  it('shows who has not been reached first', () => {
    expect(unreachedFirst(rows).map((node) => node.id)).toEqual(['b', 'a']);
  });
  it('never re-sorts while the pointer is inside, and loses no new row', () => {
    const merged = mergeRows(rows, [unit('c', 0, 3), unit('b', 5, 5), unit('a', 4, 5)], true);
    expect(merged.map((node) => node.id)).toEqual(['a', 'b', 'c']);
    expect(merged[1]?.counts?.signed).toBe(5);
    expect(mergeRows(rows, [unit('a', 4, 5), unit('b', 5, 5)], false).map((node) => node.id)).toEqual(['a', 'b']);
  });
  it('takes differences in place', () => {
    const patched = patchRows(rows, [{ id: 'b', received: true }, { id: 'not here' }]);
    expect(patched.map((node) => [node.id, node.received ?? false])).toEqual([['a', false], ['b', true]]);
  });
  it('lists only what is open', () => {
    const children = new Map([['', rows], ['b', [unit('b1', 0, 1)]]]);
    expect(rowsOf(children, new Set()).map((row) => row.node.id)).toEqual(['a', 'b']);
    expect(rowsOf(children, new Set(['b'])).map((row) => [row.node.id, row.depth])).toEqual([['a', 0], ['b', 0], ['b1', 1]]);
  });
});

describe('the scope', () => {
  it('adds each once, by its kind, and takes it out again', () => {
    let scope = withChip(emptyScope(), 'units', ['u1', 'u1', 'u2']);
    scope = withRole(withRole(scope, { role: 'head', level: 'county', region: '' }), { role: 'head', level: 'county', region: '' });
    expect(chipsOf(scope, { u1: '市水利局' }).map((chip) => [chip.kind, chip.id, chip.name])).toEqual([['units', 'u1', '市水利局'], ['units', 'u2', ''], ['roles', 'head/county/', '']]);
    scope = withoutChip(scope, { kind: 'roles', id: 'head/county/' });
    expect(withoutUnits(withChip(scope, 'duty', ['u2']), ['u1', 'u2'])).toEqual(emptyScope());
    expect([isEmpty(scope), isEmpty(emptyScope())]).toEqual([false, true]);
  });
});

describe('the strip', () => {
  it('queues the gravest first, then who is due first', () => {
    const queue = queueOf([
      mine({ id: 'normal', urgency: 'normal' }), mine({ id: 'late', sign_by: '2026-11-22T10:00:00Z' }), mine({ id: 'soon', sign_by: '2026-11-22T09:00:00Z' }),
      mine({ id: 'top', urgency: 'top' }), mine({ id: 'done', state: 'signed_for' }),
    ]);
    expect(queue.map((one) => one.id)).toEqual(['top', 'soon', 'late', 'normal']);
  });
  const frame = (over: Record<string, unknown>) => orderFrame.parse({ id: 'o1', number: 'n', title: 't', urgency: 'top', order_state: 'issued', ...over });
  it('takes an order at once, and a correction anew', () => {
    const first = takeFrame([], frame({}));
    expect([first.fresh, first.orders.length]).toEqual([true, 1]);
    expect(takeFrame(first.orders, frame({})).fresh).toBe(false);
    const signed = takeFrame(first.orders, frame({ state: 'signed_for' }));
    expect(signed.orders).toEqual([]);
    expect(takeFrame(signed.orders, frame({ version: 2 })).fresh).toBe(true);
  });
  it('drops what was recalled, and never brings back an older version', () => {
    const held = [mine({ version: 3 })];
    expect(takeFrame(held, frame({ version: 3, order_state: 'recalled' })).orders).toEqual([]);
    expect(takeFrame(held, frame({ version: 2, order_state: 'recalled' })).orders).toEqual(held);
  });
  it('does not show an order to who only watches its board', () => {
    expect(takeFrame([], frame({ state: '' })).orders).toEqual([]);
  });
  it('is heard only for top urgent orders, never for a drill', () => {
    expect([isHeard({ urgency: 'top', is_drill: false }), isHeard({ urgency: 'urgent', is_drill: false }), isHeard({ urgency: 'top', is_drill: true })]).toEqual([true, false, false]);
  });
});

describe('moments', () => {
  it('are Shanghai time both ways', () => {
    expect(toLocal('2026-11-22T08:30:00Z')).toBe('2026-11-22T16:30');
    expect(fromLocal('2026-11-22T16:30')).toBe('2026-11-22T16:30:00+08:00');
    expect(fromLocal('')).toBeNull();
    expect(roundedAfter(Date.parse('2026-11-22T08:10:00Z'), 60)).toBe('2026-11-22T17:30');
  });
});
