/** REST of templates that turn alerts and records of other systems into orders and tasks. */
import { http } from '@/api/http';
import type { Page, Schemas } from '@/api/types';

export type Trigger = Schemas['TriggerOut'];
export type TriggerBody = Schemas['TriggerBody'];
export type Run = Schemas['TriggerRunOut'];
export type Choices = Schemas['TriggerChoicesOut'];
export type Preview = Schemas['TriggerPreviewOut'];

const of = (id: string, rest = ''): string => `/triggers/${encodeURIComponent(id)}${rest}`;

export const fetchTriggers = async (): Promise<Trigger[]> => (await http.get<Page<Trigger>>('/triggers')).items;
export const fetchChoices = (): Promise<Choices> => http.get<Choices>('/triggers/choices');
export const saveTrigger = (id: string, body: TriggerBody): Promise<Trigger> => (id ? http.put<Trigger>(of(id), body) : http.post<Trigger>('/triggers', body));
export const previewTrigger = (body: TriggerBody): Promise<Preview> => http.post<Preview>('/triggers/preview', body);
export const switchTrigger = (id: string, isEnabled: boolean): Promise<Trigger> => http.post<Trigger>(of(id, '/enabled'), { is_enabled: isEnabled });
export const approveTrigger = (id: string): Promise<Trigger> => http.post<Trigger>(of(id, '/approve'), {});
export const deleteTrigger = (id: string): Promise<void> => http.delete(of(id));
export const fetchRuns = (id: string, cursor?: string): Promise<Page<Run>> => http.get<Page<Run>>(of(id, '/runs'), { cursor });
