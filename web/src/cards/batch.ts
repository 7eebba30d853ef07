/** Which cards to ask about, and when: together, jittered, at most once a second. Pure but for the timer it is given. */
export interface CardRef {
  room: string;
  event: string;
}

export const MIN_GAP_MS = 1000;
export const JITTER_MS = 250;

export function refKey(ref: CardRef): string {
  return `${ref.room} ${ref.event}`;
}

export class CardBatch {
  private readonly wanted = new Map<string, CardRef>();
  private readonly versions = new Map<string, number>();
  private lastAsk = -Infinity;
  private planned: number | null = null;

  /** A card is on screen with this version; answers the delay after which `take` should be called, or null. */
  want(ref: CardRef, version: number, now: number, random: () => number = Math.random): number | null {
    const key = refKey(ref);
    if ((this.versions.get(key) ?? -1) >= version) return null;
    this.versions.set(key, version);
    return this.plan(key, ref, now, random);
  }

  /** Ask again whatever the version: after an act of one's own or a reconnect. */
  again(ref: CardRef, now: number, random: () => number = Math.random): number | null {
    return this.plan(refKey(ref), ref, now, random);
  }

  take(now: number): CardRef[] {
    const refs = [...this.wanted.values()];
    this.wanted.clear();
    this.planned = null;
    this.lastAsk = now;
    return refs;
  }

  /** The question failed: the next sight of the card asks again. */
  forget(refs: readonly CardRef[]): void {
    for (const ref of refs) this.versions.delete(refKey(ref));
  }

  private plan(key: string, ref: CardRef, now: number, random: () => number): number | null {
    this.wanted.set(key, ref);
    if (this.planned !== null) return null;
    this.planned = Math.max(now, this.lastAsk + MIN_GAP_MS) + random() * JITTER_MS;
    return Math.round(this.planned - now);
  }
}
