/** REST calls of the search. */
import { http } from '@/api/http';
import type { Schemas } from '@/api/types';

export type Found = Schemas['SearchOut'];
export type MessageHit = Schemas['HitOut'];
export type RoomHit = Schemas['FoundRoomOut'];
export type PersonHit = Schemas['FoundPersonOut'];
export type Kind = 'message' | 'file' | 'person' | 'room';

export interface Filters {
  room: string | null;
  sender: string | null;
  unit: string | null;
  from: string;
  to: string;
}

export const search = (
  q: string,
  filters: Filters,
  more: { kind?: Kind; cursor?: string | null },
  signal: AbortSignal,
): Promise<Found> => http.get<Found>('/search', { q, ...filters, ...more }, { signal });
