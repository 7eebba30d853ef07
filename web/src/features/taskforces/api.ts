/** REST of task forces. */
import { http } from '@/api/http';
import type { Page, Schemas } from '@/api/types';

import type { ColourCode } from '../items/api';

export type TaskForce = Schemas['TaskForceOut'];
export type NewForce = Schemas['NewTaskForceIn'];

type Counts = Record<ColourCode, number>;
/** The generator does not read `propertyNames`, which say that every colour is counted. */
export type Kpi = Omit<Schemas['KpiOut'], 'counts' | 'deltas'> & { counts: Counts; deltas: Counts | null };
export type Wall = Omit<Schemas['WallOut'], 'kpi'> & { kpi: Kpi };

const force = (id: string, rest = ''): string => `/taskforces/${encodeURIComponent(id)}${rest}`;

export const fetchForces = async (): Promise<TaskForce[]> => (await http.get<Page<TaskForce>>('/taskforces')).items;
export const fetchForce = (id: string): Promise<TaskForce> => http.get<TaskForce>(force(id));
export const fetchWall = (id: string): Promise<Wall> => http.get<Wall>(force(id, '/wall'));

export const foundForce = (body: NewForce, key: string): Promise<TaskForce> =>
  http.post<TaskForce>('/taskforces', body, { idempotencyKey: key });
export type ForceTemplate = Schemas['TemplateOut'];
export type ForceSetup = Schemas['SetupOut'];
export const fetchTemplates = async (): Promise<ForceTemplate[]> => (await http.get<Page<ForceTemplate>>('/force-templates')).items;
/** With goals, work groups and their rooms, roster, report times and meeting day of the template. */
export const foundFromTemplate = (body: Schemas['FromTemplateIn'], key: string): Promise<TaskForce> =>
  http.post<TaskForce>('/taskforces/from-template', body, { idempotencyKey: key });
export const fetchSetup = (id: string): Promise<ForceSetup> => http.get<ForceSetup>(force(id, '/setup'));
/** `signedOver`: the unit that takes what is still open. */
export const windUp = (id: string, signedOver: string | null, key: string): Promise<Schemas['WindUpAnswer']> =>
  http.post(force(id, '/wind-up'), { signed_over: signedOver }, { idempotencyKey: key });
export const askDigest = (id: string, key: string): Promise<Schemas['DigestAnswer']> =>
  http.post(force(id, '/digest'), undefined, { idempotencyKey: key });

/** The ledger as the server writes it, with the filter on screen. */
export function csvUrl(id: string, filter: { colour?: string; unit?: string }): string {
  const params = new URLSearchParams(Object.entries(filter).filter(([, value]) => value) as [string, string][]);
  const text = params.toString();
  return `/api/v1${force(id, '/items.csv')}${text ? `?${text}` : ''}`;
}
