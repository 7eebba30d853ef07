/** How many of a unit stand in a state. Pure. */
import type { Receipts, State } from './api';

export type Tally = Pick<Receipts, 'total' | 'read' | 'unread' | 'received' | 'difficulty' | 'transferred'>;

export function countIn(tally: Tally, state: State): number {
  if (state === 'unconfirmed') return tally.total - answered(tally);
  return tally[state];
}

export const answered = (tally: Tally): number => tally.received + tally.difficulty + tally.transferred;

/** What is asked for first: who has not answered, else who has not read. */
export function statesOf(receipts: Pick<Receipts, 'required'>): State[] {
  return receipts.required ? ['unconfirmed', 'received', 'difficulty', 'transferred', 'unread'] : ['unread', 'read'];
}
