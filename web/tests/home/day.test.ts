import { describe, expect, it } from 'vitest';

import { minutesTo, stageOf } from '@/features/home/day';

const meeting = (state = 'planned') => ({ meets_at: '2026-07-17T16:00:00+08:00', state });
const at = (clock: string): number => Date.parse(`2026-07-17T${clock}:00+08:00`);

describe('a meeting in the agenda', () => {
  it('is to come, then on its way from half an hour before to an hour after it began, then over', () => {
    expect(['15:29', '15:30', '16:59', '17:01'].map((clock) => stageOf(meeting(), at(clock)))).toEqual(['later', 'now', 'now', 'over']);
  });
  it('is over once it was held', () => {
    expect(stageOf(meeting('held'), at('15:00'))).toBe('over');
  });
  it('says how many minutes are left, a begun one as a whole', () => {
    expect(minutesTo(meeting(), at('15:42'))).toBe(18);
    expect(minutesTo(meeting(), at('15:42') + 1)).toBe(18);
  });
});
