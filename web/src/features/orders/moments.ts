/** Moments as a datetime-local field has them, always Shanghai time. Pure. */
import { clockTime, isoDate, toMs } from '@/lib/time';

export const toLocal = (at: string | null | undefined): string => (at ? `${isoDate(toMs(at))}T${clockTime(toMs(at))}` : '');
export const fromLocal = (text: string): string | null => (text ? `${text}:00+08:00` : null);

/** The next half hour that leaves at least `minutes`. */
export function roundedAfter(nowMs: number, minutes: number): string {
  const HALF = 30 * 60_000;
  const at = Math.ceil((nowMs + minutes * 60_000) / HALF) * HALF;
  return `${isoDate(at)}T${clockTime(at)}`;
}
