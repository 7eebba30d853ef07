import { describe, expect, it } from 'vitest';

import { asRule, EVERIES, isCounted, mostOf, once } from '@/features/items/repeat';

describe('what comes again', () => {
  it('is nothing for what comes once, else the rule as the server takes it', () => {
    expect(asRule(once(), '2026-07-01')).toBeNull();
    expect(asRule({ every: 'month', day: 25, month: 12, shift: 'before' }, '2026-07-01')).toEqual({ every: 'month', since: '2026-07-01', day: 25, month: 12, shift: 'before' });
  });
  it('asks for a day where one is needed, within its bounds', () => {
    expect(EVERIES.filter((one) => !isCounted(one))).toEqual(['', 'first_working_day', 'last_working_day']);
    expect([mostOf('week'), mostOf('working_days'), mostOf('year')]).toEqual([7, 250, 31]);
  });
});
