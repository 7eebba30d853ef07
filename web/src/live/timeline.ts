/**
 * One room's timeline: events in server order without gaps, and what later events say of each folded in: edits, recalls,
 * reactions, threads, pins. A page from the server is folded up to its position `at`; later events go on from there.
 * Pure: no clock, no network. Rows for the screen come from `rowsOf`, which joins own unsent messages by txn.
 */
import type { Content, LiveEvent } from './frames';
import { addReaction, addReply, loneRelation, type Reaction, type ThreadSummary, type Undone, undoneOf, undoReaction } from './relations';

export interface TimelineEvent extends LiveEvent {
  editedSeq?: number;
  isRedacted: boolean;
  redactedBy: string | null;
  /** Countable for unread: told by the server, or a message that is neither an edit nor a recall. */
  isCountable: boolean;
  reactions: readonly Reaction[];
  thread: ThreadSummary | null;
  isPinned: boolean;
  /** Position up to which later events are folded in. */
  foldedAt: number;
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
const SILENT = new Set(['m.reaction', 'm.room.redaction', 'm.poll.response', 'm.poll.end', 'org.tongzhou.card.action']);
const ASIDE = new Set(['m.replace', 'm.thread']);
const PINNED = 'm.room.pinned_events';
/** Relations to events that are not held: only pages that are on their way can still want them. */
const MOST_LOOSE = 2000;

/** Whether an event has its own row; edits, recalls, reactions, replies in threads and technical state do not. */
export function isShown(event: LiveEvent): boolean {
  if (event.state_key !== undefined && event.state_key !== null) return SHOWN_STATE.has(event.type);
  return !SILENT.has(event.type) && !ASIDE.has(relationOf(event.content).relType ?? '') && loneRelation(event.content) === null;
}

/** The root of the thread that an event is a reply in, also once it is recalled. */
export function threadOf(event: LiveEvent): string | null {
  const { relType, target } = relationOf(event.content);
  if (relType === 'm.thread') return target;
  const was = loneRelation(event.content);
  return was?.relType === 'm.thread' ? was.target : null;
}

function redactionTarget(event: LiveEvent): string | null {
  if (event.type !== 'm.room.redaction') return null;
  const inContent = event.content['redacts'];
  if (typeof inContent === 'string') return inContent;
  const beside = (event as Record<string, unknown>)['redacts'];
  return typeof beside === 'string' ? beside : null;
}

function decorate(event: LiveEvent, at: number | undefined): TimelineEvent {
  const isCountable = event.counts ?? (event.type === 'm.room.message' && isShown(event));
  const redacted = Boolean(event.redacted_by) || (event as Record<string, unknown>)['redacted'] !== undefined;
  const { edited_seq: edited, reactions, thread, pinned } = event as LiveEvent & {
    edited_seq?: unknown;
    reactions?: Reaction[];
    thread?: ThreadSummary | null;
    pinned?: boolean;
  };
  return {
    ...event,
    isRedacted: redacted,
    redactedBy: event.redacted_by ?? null,
    isCountable,
    reactions: reactions ?? [],
    thread: thread ?? null,
    isPinned: pinned === true,
    foldedAt: Math.max(at ?? 0, event.seq),
    ...(typeof edited === 'number' ? { editedSeq: edited } : {}),
  };
}

function recalledOf(target: TimelineEvent, event: LiveEvent): TimelineEvent {
  if (target.isRedacted) return target;
  const was = loneRelation(target.content) ?? relationOf(target.content);
  // A reply keeps its place in the thread.
  const content = was.relType === 'm.thread' ? { 'org.tongzhou.was': { rel_type: was.relType, event_id: was.target } } : {};
  const gone: TimelineEvent = { ...target, isRedacted: true, redactedBy: event.sender, content, reactions: [] };
  delete gone.editedSeq;
  return gone;
}

function editedOf(target: TimelineEvent, edit: LiveEvent): TimelineEvent {
  // Only the author's own edit counts, and the latest in server order wins.
  if (target.sender !== edit.sender || target.type !== edit.type || (target.editedSeq ?? 0) >= edit.seq) return target;
  const fresh = edit.content['m.new_content'];
  if (fresh === null || typeof fresh !== 'object') return target;
  const relation = target.content['m.relates_to'];
  const content = { ...(fresh as Content), ...(relation === undefined ? {} : { 'm.relates_to': relation }) };
  return { ...target, content, editedSeq: edit.seq };
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
  /** What was said of events that are not held, by their id. */
  private readonly loose = new Map<string, LiveEvent[]>();
  private looseCount = 0;
  private pins: { seq: number; ids: ReadonlySet<string> } | null = null;
  /** Events of which an edit was taken back: what they say now only the server knows. */
  readonly stale = new Set<string>();

  /** `root`: the replies of that thread instead of the room's own events; `me`: whose reactions are one's own. */
  constructor(
    private readonly me: string = '',
    private readonly root: string | null = null,
  ) {}

  private shows(event: LiveEvent): boolean {
    return this.root === null ? isShown(event) : threadOf(event) === this.root && !SILENT.has(event.type);
  }

  find(eventId: string): TimelineEvent | undefined {
    return this.byId.get(eventId);
  }

  /** A live frame with every event first..last. On 'gap' nothing was taken: fetch after `last` first. */
  applyFrame(first: number, last: number, events: readonly LiveEvent[]): Applied {
    if (!this.isLoaded || last <= this.last) return 'known';
    if (!this.isAtEnd) {
      // What is new lies beyond the range; what it says of older messages counts here too.
      this.take(events.filter((event) => !this.shows(event)));
      return 'known';
    }
    if (first > this.last + 1) return 'gap';
    this.take(events.filter((event) => event.seq > this.last));
    this.last = last;
    return 'applied';
  }

  /** The newest page; `last` is the room's position that it reaches. */
  reset(events: readonly LiveEvent[], last: number, isAtStart: boolean, at?: number): void {
    this.events = [];
    this.byId.clear();
    this.isLoaded = true;
    this.isAtStart = isAtStart;
    this.isAtEnd = true;
    this.last = Math.max(last, events[events.length - 1]?.seq ?? 0);
    this.take(events, at);
    this.first = this.events[0]?.seq ?? this.last + 1;
    this.pageStarts.clear();
    this.markStart();
  }

  /** The page around a message, in place of what was held. */
  resetAround(events: readonly LiveEvent[], last: number, isAtStart: boolean, isAtEnd: boolean, at?: number): void {
    this.reset(events, last, isAtStart, at);
    this.isAtEnd = isAtEnd;
  }

  /** The page after the held range, with later edits folded in; answers how many rows came behind. */
  applyNewer(events: readonly LiveEvent[], last: number, isAtEnd: boolean, at?: number): number {
    const count = this.events.length;
    this.take(events.filter((event) => event.seq > this.last), at);
    this.last = Math.max(this.last, last);
    this.isAtEnd = isAtEnd;
    return this.events.length - count;
  }

  /** An older page, put in front. */
  applyBefore(events: readonly LiveEvent[], isAtStart: boolean, at?: number): number {
    const count = this.events.length;
    this.take(events.filter((event) => event.seq < this.first), at);
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

  /** A folded event again, as the server has it now. */
  refresh(event: LiveEvent, at: number): void {
    this.stale.delete(event.event_id);
    const known = this.byId.get(event.event_id);
    if (known) this.swap(known, this.settle(decorate(event, at)));
  }

  /** `at`: the events are folded up to there; without it they are as they came. */
  private take(events: readonly LiveEvent[], at?: number): void {
    let isSorted = true;
    for (const event of events) {
      this.fold(event);
      if (!this.shows(event)) continue;
      const known = this.byId.get(event.event_id);
      if (known) {
        this.replaceEvent(known, event, at);
        continue;
      }
      const fresh = this.settle(decorate(event, at));
      this.byId.set(fresh.event_id, fresh);
      const tail = this.events[this.events.length - 1];
      if (tail && tail.seq > fresh.seq) isSorted = false;
      this.events.push(fresh);
    }
    if (!isSorted) this.events.sort((one, other) => one.seq - other.seq);
  }

  /** What the event says of others, applied to those that are held and kept for those that are not. */
  private fold(event: LiveEvent): void {
    if (event.type === PINNED && event.state_key === '') return this.pin(event);
    const recalled = redactionTarget(event);
    const { relType, target } = relationOf(event.content);
    const about = new Set<string>();
    if (recalled) {
      about.add(recalled);
      const undone = undoneOf(event.content);
      if (undone) about.add(undone.target);
    } else if (target && (ASIDE.has(relType ?? '') || (relType === 'm.annotation' && event.type === 'm.reaction'))) about.add(target);
    for (const id of about) {
      const known = this.byId.get(id);
      if (known) {
        const fresh = this.said(known, event);
        if (fresh !== known) this.swap(known, fresh);
      } else this.keep(id, event);
    }
  }

  private keep(id: string, event: LiveEvent): void {
    const kept = this.loose.get(id);
    if (kept) kept.push(event);
    else this.loose.set(id, [event]);
    this.looseCount += 1;
    while (this.looseCount > MOST_LOOSE) {
      const oldest = this.loose.entries().next().value;
      if (!oldest) return;
      this.loose.delete(oldest[0]);
      this.looseCount -= oldest[1].length;
    }
  }

  /** The target after an event about it; the same object when it changes nothing. */
  private said(target: TimelineEvent, event: LiveEvent): TimelineEvent {
    if (redactionTarget(event) === target.event_id) return recalledOf(target, event);
    // A page has it already, and perhaps what took it back again.
    if (event.seq <= target.foldedAt) return target;
    const next: TimelineEvent = { ...target, foldedAt: event.seq };
    const undone = undoneOf(event.content);
    if (event.type === 'm.room.redaction') return undone?.target === target.event_id ? this.undo(next, undone) : target;
    switch (relationOf(event.content).relType) {
      case 'm.replace':
        return target.isRedacted ? target : editedOf(next, event);
      case 'm.thread':
        return { ...next, thread: addReply(target.thread, event) };
      default:
        return target.isRedacted ? target : { ...next, reactions: addReaction(target.reactions, event, this.me) };
    }
  }

  private undo(target: TimelineEvent, undone: Undone): TimelineEvent {
    if (undone.relType === 'm.replace') this.stale.add(target.event_id);
    if (undone.relType === 'm.thread') return { ...target, thread: undone.thread };
    if (undone.relType === 'm.annotation' && !target.isRedacted) return { ...target, reactions: undoReaction(target.reactions, undone, this.me) };
    return target;
  }

  private pin(event: LiveEvent): void {
    if (event.seq <= (this.pins?.seq ?? 0)) return;
    const list = event.content['pinned'];
    this.pins = { seq: event.seq, ids: new Set(Array.isArray(list) ? list : []) };
    for (const known of this.byId.values()) this.swap(known, this.pinnedOf(known));
  }

  private pinnedOf(event: TimelineEvent): TimelineEvent {
    if (!this.pins) return event;
    const isPinned = this.pins.ids.has(event.event_id);
    return isPinned === event.isPinned ? event : { ...event, isPinned };
  }

  /** A new event after all that was said of it since its page was read. */
  private settle(event: TimelineEvent): TimelineEvent {
    const kept = this.loose.get(event.event_id) ?? [];
    this.loose.delete(event.event_id);
    this.looseCount -= kept.length;
    const settled = kept.reduce<TimelineEvent>((target, one) => this.said(target, one), event);
    return this.pins && this.pins.seq > event.foldedAt ? this.pinnedOf(settled) : settled;
  }

  private replaceEvent(known: TimelineEvent, event: LiveEvent, at: number | undefined): void {
    const fresh = decorate(event, at);
    // A page read before a live event must not take back what that said.
    if (known.foldedAt > fresh.foldedAt || (known.isRedacted && !fresh.isRedacted)) return;
    this.swap(known, this.settle(fresh));
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
