/** REST calls of rooms and messages; the one place that knows their paths and tolerates shape differences. */
import { http } from '@/api/http';
import type { Member, Page } from '@/api/types';

import { type LiveEvent, eventSchema, type RoomEntry, roomEntrySchema } from './frames';

const path = (room: string, rest = ''): string => `/rooms/${encodeURIComponent(room)}${rest}`;

export interface TimelinePage {
  events: LiveEvent[];
  /** Position that this page reaches, when the server says so. */
  last: number | null;
  isEnd: boolean;
}

interface RawPage {
  items: unknown[];
  next?: unknown;
  last?: number;
}

export async function fetchTimeline(
  room: string,
  query: { before?: number; after?: number; limit?: number },
): Promise<TimelinePage> {
  const limit = query.limit ?? 50;
  const raw = await http.get<RawPage>(path(room, '/timeline'), { ...query, limit });
  const events = raw.items
    .map((item) => eventSchema.safeParse(item))
    .flatMap((result) => (result.success ? [result.data] : []))
    .sort((one, other) => one.seq - other.seq);
  // A null is left out of the answer.
  const isEnd = raw.next === null || raw.next === undefined;
  return { events, last: typeof raw.last === 'number' ? raw.last : null, isEnd };
}

export async function fetchRooms(): Promise<RoomEntry[]> {
  const raw = await http.get<Page<unknown> | unknown[]>('/rooms', { limit: 500 });
  return (Array.isArray(raw) ? raw : raw.items)
    .map((item) => roomEntrySchema.safeParse(item))
    .flatMap((result) => (result.success ? [result.data] : []));
}

export async function fetchMembers(room: string): Promise<Member[]> {
  const raw = await http.get<Page<Member> | Member[]>(path(room, '/members'), { limit: 1000 });
  return Array.isArray(raw) ? raw : raw.items;
}

/** Take a message back; the room keeps a trace. */
export const recallMessage = (room: string, event: string): Promise<unknown> =>
  http.post(path(room, `/events/${encodeURIComponent(event)}/recall`), { reason: '' });

/** The direct room with a person; made at the first call. */
export async function openDirect(userId: string): Promise<string> {
  const room = await http.post<{ room: string }>('/rooms', { kind: 'direct', members: [userId] });
  return room.room;
}

export interface RoomDetail {
  room: string;
  name: string;
  kind: string;
  purpose?: string;
  ends_on?: string | null;
  members?: number;
  abilities?: Record<string, boolean>;
}

export const fetchRoom = (room: string): Promise<RoomDetail> => http.get<RoomDetail>(path(room));

interface RawReceipts {
  positions?: [number, number][] | Record<string, number>;
  items?: { seq: number; count: number }[];
  members?: number;
}

/** The histogram of read positions: [position, members there]. */
export async function fetchReceipts(room: string): Promise<{ positions: [number, number][]; members?: number }> {
  const raw = await http.get<RawReceipts>(path(room, '/receipts'));
  const list = raw.items
    ? raw.items.map((row): [number, number] => [row.seq, row.count])
    : Array.isArray(raw.positions)
      ? raw.positions
      : Object.entries(raw.positions ?? {}).map(([seq, count]): [number, number] => [Number(seq), count]);
  return typeof raw.members === 'number' ? { positions: list, members: raw.members } : { positions: list };
}

export interface ReceiptPerson extends Member {
  read_at?: string | number | null;
}

export interface EventReceipts {
  read: ReceiptPerson[];
  unread: ReceiptPerson[];
}

export const fetchEventReceipts = (room: string, event: string): Promise<EventReceipts> =>
  http.get<EventReceipts>(path(room, `/events/${encodeURIComponent(event)}/receipts`));
