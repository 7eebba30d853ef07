/** REST of absences: who is away, and who stands in (AB角). */
import { http } from '@/api/http';
import type { Schemas } from '@/api/types';

export type Absence = Schemas['AbsenceOut'];

export const fetchAbsences = async (person = ''): Promise<Absence[]> =>
  (await http.get<Schemas['AbsencesOut']>('/absences', person ? { user_id: person } : {})).items;
export const setAbsence = (body: Schemas['AbsenceIn'], key: string): Promise<Absence> => http.post<Absence>('/absences', body, { idempotencyKey: key });
export const callOff = (id: string, key: string): Promise<Absence> => http.post<Absence>(`/absences/${encodeURIComponent(id)}/call-off`, {}, { idempotencyKey: key });
