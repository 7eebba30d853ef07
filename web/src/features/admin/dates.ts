/** Where an appointment stands on a day. Dates are half-open: valid_to is the first day without. Pure. */
export type Standing = 'now' | 'later' | 'over';

export function standingOf(row: { valid_from: string; valid_to: string | null }, today: string): Standing {
  if (row.valid_to !== null && (row.valid_to <= today || row.valid_to <= row.valid_from)) return 'over';
  return row.valid_from > today ? 'later' : 'now';
}

/** The server writes "until somebody unlocks" as a moment far away. */
const FOR_GOOD_YEAR = 2100;

export type Lock = 'open' | 'until' | 'good';

export function lockOf(lockedUntil: string | null, now: number): Lock {
  if (!lockedUntil) return 'open';
  const until = Date.parse(lockedUntil);
  if (Number.isNaN(until) || new Date(until).getUTCFullYear() >= FOR_GOOD_YEAR) return 'good';
  return until > now ? 'until' : 'open';
}
