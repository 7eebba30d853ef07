/** REST of rooms as their owners and members handle them. */
import { http } from '@/api/http';
import type { Schemas } from '@/api/types';

export type Tree = Schemas['TreeOut'];
export type Joinable = Schemas['JoinableOut'];
export type Foundable = Schemas['FoundableOut'];
export type RoomChanges = Partial<Schemas['RoomChangesIn']>;
export type Personal = Partial<Schemas['PersonalIn']>;
export type NewRoom = Pick<Schemas['RoomIn'], 'kind' | 'name'> & Partial<Schemas['RoomIn']>;

const path = (room: string, rest = ''): string => `/rooms/${encodeURIComponent(room)}${rest}`;
const member = (room: string, user: string): string => path(room, `/members/${encodeURIComponent(user)}`);

export const createRoom = (body: NewRoom): Promise<{ room: string }> => http.post(`/rooms`, body);
export const fetchFoundable = async (): Promise<Foundable[]> => (await http.get<{ items: Foundable[] }>('/rooms/standing')).items;
export const foundStanding = (body: Partial<Schemas['FoundIn']> & { unit_id: string }): Promise<{ room: string }> => http.post('/rooms/standing', body);
export const fetchJoinable = async (): Promise<Joinable[]> => (await http.get<{ items: Joinable[] }>('/rooms/joinable')).items;
export const joinRoom = (room: string): Promise<void> => http.post(path(room, '/join'));

export const changeRoom = (room: string, changes: RoomChanges): Promise<Schemas['RoomDetailOut']> => http.patch(path(room), changes);
export const setArchived = (room: string, archived: boolean): Promise<void> => http.post(path(room, archived ? '/archive' : '/restore'));
export const handOver = (room: string, user: string): Promise<void> => http.post(path(room, '/owner'), { user_id: user });
export const setRole = (room: string, user: string, role: 'admin' | 'member'): Promise<void> => http.put(`${member(room, user)}/role`, { role });
export const addMembers = (room: string, users: string[]): Promise<{ count: number }> => http.post(path(room, '/members'), { user_ids: users });
/** Take somebody out, or leave oneself. */
export const removeMember = (room: string, user: string): Promise<void> => http.delete(member(room, user));
export const putPersonal = (room: string, body: Personal): Promise<void> => http.put(path(room, '/settings'), body);

export const fetchTree = (room: string, query: { unit?: string; q?: string; cursor?: string | null; limit?: number } = {}): Promise<Tree> =>
  http.get<Tree>(path(room, '/members/tree'), query);
