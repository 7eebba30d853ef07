/** A year's days as the grid shows them: twelve months of weeks that begin on Monday. Pure. */
import type { Day } from './api';

export interface Month {
  month: number;
  /** Empty places before the first day. */
  lead: number;
  days: Day[];
}

export function monthsOf(days: readonly Day[]): Month[] {
  const months: Month[] = [];
  for (const day of days) {
    const month = Number(day.day.slice(5, 7));
    let last = months[months.length - 1];
    if (last?.month !== month) {
      last = { month, lead: weekday(day.day) - 1, days: [] };
      months.push(last);
    }
    last.days.push(day);
  }
  return months;
}

/** 1 (Monday) to 7. */
export function weekday(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
}

export const dayNumber = (day: string): number => Number(day.slice(8));

/** A weekday is worked anyway, so only the weekend can be entered as worked. */
export const canBeWorked = (day: string): boolean => weekday(day) > 5;
