/** A line of a reminder ladder as it is typed. Pure. */
import type { Step } from './api';

export const AUDIENCES = ['handler', 'head', 'leader', 'officer'] as const;
export type Side = 'before' | 'day' | 'after';

export interface Line {
  side: Side;
  /** Working days before or after the due day; the day itself has none. */
  days: number;
  at: string;
  audience: string[];
  daily: boolean;
}

export const blankLine = (): Line => ({ side: 'before', days: 3, at: '09:00', audience: ['handler'], daily: false });

export const lineOf = (step: Step): Line => ({
  side: step.offset < 0 ? 'before' : step.offset > 0 ? 'after' : 'day',
  days: Math.abs(step.offset) || 1,
  at: step.at,
  audience: [...step.audience],
  daily: step.daily ?? false,
});

export function stepOf(line: Line): Step {
  const offset = line.side === 'day' ? 0 : line.side === 'before' ? -line.days : line.days;
  const code = offset < 0 ? `wd${-offset}` : offset > 0 ? 'overdue' : 'day';
  return { code, offset, at: line.at, audience: AUDIENCES.filter((one) => line.audience.includes(one)), daily: offset > 0 && line.daily, words: '' };
}
