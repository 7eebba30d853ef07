/**
 * When a message counts as read: at least half visible for one second in a focused window, told to the server at most
 * every two seconds. Pure: the clock comes in by argument.
 */
export const SEEN_AFTER_MS = 1000;
export const REPORT_EVERY_MS = 2000;

export class ReadTracker {
  private readonly since = new Map<number, number>();
  private seen = 0;
  private reported = 0;
  private lastReport = -Infinity;

  /** `reported` is the position the server already knows. */
  constructor(reported: number) {
    this.reported = reported;
    this.seen = reported;
  }

  /** The positions that are at least half visible now; an empty list when the window lost the focus. */
  look(visible: Iterable<number>, now: number): void {
    const current = new Set(visible);
    for (const seq of this.since.keys()) if (!current.has(seq)) this.since.delete(seq);
    for (const seq of current) {
      const start = this.since.get(seq);
      if (start === undefined) this.since.set(seq, now);
      else if (now - start >= SEEN_AFTER_MS) this.seen = Math.max(this.seen, seq);
    }
  }

  /** The position to send now, or null. */
  take(now: number): number | null {
    if (this.seen <= this.reported || now - this.lastReport < REPORT_EVERY_MS) return null;
    this.reported = this.seen;
    this.lastReport = now;
    return this.seen;
  }

  /** The server moved on without us (another device read further). */
  known(seq: number): void {
    this.reported = Math.max(this.reported, seq);
    this.seen = Math.max(this.seen, seq);
  }
}
