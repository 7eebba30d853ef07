/** REST of 通讯录: units in protocol order, people in the order of posts. */
import { http } from '@/api/http';
import type { Page, Schemas } from '@/api/types';

export type Level = Schemas['Level'];
export type UnitRow = Schemas['UnitOut'];
export type Relation = Schemas['RelationOut'];
export type UnitDetail = Schemas['UnitDetailOut'];
export type Person = Schemas['PersonOut'];
export type PersonCard = Schemas['PersonCardOut'];
export type Reveal = Schemas['RevealOut'];

const MOST = 200;

/** All pages of a list, at most `pages` of them. */
async function everything<T>(path: string, query: Record<string, string | number | undefined>, pages = 10): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const answer = await http.get<Page<T>>(path, { ...query, limit: MOST, cursor });
    found.push(...answer.items);
    if (!answer.next) break;
    cursor = answer.next;
  }
  return found;
}

/** Units below one, or the roots. */
export const fetchUnits = (parent: string | null): Promise<UnitRow[]> =>
  everything<UnitRow>('/directory/units', parent ? { parent } : {});

export const searchUnits = async (q: string, signal?: AbortSignal): Promise<UnitRow[]> =>
  (await http.get<Page<UnitRow>>('/directory/units', { q, limit: 30 }, signal ? { signal } : {})).items;

export const fetchUnit = (id: string): Promise<UnitDetail> => http.get<UnitDetail>(`/directory/units/${encodeURIComponent(id)}`);

export const fetchPeopleOf = (unit: string): Promise<Person[]> =>
  everything<Person>(`/directory/units/${encodeURIComponent(unit)}/people`, {});

export const searchPeople = async (q: string, signal?: AbortSignal): Promise<Person[]> =>
  (await http.get<Page<Person>>('/directory/people', { q, limit: 50 }, signal ? { signal } : {})).items;

export const fetchPerson = (userId: string): Promise<PersonCard> =>
  http.get<PersonCard>(`/directory/people/${encodeURIComponent(userId)}`);

export const revealPhone = async (userId: string): Promise<string> =>
  (await http.post<{ phone: string }>(`/directory/people/${encodeURIComponent(userId)}/reveal-phone`)).phone;

export const fetchReveals = async (): Promise<Reveal[]> => (await http.get<Page<Reveal>>('/directory/phone-reveals')).items;

/** The room of a talk with one person; the same one is found again. */
export const openDirect = async (userId: string): Promise<string> =>
  (await http.post<{ room: string }>('/rooms', { kind: 'direct', members: [userId] })).room;

export const createWorkRoom = async (name: string, members: string[]): Promise<string> =>
  (await http.post<{ room: string }>('/rooms', { kind: 'work', name, members })).room;
