import { http } from '@/api/http';
import type { Schemas } from '@/api/types';

export const KINDS = ['orders', 'decisions', 'mentions', 'files'] as const;
export type Kind = (typeof KINDS)[number];
export type Filtered = Schemas['FilteredOut'];

/** Only events of these kinds, oldest first; `next` goes on further back. */
export const fetchFiltered = (room: string, kinds: readonly Kind[], before?: string): Promise<Filtered> =>
  http.get<Filtered>(`/rooms/${encodeURIComponent(room)}/filtered`, { kinds: kinds.join(','), before, limit: 50 });
