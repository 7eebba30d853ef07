/** REST of 管理. Answers as in directory/api/admin_schemas.py, schemas.py (imports) and connectors/api/sources.py. */
import { http } from '@/api/http';
import type { Page } from '@/api/types';

export interface Account {
  user_id: string;
  staff_number: string;
  name: string;
  pinyin: string;
  /** Masked, for administrators too. */
  phone: string;
  office_phone: string;
  kind: string;
  is_active: boolean;
  locked_until: string | null;
  must_change_password: boolean;
  version: number;
  unit_name: string;
  post_title: string;
}

export interface Issued {
  account: Account;
  /** Told this once. */
  password: string;
}

export interface Post {
  id: string;
  code: string;
  unit_id: string;
  unit_name: string;
  division_id: string | null;
  division: string;
  title: string;
  role: string;
  rank: number;
  field_of_work: string;
  holders: string[];
  version: number;
}

/** Holds on the days from valid_from up to, not including, valid_to. */
export interface Appointment {
  id: string;
  user_id: string;
  staff_number: string;
  name: string;
  post_id: string;
  post_title: string;
  post_role: string;
  unit_id: string;
  unit_name: string;
  kind: string;
  is_primary: boolean;
  valid_from: string;
  valid_to: string | null;
  version: number;
}

export interface Problem {
  /** '' concerns the whole row or file. */
  column: string;
  message: string;
}

export interface ImportRow {
  line: number;
  key: string;
  change: 'added' | 'changed' | 'removed' | 'error';
  changes: Record<string, string[]>;
  problems: Problem[];
}

export interface ImportReport {
  kind: string;
  applied: boolean;
  digest: string;
  totals: Record<string, number>;
  rows: ImportRow[];
  problems: Problem[];
  ignored: string[];
}

export interface Connector {
  id: string;
  name: string;
  kind: string;
  owner_unit_name: string;
  host: string;
  interval_s: number;
  fresh_for_s: number;
  lost_after_s: number;
  is_enabled: boolean;
  health: string;
  health_word: string;
  failures: number;
  last_error: string;
  last_pulled_at: string | null;
  last_ok_at: string | null;
  subject_count: number;
  old_count: number;
}

export interface Run {
  id: string;
  started_at: string;
  took_ms: number;
  outcome: string;
  outcome_word: string;
  error: string;
  rows_taken: number;
  rows_rejected: number;
}

export interface Subject {
  id: string;
  code: string;
  name: string;
  place: string;
  observed_at: string | null;
  freshness: string;
  freshness_word: string;
}

export interface AccountFields {
  staff_number: string;
  name: string;
  phone: string;
  office_phone: string;
}

export interface AppointmentFields {
  user_id: string;
  post_id: string;
  kind: string;
  is_primary: boolean;
  valid_from: string | null;
  valid_to: string | null;
  hand_over: boolean;
}

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

export const editAccount = (account: Account, changes: Partial<AccountFields> & { is_active?: boolean }): Promise<Account> =>
  http.patch<Account>(`/admin/people/${part(account.user_id)}`, { ...changes, version: account.version });

export const lockAccount = (userId: string, until: string | null): Promise<Account> =>
  http.post<Account>(`/admin/people/${part(userId)}/lock`, { until });

export const unlockAccount = (userId: string): Promise<Account> => http.post<Account>(`/admin/people/${part(userId)}/unlock`);

export const resetPassword = (userId: string): Promise<Issued> => http.post<Issued>(`/admin/people/${part(userId)}/reset-password`);

export const fetchPosts = (unit: string): Promise<Post[]> => everything<Post>('/admin/posts', { unit });

export interface PostFields {
  title: string;
  role: string;
  division_id: string | null;
  rank?: number;
  field_of_work: string;
}

export const createPost = (unitId: string, fields: PostFields): Promise<Post> =>
  http.post<Post>('/admin/posts', { ...fields, unit_id: unitId });

export const editPost = (post: Post, fields: PostFields): Promise<Post> =>
  http.patch<Post>(`/admin/posts/${part(post.id)}`, { ...fields, version: post.version });

export const fetchAppointments = (query: { unit?: string; user_id?: string }): Promise<Appointment[]> =>
  everything<Appointment>('/admin/appointments', query as Record<string, string>);

export const appoint = (body: AppointmentFields): Promise<Appointment> => http.post<Appointment>('/admin/appointments', body);

export const editAppointment = (
  row: Appointment,
  changes: Partial<Pick<Appointment, 'kind' | 'is_primary' | 'valid_from' | 'valid_to'>>,
): Promise<Appointment> => http.patch<Appointment>(`/admin/appointments/${part(row.id)}`, { ...changes, version: row.version });

export const exportUrl = (kind: string): string => `/api/v1/directory/export/${part(kind)}.csv`;

export function importFile(kind: string, file: File, digest: string | null): Promise<ImportReport> {
  const form = new FormData();
  form.append('file', file);
  const query = digest === null ? { dry_run: true } : { dry_run: false, digest };
  return http.upload<ImportReport>(`/directory/import/${part(kind)}`, form, { query });
}

export const fetchConnectors = async (): Promise<Connector[]> => (await http.get<Page<Connector>>('/connectors')).items;

export const fetchRuns = async (id: string): Promise<Run[]> => (await http.get<Page<Run>>(`/connectors/${part(id)}/runs`)).items;

export const fetchSubjects = async (id: string): Promise<Subject[]> =>
  (await http.get<Page<Subject>>(`/connectors/${part(id)}/subjects`)).items;
