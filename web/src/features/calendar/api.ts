/** REST of the work calendar. */
import { http } from '@/api/http';
import type { Schemas } from '@/api/types';

export type Year = Schemas['CalendarYearOut'];
export type Grid = Schemas['CalendarGridOut'];
export type Day = Schemas['CalendarDayOut'];
export type Change = Schemas['CalendarChangeOut'];
export type Effects = Schemas['CalendarEffectsOut'];
export type Hours = Schemas['HoursOut'];
export type HoursList = Schemas['HoursListOut'];
export type HoursFields = Schemas['HoursIn'];
export type Understood = Schemas['DueOut'];
export type DayFields = Schemas['CalendarDayIn'];

export const fetchYears = async (): Promise<Year[]> => (await http.get<Schemas['CalendarYearsOut']>('/calendar/years')).items;

export const fetchGrid = (year: number): Promise<Grid> => http.get<Grid>(`/calendar/years/${year}`);

const dry = (isDry: boolean): string => (isDry ? '?dry_run=true' : '');

export const putDay = (day: string, fields: DayFields, isDry = false): Promise<Change> =>
  http.put<Change>(`/calendar/days/${day}${dry(isDry)}`, fields);

export const removeDay = (day: string, isDry = false): Promise<Change> => http.delete<Change>(`/calendar/days/${day}${dry(isDry)}`);

export const moveDay = (day: string, to: string, isDry = false): Promise<Change> =>
  http.post<Change>(`/calendar/days/${day}/move${dry(isDry)}`, { to });

export function importTable(file: File, isDry: boolean): Promise<Change> {
  const form = new FormData();
  form.append('file', file);
  return http.upload<Change>('/calendar/import', form, { query: { dry_run: isDry } });
}

export const recompute = (): Promise<Schemas['RecomputedOut']> => http.post<Schemas['RecomputedOut']>('/calendar/recompute');

export const fetchHours = (): Promise<HoursList> => http.get<HoursList>('/calendar/hours');

export const saveHours = (fields: HoursFields, id: string | null): Promise<Hours> =>
  id ? http.put<Hours>(`/calendar/hours/${id}`, fields) : http.post<Hours>('/calendar/hours', fields);

export const removeHours = (id: string): Promise<null> => http.delete<null>(`/calendar/hours/${id}`);

export const understand = (phrase: string, signal?: AbortSignal): Promise<Understood> =>
  http.post<Understood>('/calendar/understand', { phrase }, signal ? { signal } : {});
