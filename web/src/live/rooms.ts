/** A room as the conversation list shows it: positions and counts from the server, the last event as preview. Pure. */
import type { LiveEvent, RoomEntry } from './frames';
import { isShown, relationOf } from './timeline';

export interface Room extends RoomEntry {
  preview: LiveEvent | null;
  /** Position up to which this client has everything that it was told. */
  pos: number;
  lastTs: number;
  purpose?: string;
  /** The other of a direct room is a bot. */
  is_bot?: boolean;
  /** Messages that ask this person for an answer and have none. */
  toConfirm: number;
}

export function tsOf(value: number | string | null | undefined): number {
  if (typeof value === 'number') return value;
  return value ? Date.parse(value) || 0 : 0;
}

type Loose = Record<string, unknown>;

function previewOf(entry: Loose): LiveEvent | null {
  const raw = entry['preview'];
  const event = raw as Partial<LiveEvent> | null | undefined;
  return event && typeof event.event_id === 'string' && event.content ? (event as LiveEvent) : null;
}

export function mergeEntry(known: Room | undefined, entry: RoomEntry): Room {
  const loose = entry as Loose;
  const fresh = previewOf(loose);
  const preview = fresh && fresh.seq >= (known?.preview?.seq ?? 0) ? fresh : (known?.preview ?? null);
  const ts = tsOf((loose['ts'] as number | string | undefined) ?? preview?.ts);
  return {
    ...known,
    ...entry,
    read: Math.max(known?.read ?? 0, entry.read),
    preview,
    pos: known?.pos ?? entry.last,
    lastTs: Math.max(known?.lastTs ?? 0, ts),
    toConfirm: typeof loose['to_confirm'] === 'number' ? loose['to_confirm'] : (known?.toConfirm ?? 0),
    ...(typeof loose['purpose'] === 'string' ? { purpose: loose['purpose'] } : {}),
  };
}

/** As the server counts it: by name, with everybody, or because `read` stands before the message that is meant by @未读. */
export function mentionsMe(event: LiveEvent, me: string, read: number): boolean {
  if (relationOf(event.content).relType === 'm.replace') return false;
  const mentions = event.content['m.mentions'] as { user_ids?: unknown; room?: unknown } | undefined;
  const ours = event.content['org.tongzhou.mentions'] as { unread_seq?: unknown } | undefined;
  const isNamed = Array.isArray(mentions?.user_ids) && mentions.user_ids.includes(me);
  return isNamed || mentions?.room === true || (typeof ours?.unread_seq === 'number' && read < ours.unread_seq);
}

/** Whether a message asks those who get it for an answer (要求回执). */
export function asksAnswer(event: Pick<LiveEvent, 'content'>): boolean {
  const asked = event.content['org.tongzhou.confirm'] as { required?: unknown } | undefined;
  return asked?.required === true;
}

/** What a live frame changes in the list: head, counts, preview. Events at or before `pos` were counted before. */
export function advance(room: Room, last: number, events: readonly LiveEvent[], me: string): Room {
  const next: Room = { ...room, last: Math.max(room.last, last), pos: Math.max(room.pos, last) };
  for (const event of events) {
    if (event.seq <= room.pos) continue;
    next.n = Math.max(next.n, event.n ?? next.n);
    if (asksAnswer(event) && event.sender !== me) next.toConfirm += 1;
    const shown = isShown(event);
    const counts = event.counts ?? (shown && event.type === 'm.room.message');
    if (event.sender !== me && event.seq > next.read) {
      if (counts) next.unread += 1;
      if (mentionsMe(event, me, room.read)) next.mentions += 1;
    }
    if (event.type === 'm.room.name' && typeof event.content['name'] === 'string') next.name = event.content['name'];
    if (shown && (counts || !next.preview)) {
      next.preview = event;
      next.lastTs = Math.max(next.lastTs, tsOf(event.ts));
    } else if (!shown && next.preview) next.preview = editedPreview(next.preview, event);
  }
  return next;
}

function editedPreview(preview: LiveEvent, event: LiveEvent): LiveEvent {
  if (event.type === 'm.room.redaction' && event.content['redacts'] === preview.event_id) {
    return { ...preview, content: {}, redacted_by: event.sender };
  }
  const relation = relationOf(event.content);
  const fresh = event.content['m.new_content'];
  if (relation.relType !== 'm.replace' || relation.target !== preview.event_id || event.sender !== preview.sender) return preview;
  return fresh !== null && typeof fresh === 'object' ? { ...preview, content: fresh as Record<string, unknown> } : preview;
}

/** Own position moved: what is left unread comes from the open timeline, or nothing when the end was reached. */
export function markRead(room: Room, seq: number, unread: number | null): Room {
  if (seq <= room.read) return room;
  const left = seq >= room.last ? 0 : (unread ?? room.unread);
  return { ...room, read: seq, unread: left, mentions: left === 0 ? 0 : room.mentions };
}

export function byRecency(one: Room, other: Room): number {
  if (one.pinned !== other.pinned) return one.pinned ? -1 : 1;
  return other.lastTs - one.lastTs || other.last - one.last || one.name.localeCompare(other.name);
}
