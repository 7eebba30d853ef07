/** Time limits of nodes as `clocks.json` has them. Pure. */
export interface Clock {
  limit: string;
  working?: boolean;
  remind?: string[];
  on_timeout?: 'remind' | 'escalate';
}

export interface Limit {
  amount: number;
  unit: 'D' | 'H' | 'M';
}

/** The one number and unit that the panel shows; a limit of several parts is told in its smallest. */
export function limitOf(duration: string): Limit {
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration.trim().toUpperCase());
  const [days, hours, minutes] = [1, 2, 3].map((at) => Number(parts?.[at] ?? 0)) as [number, number, number];
  if (minutes > 0) return { amount: days * 1440 + hours * 60 + minutes, unit: 'M' };
  if (hours > 0) return { amount: days * 24 + hours, unit: 'H' };
  return { amount: days, unit: 'D' };
}

export function durationOf(limit: Limit): string {
  if (limit.amount <= 0) return '';
  return limit.unit === 'D' ? `P${limit.amount}D` : `PT${limit.amount}${limit.unit}`;
}
