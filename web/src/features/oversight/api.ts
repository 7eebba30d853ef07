/** REST of the one table and of the supervision loop. */
import { http } from '@/api/http';
import type { Page, Schemas } from '@/api/types';

export type Table = Schemas['SupervisionTable'];
export type TableRow = Schemas['TableRow'];
export type Figures = Schemas['Figures'];
export type SupervisedItem = Schemas['SupervisedItem'];
export type Loop = Schemas['LoopOut'];
export type Sheet = Schemas['SheetOut'];
export type SheetDetail = Schemas['SheetDetail'];
export type Finding = Schemas['FindingOut'];
export type Rectification = Schemas['RectificationRow'];
export type SpotCheck = Schemas['SpotCheckOut'];
export type Pick = Schemas['PickOut'];

export interface Ask {
  by: Table['by'];
  day: string;
  since: string;
  /** Empty: all of them. */
  category: string;
  kind: string;
  region: string;
}

const query = (ask: Ask) => ({ by: ask.by, day: ask.day, since: ask.since, category: ask.category, kind: ask.kind, region: ask.region });
export const fetchTable = (ask: Ask): Promise<Table> => http.get('/supervision/table', query(ask));
export const fetchBehind = (ask: Ask, key: string | null, which: string, cursor: string | null): Promise<Schemas['SupervisedPage']> =>
  http.get('/supervision/table/items', { ...query(ask), key, which, cursor });
export const FILTERS = ['category', 'kind', 'region'] as const;
/** What the table of that day can be narrowed to, by filter. */
export async function fetchChoices(day: string, since: string): Promise<Record<(typeof FILTERS)[number], { key: string; name: string }[]>> {
  const tables = await Promise.all(FILTERS.map((by) => fetchTable({ by, day, since, category: '', kind: '', region: '' })));
  const of = (at: number) => (tables[at]?.rows ?? []).filter((row) => row.key).map(({ key, name }) => ({ key, name }));
  return { category: of(0), kind: of(1), region: of(2) };
}
/** An address for a download; the browser asks for it with the session's cookie. */
export function sheetUrl(ask: Ask): string {
  const words = new URLSearchParams(Object.entries(query(ask)).filter(([, value]) => value));
  return `/api/v1/supervision/table.xlsx?${words.toString()}`;
}
/** Fetched and then saved, so that a refusal is read on the page and not found in a broken file. */
export async function savePdf(ask: Ask): Promise<void> {
  const file = await http.get<Blob>('/supervision/table.pdf', query(ask), { isFile: true, timeout: 120_000 });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `督查一表-${ask.day}.pdf`;
  link.click();
  URL.revokeObjectURL(link.href);
}
export const fetchLoop = (): Promise<Loop> => http.get('/supervision/loop');
export const fetchSheets = (): Promise<Page<Sheet>> => http.get('/supervision/sheets');
export const publish = (title: string, ask: Ask, key: string): Promise<SheetDetail> =>
  http.post('/supervision/sheets', { title, by: ask.by, day: ask.day || null, since: ask.since || null }, { idempotencyKey: key });
export const fetchFindings = (): Promise<Page<Finding>> => http.get('/supervision/findings');
export const clearFinding = (id: string, words: string, key: string): Promise<Schemas['Found']> =>
  http.post(`/supervision/findings/${encodeURIComponent(id)}/clear`, { words }, { idempotencyKey: key });
export const fetchRectifications = (): Promise<Page<Rectification>> => http.get('/supervision/rectifications');
export const fetchChecks = (): Promise<Page<SpotCheck>> => http.get('/supervision/spot-checks');
export const drawCheck = (body: Schemas['SpotCheckIn'], key: string): Promise<SpotCheck> => http.post('/supervision/spot-checks', body, { idempotencyKey: key });
export const giveResult = (id: string, body: Schemas['SpotResultIn'], key: string): Promise<Schemas['PickAnswer']> =>
  http.post(`/supervision/picks/${encodeURIComponent(id)}/result`, body, { idempotencyKey: key });
