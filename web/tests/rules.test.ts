import { describe, expect, it } from 'vitest';

import { blankLine, lineOf, stepOf } from '@/features/rules/steps';

describe('a line of a reminder ladder', () => {
  it('comes back as it was read', () => {
    for (const step of [
      { code: 'wd3', offset: -3, at: '09:00', audience: ['handler'], daily: false, words: '' },
      { code: 'day', offset: 0, at: '15:00', audience: ['handler', 'head'], daily: false, words: '' },
      { code: 'overdue', offset: 1, at: '09:00', audience: ['handler'], daily: true, words: '' },
    ]) expect(stepOf(lineOf(step))).toEqual(step);
  });
  it('has the code of its side, and repeats only after the due day', () => {
    expect(stepOf({ ...blankLine(), side: 'after', days: 5, daily: true, audience: ['officer', 'handler'] })).toEqual({ code: 'overdue', offset: 5, at: '09:00', audience: ['handler', 'officer'], daily: true, words: '' });
    expect(stepOf({ ...blankLine(), side: 'before', days: 2, daily: true }).daily).toBe(false);
    expect(stepOf({ ...blankLine(), side: 'day', daily: true })).toMatchObject({ code: 'day', offset: 0, daily: false });
  });
});
