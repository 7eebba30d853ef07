/**
 * Read positions of a room as a histogram: how many members stand at which position. A frame moves people from one
 * position to another; names never travel. Pure.
 */
export class Receipts {
  private readonly counts = new Map<number, number>();
  members = 0;

  reset(positions: Iterable<readonly [number, number]>, members?: number): void {
    this.counts.clear();
    let total = 0;
    for (const [seq, count] of positions) {
      this.counts.set(seq, (this.counts.get(seq) ?? 0) + count);
      total += count;
    }
    this.members = members ?? total;
  }

  move(from: number, to: number, count = 1): void {
    const left = (this.counts.get(from) ?? 0) - count;
    if (left > 0) this.counts.set(from, left);
    else this.counts.delete(from);
    this.counts.set(to, (this.counts.get(to) ?? 0) + count);
  }

  /** Others who have read position `seq`; `own` is the sender's own position, who does not count. */
  readBy(seq: number, own: number): number {
    let read = 0;
    for (const [at, count] of this.counts) if (at >= seq) read += count;
    return Math.max(0, Math.min(read - (own >= seq ? 1 : 0), this.others));
  }

  get others(): number {
    return Math.max(0, this.members - 1);
  }
}
