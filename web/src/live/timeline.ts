/**
 * One room's timeline: events in server order without gaps, edits and recalls folded into what they change.
 * Pure: no clock, no network. Rows for the screen come from `rowsOf`, which joins own unsent messages by txn.
 */
import type { Content, LiveEvent } from './frames';

export interface TimelineEvent extends LiveEvent {
  editedSeq?: number;
  isRedacted: boolean;
  redactedBy: string | null;
  /** Countable for unread: told by the server, or a message that is neither an edit nor a recall. */
  isCountable: boolean;
}

export type Applied = 'applied' | 'known' | 'gap';

interface Relation {
  relType: string | null;
  target: string | null;
  replyTo: string | null;
}

export function relationOf(content: Content): Relation {
  const raw = content['m.relates_to'];
  const relation = (raw !== null && typeof raw === 'object' ? raw : {}) as Record<string, unknown>;
  const reply = relation['m.in_reply_to'] as { event_id?: unknown } | undefined;
  return {
    relType: typeof relation['rel_type'] === 'string' ? relation['rel_type'] : null,
    target: typeof relation['event_id'] === 'string' ? relation['event_id'] : null,
    replyTo: typeof reply?.event_id === 'string' ? reply.event_id : null,
  };
}

const SHOWN_STATE = new Set(['m.room.member', 'm.room.name', 'm.room.topic']);
const SILENT = new Set(['m.reaction', 'm.room.redaction', 'org.tongzhou.card.action']);

/** Whether an event has its own row; edits, recalls, reactions and technical state do not. */
export function isShown(event: LiveEvent): boolean {
  if (event.state_key !== undefined && event.state_key !== null) return SHOWN_STATE.has(event.type);
  return !SILENT.has(event.type) && relationOf(event.content).relType !== 'm.replace';
}

function redactionTarget(event: LiveEvent): string | null {
  if (event.type !== 'm.room.redaction') return null;
  const inContent = event.content['redacts'];
  if (typeof inContent === 'string') return inContent;
  const beside = (event as Record<string, unknown>)['redacts'];
  return typeof beside === 'string' ? beside : null;
}

function decorate(event: LiveEvent): TimelineEvent {
  const isCountable = event.counts ?? (event.type === 'm.room.message' && isShown(event));
  const redacted = Boolean(event.redacted_by) || (event as Record<string, unknown>)['redacted'] !== undefined;
  const edited = (event as Record<string, unknown>)['edited_seq'];
  return {
    ...event,
    isRedacted: redacted,
    redactedBy: event.redacted_by ?? null,
    isCountable,
    ...(typeof edited === 'number' ? { editedSeq: edited } : {}),
  };
}

export class Timeline {
  /** Shown events, ascending by seq. */
  events: TimelineEvent[] = [];
  /** Everything after `first` − 1 up to `last` is known; both 0 before the first page. */
  first = 0;
  last = 0;
  isAtStart = false;
  /** False while the range ends before the room's newest event: around a message that was searched for. */
  isAtEnd = true;
  isLoaded = false;
  /** First events of pages: they keep their header, so that a page put in front changes no row below it. */
  readonly pageStarts = new Set<string>();
  private readonly byId = new Map<string, TimelineEvent>();
  // An edit can arrive before the older page that holds its target: kept until then.
  private readonly looseEdits = new Map<string, LiveEvent>();
  private readonly looseRecalls = new Map<string, LiveEvent>();

  find(eventId: string): TimelineEvent | undefined {
    return this.byId.get(eventId);
  }

  /** A live frame with every event first..last. On 'gap' nothing was taken: fetch after `last` first. */
  applyFrame(first: number, last: number, events: readonly LiveEvent[]): Applied {
    if (!this.isLoaded || last <= this.last) return 'known';
    if (!this.isAtEnd) {
      // What is new lies beyond the range; what it says of older messages counts here too.
      this.take(events.filter((event) => !isShown(event)));
      return 'known';
    }
    if (first > this.last + 1) return 'gap';
    this.take(events.filter((event) => event.seq > this.last));
    this.last = last;
    return 'applied';
  }

  /** The newest page; `last` is the room's position that it reaches. */
  reset(events: readonly LiveEvent[], last: number, isAtStart: boolean): void {
    this.events = [];
    this.byId.clear();
    this.isLoaded = true;
    this.isAtStart = isAtStart;
    this.isAtEnd = true;
    this.last = Math.max(last, events[events.length - 1]?.seq ?? 0);
    this.take(events);
    this.first = this.events[0]?.seq ?? this.last + 1;
    this.pageStarts.clear();
    this.markStart();
  }

  /** The page around a message, in place of what was held. */
  resetAround(events: readonly LiveEvent[], last: number, isAtStart: boolean, isAtEnd: boolean): void {
    this.reset(events, last, isAtStart);
    this.isAtEnd = isAtEnd;
  }

  /** The page after the held range, with later edits folded in; answers how many rows came behind. */
  applyNewer(events: readonly LiveEvent[], last: number, isAtEnd: boolean): number {
    const count = this.events.length;
    this.take(events.filter((event) => event.seq > this.last));
    this.last = Math.max(this.last, last);
    this.isAtEnd = isAtEnd;
    return this.events.length - count;
  }

