/** REST of 管理. */
import { http } from '@/api/http';
import type { Page, Schemas } from '@/api/types';

export type Account = Schemas['AccountOut'];
export type Issued = Schemas['IssuedOut'];
export type Post = Schemas['PostOut'];
export type Division = Schemas['DivisionOut'];
export type Appointment = Schemas['AppointmentOut'];
export type AppointmentKind = Schemas['AppointmentKind'];
export type Problem = Schemas['ProblemOut'];
export type ImportRow = Schemas['ImportRowOut'];
export type ImportReport = Schemas['ImportOut'];
export type AccountFields = Omit<Schemas['AccountIn'], 'pinyin'>;
export type AppointmentFields = Schemas['AppointmentIn'];
export type PostFields = Omit<Schemas['PostIn'], 'unit_id' | 'code'>;

const MOST = 200;
const part = encodeURIComponent;

/** All pages of a list; a unit has some hundred posts at most. */
async function everything<T>(path: string, query: Record<string, string>): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const answer: Page<T> = await http.get<Page<T>>(path, { ...query, limit: MOST, cursor });
    found.push(...answer.items);
    cursor = answer.next ?? undefined;
  } while (cursor && found.length < 5000);
  return found;
}

export const fetchAccounts = (q: string, cursor?: string, signal?: AbortSignal): Promise<Page<Account>> =>
  http.get<Page<Account>>('/admin/people', { q, cursor, limit: 50 }, signal ? { signal } : {});

/** The account as it is now, for an editor whose copy is old. */
export async function fetchAccount(account: Account): Promise<Account | undefined> {
  const page = await fetchAccounts(account.staff_number);
  return page.items.find((one) => one.user_id === account.user_id);
}

export const createAccount = (body: AccountFields): Promise<Issued> => http.post<Issued>('/admin/people', body);

export const editAccount = (account: Account, changes: Omit<Schemas['AccountPatch'], 'version'>): Promise<Account> =>
  http.patch<Account>(`/admin/people/${part(account.user_id)}`, { ...changes, version: account.version });

export const lockAccount = (userId: string, until: string | null): Promise<Account> =>
  http.post<Account>(`/admin/people/${part(userId)}/lock`, { until });

export const unlockAccount = (userId: string): Promise<Account> => http.post<Account>(`/admin/people/${part(userId)}/unlock`);

export const resetPassword = (userId: string): Promise<Issued> => http.post<Issued>(`/admin/people/${part(userId)}/reset-password`);

export const fetchPosts = (unit: string): Promise<Post[]> => everything<Post>('/admin/posts', { unit });

export const createPost = (unitId: string, fields: PostFields): Promise<Post> =>
  http.post<Post>('/admin/posts', { ...fields, unit_id: unitId });

export const editPost = (post: Post, fields: PostFields): Promise<Post> =>
  http.patch<Post>(`/admin/posts/${part(post.id)}`, { ...fields, version: post.version });

export const fetchDivisions = async (unit: string): Promise<Division[]> =>
  (await http.get<Page<Division>>('/admin/divisions', { unit })).items;

export const createDivision = (unitId: string, name: string): Promise<Division> =>
  http.post<Division>('/admin/divisions', { unit_id: unitId, name });

export const renameDivision = (id: string, name: string): Promise<Division> =>
  http.patch<Division>(`/admin/divisions/${part(id)}`, { name });

export const fetchAppointments = (query: { unit?: string; user_id?: string }): Promise<Appointment[]> =>
  everything<Appointment>('/admin/appointments', query as Record<string, string>);

export const appoint = (body: AppointmentFields): Promise<Appointment> => http.post<Appointment>('/admin/appointments', body);

export const editAppointment = (
  row: Appointment,
  changes: Omit<Schemas['AppointmentPatch'], 'version'>,
): Promise<Appointment> => http.patch<Appointment>(`/admin/appointments/${part(row.id)}`, { ...changes, version: row.version });

export const exportUrl = (kind: string): string => `/api/v1/directory/export/${part(kind)}.csv`;

export function importFile(kind: string, file: File, digest: string | null): Promise<ImportReport> {
  const form = new FormData();
  form.append('file', file);
  const query = digest === null ? { dry_run: true } : { dry_run: false, digest };
  return http.upload<ImportReport>(`/directory/import/${part(kind)}`, form, { query });
}
