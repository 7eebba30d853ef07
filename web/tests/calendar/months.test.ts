import { describe, expect, it } from 'vitest';

import { canBeWorked, monthsOf, weekday } from '@/features/calendar/months';
import type { Day } from '@/features/calendar/api';

const day = (text: string): Day => ({ day: text, kind: 'work', name: '', source: '' });

describe('the grid of a year', () => {
  it('begins each month on the right weekday', () => {
    const months = monthsOf(['2026-01-01', '2026-01-02', '2026-02-01'].map(day));
    expect(months.map((month) => [month.month, month.lead, month.days.length])).toEqual([
      [1, 3, 2],
      [2, 6, 1],
    ]);
  });

  it('knows weekends in any time zone', () => {
    expect(weekday('2026-10-10')).toBe(6);
    expect(weekday('2026-10-11')).toBe(7);
    expect(canBeWorked('2026-10-10')).toBe(true);
    expect(canBeWorked('2026-10-09')).toBe(false);
  });
});
