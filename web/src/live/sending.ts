/** Own messages between the composer and the timeline: put on the wire, answered, matched, shown meanwhile. */
import { ref } from 'vue';

import { randomId } from '@/api/http';
import { t } from '@/i18n';
import { readStored, removeStored, storedKeys, writeStored } from '@/lib/storage';

import type { Ack, Content, FrameOf, LiveEvent } from './frames';
import { matchOutbox, Outbox, type OutEntry } from './outbox';
import { tsOf } from './rooms';
import type { LiveState, RoomView } from './state';
import { relationOf } from './timeline';

export interface ShownRows {
  events: LiveEvent[];
  pending: OutEntry[];
  /** event id → txn of events that have just taken an entry's place. */
  keys: Map<string, string>;
  isAtStart: boolean;
  pageStarts: ReadonlySet<string>;
}

/** Own entries can only match among the newest events. */
const TAIL = 100;

const relTypeOf = (entry: OutEntry): string | null => relationOf(entry.content).relType;
const isReply = (entry: OutEntry): boolean => relTypeOf(entry) === 'm.thread';
/** Whether the entry stands in the room's timeline. An edit that failed does, so that its words are not lost. */
const isRow = (entry: OutEntry): boolean => !isReply(entry) && (relTypeOf(entry) !== 'm.replace' || entry.state === 'failed');

export class Sending {
  /** Raised with each change of the outbox. */
  readonly version = ref(0);
  private outbox: Outbox | null = null;
  /** Ids of the newest own events that came. */
  private readonly arrivedIds = new Set<string>();
  private pumpTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly state: LiveState,
    /** Puts a frame on the wire; false when the line is down. */
    private readonly put: (frame: Record<string, unknown>) => boolean,
    private readonly onStray: (message: string) => void,
    private readonly onAcked: (entry: OutEntry) => void = () => undefined,
  ) {}

  reset(user: string): void {
    const store = { keys: storedKeys, read: (key: string) => readStored(key), write: writeStored, remove: removeStored };
    this.outbox = user ? new Outbox(user, store) : null;
    this.changed();
  }

  get waiting(): number {
    return this.outbox?.waiting ?? 0;
  }

  send(room: string, content: Content, event: string): string {
    if (!this.outbox) return '';
    const txn = randomId('w');
    const known = Math.max(this.state.rooms.get(room)?.pos ?? 0, this.state.views.get(room)?.timeline.last ?? 0);
    this.outbox.add({ txn, room, event, content, createdAt: Date.now(), after: known });
    this.changed(room);
    this.pump();
    return txn;
  }

  /** Put on the wire what may go now. */
  pump(): void {
    if (!this.outbox) return;
    const now = Date.now();
    for (const entry of this.outbox.due(now)) {
      const frame = { type: 'send', txn: entry.txn, room: entry.room, event: entry.event, content: entry.content };
      if (!this.put(frame)) return;
      this.outbox.markSent(entry.txn, now);
      this.changed(entry.room);
    }
    clearTimeout(this.pumpTimer);
    const next = this.outbox.nextDue();
    if (next !== null && next > now) this.pumpTimer = setTimeout(() => this.pump(), next - now);
  }

  /** Called each second while the line is up. */
  tick(): void {
    if (this.outbox?.expire(Date.now(), t('im.send.timeout'))) this.changed();
    this.pump();
  }

  lineLost(): void {
    this.outbox?.lineLost();
    this.changed();
  }

  /** The server dropped what it had queued for us, acknowledgements too: ask again under the same txn. */
  resumed(): void {
    this.lineLost();
    this.pump();
  }

  onAcks(acks: Ack[]): void {
    if (acks.length === 0) return;
    for (const item of acks) {
      this.outbox?.ack(item.txn, item.event_id, item.seq, tsOf(item.ts));
      const entry = this.outbox?.get(item.txn);
      if (!entry) continue;
      this.onAcked(entry);
      // Its event came first, or has no place in the timeline: nothing else will take the entry's place.
      if (!isRow(entry) && (this.arrivedIds.has(item.event_id) || !isReply(entry))) this.outbox?.remove(item.txn);
    }
    this.changed();
    for (const room of new Set(acks.map((item) => item.room))) {
      const view = this.state.views.get(room);
      if (view) this.settle(room, view);
      this.state.touch(room);
    }
  }

  onRefused(frame: FrameOf<'refused'>): void {
    const room = frame.txn ? this.outbox?.get(frame.txn)?.room : undefined;
    if (!frame.txn || room === undefined) {
      if (frame.message) this.onStray(frame.message);
      return;
    }
    const delay = frame.retry_after_ms ?? null;
    this.outbox?.refuse(frame.txn, frame.code, frame.message || t('im.send.refused'), delay, Date.now(), frame.refusal ?? undefined);
    this.changed(room);
    this.pump();
  }

  /** Own events that arrived take the place of their entries. */
  settle(room: string, view: RoomView): void {
    if (!this.outbox) return;
    for (const entry of this.outbox.inRoom(room)) {
      const event = entry.eventId ? view.timeline.find(entry.eventId) : undefined;
      if (!event) continue;
      event.txn = entry.txn;
      this.outbox.remove(entry.txn);
      this.changed();
    }
  }

  /** Replies in threads and edits have no row in the room that could take their entry's place. */
  arrived(room: string, events: readonly LiveEvent[]): void {
    for (const event of events) {
      if (event.sender !== this.state.user) continue;
      this.arrivedIds.add(event.event_id);
      const entry = this.outbox?.inRoom(room).find((one) => one.eventId === event.event_id && !isRow(one));
      if (entry) this.outbox?.remove(entry.txn);
    }
    for (const id of this.arrivedIds) if (this.arrivedIds.size > TAIL) this.arrivedIds.delete(id);
    this.changed(room);
  }

  /** Own replies in a thread that are not among its events yet. Reactive. */
  pendingIn(room: string, root: string): OutEntry[] {
    const entries = this.version.value >= 0 ? (this.outbox?.inRoom(room) ?? []) : [];
    return entries.filter((entry) => isReply(entry) && relationOf(entry.content).target === root && !this.arrivedIds.has(entry.eventId ?? ''));
  }

  retry(txn: string): void {
    this.outbox?.retry(txn);
    this.changed(this.outbox?.get(txn)?.room);
    this.pump();
  }

  discard(txn: string): void {
    const room = this.outbox?.get(txn)?.room;
    this.outbox?.remove(txn);
    this.changed(room);
  }

  /** What a room shows: timeline events, and own messages that are not among them yet. Reactive. */
  rowsOf(room: string): ShownRows {
    const view = this.state.views.get(room);
    const depends = (view?.version ?? 0) + this.version.value;
    if (!view || depends < 0) return { events: [], pending: [], keys: new Map(), isAtStart: false, pageStarts: new Set() };
    const { isAtStart, pageStarts } = view.timeline;
    const entries = (this.outbox?.inRoom(room) ?? []).filter(isRow);
    const keys = matchOutbox(entries, view.timeline.events.slice(-TAIL), this.state.user);
    const matched = new Set(keys.values());
    const pending = entries.filter((entry) => !matched.has(entry.txn));
    return { events: view.timeline.events, pending, keys, isAtStart, pageStarts };
  }

  private changed(room?: string): void {
    this.version.value += 1;
    if (room) this.state.touch(room);
  }
}
