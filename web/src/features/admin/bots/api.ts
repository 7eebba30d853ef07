/** REST of bots. */
import { http } from '@/api/http';
import type { Page, Schemas } from '@/api/types';

export type Bot = Schemas['BotOut'];
export type BotDetail = Schemas['BotDetailOut'];
export type HookMade = Schemas['HookMadeOut'];
export type HookFields = Schemas['HookIn'];
export type Out = Schemas['OutOut'];
export type OutMade = Schemas['OutMadeOut'];
export type OutFields = Schemas['OutIn'];
export type OutCall = Schemas['OutCallOut'];
export type Reach = Schemas['ReachOut'];
export type Token = Schemas['TokenOut'];

export interface RoomChoice {
  room: string;
  name: string;
}

const part = encodeURIComponent;
const at = (id: string): string => `/admin/bots/${part(id)}`;

export const fetchBots = async (): Promise<Bot[]> => (await http.get<Page<Bot>>('/admin/bots')).items;
export const fetchBot = (id: string): Promise<BotDetail> => http.get<BotDetail>(at(id));
export const createBot = (body: Schemas['BotIn']): Promise<BotDetail> => http.post<BotDetail>('/admin/bots', body);
export const editBot = (bot: Bot, changes: Omit<Schemas['BotPatch'], 'version'>): Promise<BotDetail> =>
  http.patch<BotDetail>(at(bot.id), { ...changes, version: bot.version });
export const pauseBot = (id: string): Promise<BotDetail> => http.post<BotDetail>(`${at(id)}/pause`);
export const resumeBot = (id: string): Promise<BotDetail> => http.post<BotDetail>(`${at(id)}/resume`);
export const issueToken = (id: string): Promise<Token> => http.post<Token>(`${at(id)}/token`);
export const addRoom = (id: string, room: string): Promise<BotDetail> => http.post<BotDetail>(`${at(id)}/rooms`, { room_id: room });
export const removeRoom = (id: string, room: string): Promise<BotDetail> => http.delete<BotDetail>(`${at(id)}/rooms/${part(room)}`);
export const createHook = (id: string, body: HookFields): Promise<HookMade> => http.post<HookMade>(`${at(id)}/hooks`, body);
export const revokeHook = (id: string, hook: string): Promise<undefined> => http.delete<undefined>(`${at(id)}/hooks/${part(hook)}`);
export const fetchCalls = (id: string, failed: boolean, cursor?: string): Promise<Page<Schemas['CallOut']>> =>
  http.get<Page<Schemas['CallOut']>>(`${at(id)}/calls`, { failed, cursor });
export const dryRun = (id: string, room: string, text: string): Promise<Reach> =>
  http.post<Reach>(`${at(id)}/dry-run`, { room_id: room, payload: { text } });
export const createOut = (id: string, body: OutFields): Promise<OutMade> => http.post<OutMade>(`${at(id)}/outs`, body);
export const switchOut = (id: string, out: string, isEnabled: boolean): Promise<Out> =>
  http.patch<Out>(`${at(id)}/outs/${part(out)}`, { is_enabled: isEnabled });
export const removeOut = (id: string, out: string): Promise<undefined> => http.delete<undefined>(`${at(id)}/outs/${part(out)}`);
export const fetchOutCalls = async (id: string, out: string, state: string): Promise<OutCall[]> =>
  (await http.get<Page<OutCall>>(`${at(id)}/outs/${part(out)}/calls`, { state })).items;
export const replayOut = async (id: string, out: string, ids: string[] | null): Promise<number> =>
  (await http.post<Schemas['ReplayOut']>(`${at(id)}/outs/${part(out)}/replay`, { ids })).calls;
