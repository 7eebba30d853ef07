/** What comes again, as the form has it and as the server takes it. Pure. */
export const EVERIES = ['', 'week', 'month', 'quarter', 'year', 'working_days', 'first_working_day', 'last_working_day'] as const;
export type Every = (typeof EVERIES)[number];

export interface Repeat {
  /** Empty: it comes once. */
  every: Every;
  day: number;
  month: number;
  shift: 'before' | 'after' | 'none';
}

export const once = (): Repeat => ({ every: '', day: 1, month: 12, shift: 'before' });
/** Whether a day has to be named. */
export const isCounted = (every: Every): boolean => !['', 'first_working_day', 'last_working_day'].includes(every);
export const mostOf = (every: Every): number => (every === 'week' ? 7 : every === 'working_days' ? 250 : 31);

/** `since` is today as YYYY-MM-DD; null for what comes once. */
export const asRule = (rule: Repeat, since: string): Record<string, string | number> | null =>
  rule.every ? { every: rule.every, since, day: rule.day, month: rule.month, shift: rule.shift } : null;
