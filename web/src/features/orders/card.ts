/** What the card of an order says about its room. Pure. */
import type { Split } from './counts';

/** "已确认 36，已读 3，未触达 7" → figures; null where the card has none. */
export function figuresOf(text: string): Split | null {
  const [signed, read, unreached] = [...text.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  if (signed === undefined || read === undefined || unreached === undefined) return null;
  return { due: signed + read + unreached, signed, read, unreached };
}
