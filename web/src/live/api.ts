/** REST calls of rooms and messages; the one place that knows their paths. */
import { http } from '@/api/http';
import type { Member, Page, Schemas } from '@/api/types';

import { type LiveEvent, eventSchema, type RoomEntry, roomEntrySchema } from './frames';

const path = (room: string, rest = ''): string => `/rooms/${encodeURIComponent(room)}${rest}`;

export interface TimelinePage {
  events: LiveEvent[];
  /** Position that this page reaches. */
  last: number;
  isEnd: boolean;
  /** Position up to which later events are folded in; none when the page holds every event as it is. */
  at?: number;
}

const foldedUpTo = (raw: { at?: number }): { at?: number } => (raw.at ? { at: raw.at } : {});

export async function fetchTimeline(
  room: string,
  query: { before?: number; after?: number; limit?: number },
): Promise<TimelinePage> {
  const limit = query.limit ?? 50;
  const raw = await http.get<Schemas['TimelineOut']>(path(room, '/timeline'), { ...query, limit });
  const events = raw.items
    .map((item) => eventSchema.safeParse(item))
    .flatMap((result) => (result.success ? [result.data] : []))
    .sort((one, other) => one.seq - other.seq);
  return { events, last: raw.last, isEnd: raw.next === null, ...foldedUpTo(raw) };
}

export interface ContextPage extends TimelinePage {
  /** The event in the middle: the asked one, the root of its thread, or the message that it edits. */
  event: string;
  isNewest: boolean;
}

/** The page around an event, edits folded in. */
export async function fetchContext(room: string, query: { event: string; before?: number; after?: number }): Promise<ContextPage> {
  const raw = await http.get<Schemas['ContextOut']>(path(room, '/context'), query);
  const events = raw.items
    .map((item) => eventSchema.safeParse(item))
    .flatMap((result) => (result.success ? [result.data] : []));
  return { events, last: raw.last, isEnd: raw.next === null, event: raw.event, isNewest: raw.at_end, ...foldedUpTo(raw) };
}

export async function fetchRooms(): Promise<RoomEntry[]> {
  const raw = await http.get<Schemas['RoomsOut']>('/rooms');
  return raw.items
    .map((item) => roomEntrySchema.safeParse(item))
    .flatMap((result) => (result.success ? [result.data] : []));
}

export async function fetchMembers(room: string): Promise<Member[]> {
  return (await http.get<Page<Member>>(path(room, '/members'))).items;
}

/** Take a message back; the room keeps a trace. */
export const recallMessage = (room: string, event: string): Promise<unknown> =>
  http.post(path(room, `/events/${encodeURIComponent(event)}/recall`), { reason: '' });

/** The direct room with a person; made at the first call. */
export async function openDirect(userId: string): Promise<string> {
  const room = await http.post<{ room: string }>('/rooms', { kind: 'direct', members: [userId] });
  return room.room;
}

export type RoomDetail = Schemas['RoomDetailOut'];

export const fetchRoom = (room: string): Promise<RoomDetail> => http.get<RoomDetail>(path(room));

/** The histogram of read positions: [position, members there]. */
export const fetchReceipts = (room: string): Promise<Schemas['HistogramOut']> => http.get<Schemas['HistogramOut']>(path(room, '/receipts'));