  /** An older page, put in front. */
  applyBefore(events: readonly LiveEvent[], isAtStart: boolean): number {
    const count = this.events.length;
    this.take(events.filter((event) => event.seq < this.first));
    this.first = Math.min(this.first, events[0]?.seq ?? this.first, this.events[0]?.seq ?? this.first);
    this.isAtStart = isAtStart;
    this.markStart();
    return this.events.length - count;
  }

  private markStart(): void {
    const start = this.events[0];
    if (start) this.pageStarts.add(start.event_id);
  }

  /** A page after `last`; `through` is the position that it reaches. */
  applyAfter(events: readonly LiveEvent[], through: number): void {
    this.take(events);
    this.last = Math.max(this.last, through, events[events.length - 1]?.seq ?? 0);
  }

  private take(events: readonly LiveEvent[]): void {
    let isSorted = true;
    for (const event of events) {
      if (this.fold(event) || !isShown(event)) continue;
      const known = this.byId.get(event.event_id);
      if (known) {
        this.replaceEvent(known, event);
        continue;
      }
      const fresh = this.settle(decorate(event));
      this.byId.set(fresh.event_id, fresh);
      const tail = this.events[this.events.length - 1];
      if (tail && tail.seq > fresh.seq) isSorted = false;
      this.events.push(fresh);
    }
    if (!isSorted) this.events.sort((one, other) => one.seq - other.seq);
  }

  /** Apply an edit or recall to its target; true when the event was one. */
  private fold(event: LiveEvent): boolean {
    const recalled = redactionTarget(event);
    if (recalled) {
      const target = this.byId.get(recalled);
      if (target) this.swap(target, { ...target, isRedacted: true, redactedBy: event.sender, content: {} });
      else this.looseRecalls.set(recalled, event);
      return true;
    }
    const { relType, target } = relationOf(event.content);
    if (relType !== 'm.replace' || !target) return false;
    const known = this.byId.get(target);
    if (known) this.edit(known, event);
    else if ((this.looseEdits.get(target)?.seq ?? 0) < event.seq) this.looseEdits.set(target, event);
    return true;
  }

  private edit(target: TimelineEvent, edit: LiveEvent): TimelineEvent {
    // Only the author's own edit counts, and the latest in server order wins.
    if (target.sender !== edit.sender || target.isRedacted || (target.editedSeq ?? 0) >= edit.seq) return target;
    const fresh = edit.content['m.new_content'];
    if (fresh === null || typeof fresh !== 'object') return target;
    const relation = target.content['m.relates_to'];
    const content = { ...(fresh as Content), ...(relation === undefined ? {} : { 'm.relates_to': relation }) };
    return this.swap(target, { ...target, content, editedSeq: edit.seq });
  }

  private settle(event: TimelineEvent): TimelineEvent {
    let settled = event;
    const edit = this.looseEdits.get(event.event_id);
    if (edit) {
      this.looseEdits.delete(event.event_id);
      if (settled.sender === edit.sender && !settled.isRedacted && (settled.editedSeq ?? 0) < edit.seq) {
        const fresh = edit.content['m.new_content'];
        if (fresh !== null && typeof fresh === 'object') {
          settled = { ...settled, content: fresh as Content, editedSeq: edit.seq };
        }
      }
    }
    const recall = this.looseRecalls.get(event.event_id);
    if (recall) {
      this.looseRecalls.delete(event.event_id);
      settled = { ...settled, isRedacted: true, redactedBy: recall.sender, content: {} };
    }
    return settled;
  }

  private replaceEvent(known: TimelineEvent, event: LiveEvent): void {
    const fresh = decorate(event);
    // A page read before a live edit must not take the edit back.
    if ((known.editedSeq ?? 0) > (fresh.editedSeq ?? 0) || (known.isRedacted && !fresh.isRedacted)) return;
    this.swap(known, fresh);
  }

  /** New objects for changed rows, so that the view sees which row changed. */
  private swap(known: TimelineEvent, fresh: TimelineEvent): TimelineEvent {
    this.byId.set(fresh.event_id, fresh);
    const index = this.indexOfSeq(known.seq);
    if (index >= 0) this.events[index] = fresh;
    return fresh;
  }

  private indexOfSeq(seq: number): number {
    let low = 0;
    let high = this.events.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = this.events[middle]?.seq ?? 0;
      if (at === seq) return middle;
      if (at < seq) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Countable events of others after a position: the unread count of an open room. */
  unreadAfter(seq: number, me: string): number {
    let count = 0;
    for (let index = this.events.length - 1; index >= 0; index -= 1) {
      const event = this.events[index];
      if (!event || event.seq <= seq) break;
      if (event.isCountable && event.sender !== me) count += 1;
    }
    return count;
  }
}

/** The parts of a message that survive the server's storage, to match an own event whose acknowledgement is late. */
export function signatureOf(type: string, content: Content): string {
  const { target, replyTo } = relationOf(content);
  return JSON.stringify([type, content['msgtype'] ?? '', content['body'] ?? '', target, replyTo]);
}
