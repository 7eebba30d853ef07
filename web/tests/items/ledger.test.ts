import { describe, expect, it } from 'vitest';

import { countsOf, DEFAULT_SORT, groupByDue, matches, neighbour, nextSort, sortItems } from '@/features/items/ledger';

import { item, unit } from '../taskforces/fixture';

const numbers = (list: { number: number }[]): number[] => list.map((one) => one.number);
const units = new Map([['乙', 0], ['甲', 1]]);

describe('order', () => {
  const list = [
    item(1, { colour: 'done', due_on: '2026-06-10' }),
    item(2, { colour: 'green', due_on: '2026-07-01' }),
    item(3, { colour: 'red', due_on: '2026-08-01' }),
    item(4, { colour: 'grey', due_on: '2026-06-05' }),
    item(5, { colour: 'yellow', due_on: '2026-07-09' }),
    item(6, { colour: 'red', due_on: '2026-07-20', lead_unit: unit('乙') }),
    item(7, { colour: 'red', due_on: '2026-07-20' }),
  ];

  it('is red, yellow, green, grey, closed, then the due date, then the number', () => {
    expect(numbers(sortItems(list, DEFAULT_SORT, units))).toEqual([6, 7, 3, 5, 2, 4, 1]);
  });

  it('does not touch the list it was given', () => {
    const before = numbers(list);
    sortItems(list, { key: 'due', isDown: true }, units);
    expect(numbers(list)).toEqual(before);
  });

  it('keeps urgency among equals in both directions', () => {
    expect(numbers(sortItems(list, { key: 'percent', isDown: true }, units))).toEqual([6, 7, 3, 5, 2, 4, 1]);
    expect(numbers(sortItems(list, { key: 'due', isDown: true }, units))).toEqual([3, 6, 7, 5, 2, 1, 4]);
  });

  it('puts units in protocol order and those without a handler last', () => {
    expect(sortItems(list, { key: 'unit', isDown: false }, units)[0]?.number).toBe(6);
    const named = [item(1), item(2, { handler: { user_id: '@a', name: '安' } })];
    expect(numbers(sortItems(named, { key: 'handler', isDown: false }, units))).toEqual([2, 1]);
  });

  it('turns, then comes back to urgency', () => {
    const up = nextSort(DEFAULT_SORT, 'due');
    const down = nextSort(up, 'due');
    expect([up, down, nextSort(down, 'due')]).toEqual([{ key: 'due', isDown: false }, { key: 'due', isDown: true }, DEFAULT_SORT]);
    expect(nextSort(down, 'unit')).toEqual({ key: 'unit', isDown: false });
  });
});

describe('filters', () => {
  const list = [item(1, { colour: 'done' }), item(2, { colour: 'red' }), item(3, { lead_unit: unit('乙'), supporting_units: [unit('甲')] })];

  it('count each colour, and all but the closed ones as open', () => {
    expect(countsOf(list)).toEqual({ open: 2, all: 3, red: 1, yellow: 0, green: 1, grey: 0, done: 1 });
  });

  it('leave out what is closed, and other lead units, as the export does', () => {
    expect(numbers(list.filter((one) => matches(one, 'open', null)))).toEqual([2, 3]);
    expect(numbers(list.filter((one) => matches(one, 'all', '甲')))).toEqual([1, 2]);
  });
});

describe('rows of a phone', () => {
  it('are grouped by the due date; an overdue item that is closed is closed', () => {
    const list = [
      item(1, { due_on: '2026-07-16' }), item(2, { due_on: '2026-07-17' }), item(3, { due_on: '2026-07-19' }),
      item(4, { due_on: '2026-07-20' }), item(5, { due_on: '2026-07-01', colour: 'done' }),
    ];
    const groups = groupByDue(list, '2026-07-17', '2026-07-19');
    expect(groups.map((group) => [group.key, numbers(group.items)])).toEqual([
      ['overdue', [1]], ['today', [2]], ['week', [3]], ['later', [4]], ['done', [5]],
    ]);
  });
});

describe('J and K', () => {
  const list = [item(1), item(2), item(3)];
  it('stay at the ends, and enter the list at its edge', () => {
    expect(neighbour(list, 'i1', 1)?.number).toBe(2);
    expect(neighbour(list, 'i3', 1)?.number).toBe(3);
    expect(neighbour(list, 'i1', -1)?.number).toBe(1);
    expect(neighbour(list, 'gone', 1)?.number).toBe(1);
    expect(neighbour([], 'i1', 1)).toBeNull();
  });
});
