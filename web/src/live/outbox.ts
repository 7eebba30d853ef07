/**
 * Own messages on their way: kept until the server has them, in order, under one txn each. Pure but for the storage
 * it is given. One stored entry per message, so that two tabs never overwrite each other's.
 */
import { resendDelay } from './backoff';
import { type Content, type LiveEvent } from './frames';
import { signatureOf } from './timeline';

export type SendState = 'queued' | 'sending' | 'acked' | 'failed';

export interface OutEntry {
  txn: string;
  room: string;
  event: string;
  content: Content;
  createdAt: number;
  state: SendState;
  /** Times it was put on the wire. */
  attempts: number;
  /** Not before this moment (ms). */
  nextAt: number;
  /** When it was last put on the wire, to find unanswered ones. */
  sentAt: number;
  /** Highest position known in the room when it was written; its own event comes after. */
  after: number;
  eventId?: string;
  seq?: number;
  ts?: number;
  errorCode?: string;
  errorMessage?: string;
  /** The secrecy gate's record, when that is why: one may appeal by it. */
  refusal?: string;
}

export interface KeyStore {
  keys(prefix: string): string[];
  read(key: string): unknown;
  write(key: string, value: unknown): boolean;
  remove(key: string): void;
}

export const MAX_TRIES = 3;
export const ACK_TIMEOUT_MS = 10_000;

function isEntry(value: unknown): value is OutEntry {
  const entry = value as Partial<OutEntry> | null;
  return typeof entry?.txn === 'string' && typeof entry.room === 'string' && typeof entry.content === 'object';
}

export class Outbox {
  private readonly entries = new Map<string, OutEntry>();
  private readonly prefix: string;
  private readonly store: KeyStore;

  constructor(user: string, store: KeyStore) {
    this.prefix = `tz.out.${user}.`;
    this.store = store;
    const loaded = store.keys(this.prefix).map((key) => store.read(key)).filter(isEntry);
    loaded.sort((one, other) => one.createdAt - other.createdAt || one.txn.localeCompare(other.txn));
    // What was on the wire when the page closed is sent again: the txn makes it one message.
    for (const entry of loaded) {
      const state = entry.state === 'failed' ? 'failed' : 'queued';
      this.entries.set(entry.txn, { ...entry, state, attempts: state === 'failed' ? entry.attempts : 0, nextAt: 0 });
    }
  }

  all(): OutEntry[] {
    return [...this.entries.values()];
  }

  inRoom(room: string): OutEntry[] {
    return this.all().filter((entry) => entry.room === room);
  }

  get(txn: string): OutEntry | undefined {
    return this.entries.get(txn);
  }

  /** Messages that wait for the line. */
  get waiting(): number {
    return this.all().filter((entry) => entry.state === 'queued' || entry.state === 'sending').length;
  }

  add(entry: Pick<OutEntry, 'txn' | 'room' | 'event' | 'content' | 'createdAt' | 'after'>): OutEntry {
    const fresh: OutEntry = { ...entry, state: 'queued', attempts: 0, nextAt: 0, sentAt: 0 };
    this.put(fresh);
    return fresh;
  }

  /** What may go on the wire now, oldest first. A room's later messages wait behind an earlier one that waits. */
  due(now: number): OutEntry[] {
    const held = new Set<string>();
    const due: OutEntry[] = [];
    for (const entry of this.entries.values()) {
      if (entry.state !== 'queued') continue;
      if (held.has(entry.room)) continue;
      if (entry.nextAt > now) held.add(entry.room);
      else due.push(entry);
    }
    return due;
  }

  /** The next moment at which `due` may have something, or null. */
  nextDue(): number | null {
    const times = this.all().filter((entry) => entry.state === 'queued').map((entry) => entry.nextAt);
    return times.length > 0 ? Math.min(...times) : null;
  }

  markSent(txn: string, now: number): void {
    this.change(txn, (entry) => ({ ...entry, state: 'sending', attempts: entry.attempts + 1, sentAt: now }));
  }

  /** The server has it. The entry stays until its event is in the timeline, but leaves the storage at once. */
  ack(txn: string, eventId: string, seq: number, ts: number): void {
    const entry = this.entries.get(txn);
    if (!entry) return;
    this.entries.set(txn, { ...entry, state: 'acked', eventId, seq, ts });
    this.store.remove(this.prefix + txn);
  }

  /** The server said no. With a delay it is tried again by itself, else it stays in place as failed. */
  refuse(txn: string, code: string, message: string, retryAfterMs: number | null, now: number, refusal?: string): void {
    this.change(txn, (entry) => {
      const again = retryAfterMs !== null && entry.attempts < MAX_TRIES;
      return again
        ? { ...entry, state: 'queued', nextAt: now + retryAfterMs, errorCode: code, errorMessage: message }
        : { ...entry, state: 'failed', errorCode: code, errorMessage: message, ...(refusal ? { refusal } : {}) };
    });
  }

  /** The line broke: what was unanswered goes again, and the attempt is not counted against it. */
  lineLost(): void {
    for (const entry of this.all()) {
      if (entry.state === 'sending') {
        this.put({ ...entry, state: 'queued', attempts: Math.max(0, entry.attempts - 1), nextAt: 0 });
      }
    }
  }

  /** Unanswered for too long while the line is up: three tries with growing pauses, then failed. */
  expire(now: number, message: string): boolean {
    let changed = false;
    for (const entry of this.all()) {
      if (entry.state !== 'sending' || now - entry.sentAt < ACK_TIMEOUT_MS) continue;
      changed = true;
      if (entry.attempts >= MAX_TRIES) this.put({ ...entry, state: 'failed', errorCode: 'timeout', errorMessage: message });
      else this.put({ ...entry, state: 'queued', nextAt: now + resendDelay(entry.attempts) });
    }
    return changed;
  }

  retry(txn: string): void {
    this.change(txn, (entry) => ({ ...entry, state: 'queued', attempts: 0, nextAt: 0 }));
  }

  remove(txn: string): void {
    this.entries.delete(txn);
    this.store.remove(this.prefix + txn);
  }

  private change(txn: string, how: (entry: OutEntry) => OutEntry): void {
    const entry = this.entries.get(txn);
    if (entry) this.put(how(entry));
  }

  private put(entry: OutEntry): void {
    this.entries.set(entry.txn, entry);
    this.store.write(this.prefix + entry.txn, entry);
  }
}

/**
 * Which timeline event is which unsent entry: by txn or event id when known, else the earliest own event after the
 * entry was written with the same text. Answers event id → txn.
 */
export function matchOutbox(entries: readonly OutEntry[], events: readonly LiveEvent[], me: string): Map<string, string> {
  const matches = new Map<string, string>();
  if (entries.length === 0) return matches;
  const taken = new Set<string>();
  for (const entry of entries) {
    const sure = events.find((event) => event.txn === entry.txn || (entry.eventId && event.event_id === entry.eventId));
    if (sure) {
      matches.set(sure.event_id, entry.txn);
      taken.add(entry.txn);
    }
  }
  for (const entry of entries) {
    if (taken.has(entry.txn) || entry.eventId || entry.attempts === 0) continue;
    const signature = signatureOf(entry.event, entry.content);
    const likely = events.find(
      (event) =>
        event.sender === me &&
        event.seq > entry.after &&
        !matches.has(event.event_id) &&
        signatureOf(event.type, event.content) === signature,
    );
    if (likely) matches.set(likely.event_id, entry.txn);
  }
  return matches;
}
