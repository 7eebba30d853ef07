/** REST of attached apps, as those who register them use it. */
import { http } from '@/api/http';
import type { Page, Schemas } from '@/api/types';

export type App = Schemas['AppOut'];
export type AppSecret = Schemas['AppSecretOut'];

const of = (id: string, rest: string): string => `/admin/apps/${encodeURIComponent(id)}${rest}`;

export const fetchApps = async (): Promise<App[]> => (await http.get<Page<App>>('/admin/apps')).items;
export const registerApp = (name: string, callsPerMinute: number): Promise<AppSecret> => http.post<AppSecret>('/admin/apps', { name, calls_per_minute: callsPerMinute });
export const renewSecret = (id: string): Promise<AppSecret> => http.post<AppSecret>(of(id, '/secret'), {});
export const switchApp = (id: string, isEnabled: boolean): Promise<App> => http.post<App>(of(id, '/enabled'), { is_enabled: isEnabled });
export const fetchCalls = (id: string, refused: boolean, cursor?: string): Promise<Page<Schemas['AppCallsOut']>> => http.get<Page<Schemas['AppCallsOut']>>(of(id, '/calls'), { refused, cursor });
