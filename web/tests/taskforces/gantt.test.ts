import { describe, expect, it } from 'vitest';

import { dateOf, dayOf, itemRows, leftOf, phaseRows, rangeOf, spanOf, weekTicks } from '@/features/taskforces/gantt';

import { item, node } from './fixture';

describe('the scale', () => {
  it('covers whole weeks from Monday', () => {
    const range = rangeOf(['2026-07-15', '2026-08-02']); // a Wednesday, a Sunday
    expect([dateOf(range.start), dateOf(range.end)]).toEqual(['2026-07-13', '2026-08-03']);
  });

  it('does not shift over a year or a leap day', () => {
    expect(dayOf('2027-01-01') - dayOf('2026-12-31')).toBe(1);
    expect(dayOf('2028-03-01') - dayOf('2028-02-28')).toBe(2);
  });

  it('gives bars the whole of their last day, and one-day bars a width', () => {
    const range = rangeOf(['2026-07-13', '2026-07-26']); // two weeks
    expect(spanOf('2026-07-13', '2026-07-19', range)).toEqual({ left: 0, width: 50 });
    expect(spanOf('2026-07-20', '2026-07-20', range).width).toBeCloseTo(100 / 14, 6);
  });

  it('holds what lies outside at the edge', () => {
    const range = rangeOf(['2026-07-13', '2026-07-19']);
    expect(leftOf(dayOf('2026-01-01'), range)).toBe(0);
    expect(leftOf(dayOf('2027-01-01'), range)).toBe(100);
  });

  it('labels no more weeks than fit', () => {
    const ticks = weekTicks(rangeOf(['2026-01-05', '2026-12-27']), 14);
    expect(ticks.lines.length).toBe(51);
    expect(ticks.labels.length).toBeLessThanOrEqual(14);
    expect(ticks.labels[0]?.date).toBe('2026-01-05');
  });
});

describe('phases', () => {
  const items = [
    item(1, { starts_on: '2026-06-01', milestones: [node('立项', '2026-06-10', '2026-06-09'), node('招标', '2026-07-01')] }),
    item(2, { starts_on: '2026-06-05', milestones: [node('立项', '2026-06-20', '2026-06-20'), node('招标', '2026-07-20')] }),
  ];

  it('run from the earliest node before to the latest of their own', () => {
    const [first, second] = phaseRows(items, '2026-06-25');
    expect(first).toMatchObject({ title: '立项', from: '2026-06-01', to: '2026-06-20', state: 'done', percent: 100, doneOn: '2026-06-20' });
    expect(second).toMatchObject({ title: '招标', from: '2026-06-10', to: '2026-07-20', state: 'open', done: 0, total: 2, late: 0 });
  });

  it('are late as soon as one open node is', () => {
    expect(phaseRows(items, '2026-07-02')[1]).toMatchObject({ state: 'late', late: 1 });
  });

  it('count nodes of closed items as done', () => {
    const closed = items.map((one) => ({ ...one, colour: 'done' as const }));
    expect(phaseRows(closed, '2027-01-01')[1]).toMatchObject({ state: 'done', done: 2, late: 0 });
  });

  it('keep the order in which nodes come, also when an item has fewer of them', () => {
    const short = item(3, { milestones: [node('招标', '2026-07-05')] });
    expect(phaseRows([short, ...items], '2026-06-01').map((row) => row.title)).toEqual(['立项', '招标']);
  });
});

describe('rows of items', () => {
  it('show the own progress and the nodes', () => {
    const [row] = itemRows([item(4, { percent: 40, milestones: [node('立项', '2026-06-10')] })], '2026-06-11');
    expect(row).toMatchObject({ percent: 40, state: 'late', late: 1, total: 1 });
  });
});
