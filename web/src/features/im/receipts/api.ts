/** REST of receipts: counts by unit for all, names for those who may see them. Never a time. */
import { http } from '@/api/http';
import type { Schemas } from '@/api/types';

export type Receipts = Schemas['ReceiptsOut'];
export type Addressee = Schemas['AddresseeOut'];
export type Confirmation = Schemas['ConfirmationOut'];
export type State = 'read' | 'unread' | 'unconfirmed' | 'received' | 'difficulty' | 'transferred';

const path = (room: string, event: string, rest: string): string => `/rooms/${encodeURIComponent(room)}/events/${encodeURIComponent(event)}${rest}`;

export const fetchReceiptsOf = (room: string, event: string): Promise<Receipts> => http.get(path(room, event, '/receipts'));
export const fetchAddressees = (room: string, event: string, query: { state: State; unit?: string; cursor?: string | null; limit?: number }): Promise<{ items: Addressee[]; next: string | null }> =>
  http.get(path(room, event, '/receipts/people'), query);
export const sheetUrl = (room: string, event: string): string => `/api/v1${path(room, event, '/receipts.csv')}`;
export const fetchConfirmation = (room: string, event: string): Promise<Confirmation> => http.get(path(room, event, '/confirmations'));
export const confirmEvent = (room: string, event: string, body: { answer: string; note?: string; handed_to?: string }): Promise<Confirmation> =>
  http.post(path(room, event, '/confirmations'), body);
export const remind = (room: string, event: string, of: 'unread' | 'unconfirmed'): Promise<{ reached: number; next_reminder: number | null }> =>
  http.post(path(room, event, '/reminders'), { of });
