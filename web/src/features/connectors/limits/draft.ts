/** What the forms of limits and rules hold while they are filled in, and the server's shapes of both. Pure. */
import type { Rule, RuleIn, Threshold, ThresholdIn } from '../api';

export const LEVELS = ['blue', 'yellow', 'orange', 'red'] as const;
export const OPS = { ge: '>=', gt: '>', le: '<=', lt: '<' } as const;
export type OpWord = keyof typeof OPS;
export const opWord = (op: string): OpWord => (Object.keys(OPS) as OpWord[]).find((word) => OPS[word] === op) ?? 'ge';

export interface BandDraft {
  level: string;
  op: OpWord;
  limit: string;
  margin: string;
  label: string;
  valid_from: string;
  valid_to: string;
  season_from: string;
  season_to: string;
  hour_from: string;
  hour_to: string;
}

export interface TableDraft {
  metric: string;
  subject: string;
  name: string;
  basis: string;
  is_enabled: boolean;
  bands: BandDraft[];
}

export const blankBand = (level = 'yellow'): BandDraft => ({ level, op: 'ge', limit: '', margin: '0', label: '', valid_from: '', valid_to: '', season_from: '', season_to: '', hour_from: '0', hour_to: '24' });
export const blankTable = (metric = ''): TableDraft => ({ metric, subject: '', name: '', basis: '', is_enabled: true, bands: [blankBand()] });

/** 5-1, 05-01, 5月1日 and 0501 are all the first of May; what is none of these stays as it is for the server to refuse. */
export function monthDay(text: string): string {
  const plain = text.trim();
  const parts = /^(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?$/.exec(plain);
  return parts ? `${String(parts[1]).padStart(2, '0')}${String(parts[2]).padStart(2, '0')}` : plain;
}

/** Without the zeros that the column adds. */
export const plain = (value: string): string => (value.includes('.') ? value.replace(/\.?0+$/, '') : value);

export function tableOf(table: Threshold): TableDraft {
  return {
    metric: table.metric, subject: table.subject_id ?? '', name: table.name, basis: table.basis, is_enabled: table.is_enabled,
    bands: table.bands.map((band) => ({
      level: band.level, op: opWord(band.op), limit: plain(band.limit), margin: plain(band.margin), label: band.label,
      valid_from: band.valid_from ?? '', valid_to: band.valid_to ?? '', season_from: band.season_from, season_to: band.season_to,
      hour_from: String(band.hour_from), hour_to: String(band.hour_to),
    })),
  };
}

export function tableBody(draft: TableDraft): ThresholdIn {
  return {
    metric: draft.metric, subject_id: draft.subject || null, name: draft.name.trim(), basis: draft.basis.trim(), is_enabled: draft.is_enabled,
    bands: draft.bands.map((band) => ({
      level: band.level, op: OPS[band.op], limit: band.limit.trim(), margin: band.margin.trim() || '0', label: band.label.trim(),
      valid_from: band.valid_from || null, valid_to: band.valid_to || null, season_from: monthDay(band.season_from), season_to: monthDay(band.season_to),
      hour_from: Number(band.hour_from) || 0, hour_to: band.hour_to.trim() === '' ? 24 : Number(band.hour_to),
    })),
  };
}

/** A limit without a number is the one mistake that the server would not name by its place. */
export function tableFaults(draft: TableDraft, required: string): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (!draft.metric) wrong['metric'] = required;
  if (!draft.name.trim()) wrong['name'] = required;
  draft.bands.forEach((band, index) => {
    if (!/^-?\d+(\.\d+)?$/.test(band.limit.trim())) wrong[`bands.${index}.limit`] = required;
    if (band.margin.trim() && !/^\d+(\.\d+)?$/.test(band.margin.trim())) wrong[`bands.${index}.margin`] = required;
  });
  return wrong;
}

export type PartKind = 'threshold' | 'trend' | 'rate';
export type RuleKind = PartKind | 'missing' | 'late' | 'combined';
export const PART_KINDS: readonly PartKind[] = ['threshold', 'trend', 'rate'];
export const RULE_KINDS: readonly RuleKind[] = ['threshold', 'trend', 'rate', 'missing', 'late', 'combined'];

export interface PartDraft {
  kind: PartKind;
  metric: string;
  op: OpWord;
  limit: string;
  margin: string;
  direction: string;
  readings: string;
  least: string;
  change: string;
  minutes: string;
}

export interface RuleDraft {
  name: string;
  level: string;
  subject: string;
  is_enabled: boolean;
  kind: RuleKind;
  parts: PartDraft[];
  /** Of missing and late: '' is the subject as a whole. */
  metric: string;
  periods: string;
  since: string;
  by: string;
  days: number[];
  join: 'all' | 'any';
  hour_from: string;
  hour_to: string;
  fold: '' | 'share' | 'count';
  need: string;
  of: string;
  more_than: string;
  fold_minutes: string;
}

export const blankPart = (metric = '', kind: PartKind = 'threshold'): PartDraft => ({ kind, metric, op: 'ge', limit: '', margin: '0', direction: 'rising', readings: '3', least: '0', change: '', minutes: '60' });
export const blankRule = (metric = ''): RuleDraft => ({
  name: '', level: 'yellow', subject: '', is_enabled: true, kind: 'rate', parts: [blankPart(metric, 'rate')], metric: '', periods: '3', since: '00:00', by: '09:00', days: [1, 2, 3, 4, 5, 6, 7],
  join: 'all', hour_from: '0', hour_to: '24', fold: '', need: '3', of: '5', more_than: '3', fold_minutes: '60',
});

type Json = Record<string, unknown>;
const object = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});
const text = (value: unknown, fallback = ''): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : fallback);
const minutes = (seconds: unknown): string => String(Math.round((Number(seconds) || 3600) / 6) / 10);
const seconds = (given: string): number => Math.round((Number(given) || 0) * 60);

function partOf(raw: Json): PartDraft {
  const kind = PART_KINDS.find((one) => one === raw['kind']) ?? 'threshold';
  return {
    kind, metric: text(raw['metric']), op: opWord(text(raw['op'])), limit: plain(text(raw['limit'])), margin: plain(text(raw['margin'], '0')), direction: text(raw['direction'], 'rising'),
    readings: text(raw['readings'], '3'), least: plain(text(raw['least'], '0')), change: plain(text(raw['change'])), minutes: minutes(raw['within_s']),
  };
}

function partBody(part: PartDraft): Json {
  const head = { kind: part.kind, metric: part.metric };
  if (part.kind === 'threshold') return { ...head, op: OPS[part.op], limit: part.limit.trim(), margin: part.margin.trim() || '0' };
  if (part.kind === 'trend') return { ...head, direction: part.direction === 'falling' ? 'falling' : 'rising', readings: Number(part.readings) || 0, least: part.least.trim() || '0' };
  return { ...head, direction: part.direction, change: part.change.trim(), within_s: seconds(part.minutes) };
}

export const isSimple = (kind: RuleKind): kind is PartKind => PART_KINDS.some((one) => one === kind);
export const canFold = (kind: RuleKind): boolean => kind !== 'missing' && kind !== 'late';

export function ruleOf(rule: Rule): RuleDraft {
  const spec = object(rule.spec);
  const when = object(spec['when']);
  const fold = object(spec['fold']);
  const kind = RULE_KINDS.find((one) => one === when['kind']) ?? 'threshold';
  const parts = kind === 'combined' ? (Array.isArray(when['parts']) ? when['parts'].map((one) => partOf(object(one))) : []) : isSimple(kind) ? [partOf(when)] : [];
  return {
    ...blankRule(), name: rule.name, level: rule.level, subject: rule.subject_id ?? '', is_enabled: rule.is_enabled, kind, parts: parts.length > 0 ? parts : [blankPart()],
    metric: text(when['metric']), periods: text(when['periods'], '3'), since: text(when['since'], '00:00'), by: text(when['by'], '09:00'), days: Array.isArray(when['days']) ? when['days'].map(Number) : [1, 2, 3, 4, 5, 6, 7],
    join: when['join'] === 'any' ? 'any' : 'all', hour_from: text(when['hour_from'], '0'), hour_to: text(when['hour_to'], '24'),
    fold: fold['more_than'] !== undefined && fold['more_than'] !== null ? 'count' : fold['need'] ? 'share' : '',
    need: text(fold['need'], '3'), of: text(fold['of'], '5'), more_than: text(fold['more_than'], '3'), fold_minutes: minutes(fold['within_s']),
  };
}

function condition(draft: RuleDraft): Json {
  if (draft.kind === 'missing') return { kind: 'missing', metric: draft.metric || null, periods: Number(draft.periods) || 0 };
  if (draft.kind === 'late') return { kind: 'late', metric: draft.metric || null, since: draft.since, by: draft.by, days: [...draft.days].sort() };
  if (draft.kind === 'combined') return { kind: 'combined', join: draft.join, parts: draft.parts.map(partBody), hour_from: Number(draft.hour_from) || 0, hour_to: draft.hour_to.trim() === '' ? 24 : Number(draft.hour_to) };
  return partBody({ ...(draft.parts[0] ?? blankPart()), kind: draft.kind });
}

function folded(draft: RuleDraft): Json | null {
  if (!draft.fold || !canFold(draft.kind)) return null;
  const within = { within_s: seconds(draft.fold_minutes) };
  return draft.fold === 'count' ? { more_than: Number(draft.more_than) || 0, ...within } : { need: Number(draft.need) || 0, of: Number(draft.of) || 0, ...within };
}

/** The quantity whose alert it opens: that of its conditions where it is one, else the subject as a whole. */
export function alertMetric(draft: RuleDraft): string {
  if (!canFold(draft.kind)) return draft.metric;
  const named = new Set((draft.kind === 'combined' ? draft.parts : draft.parts.slice(0, 1)).map((part) => part.metric));
  return named.size === 1 ? ([...named][0] ?? '') : '';
}

export function ruleBody(draft: RuleDraft): RuleIn {
  return { name: draft.name.trim(), level: draft.level, subject_id: draft.subject || null, is_enabled: draft.is_enabled, metric: alertMetric(draft), spec: { when: condition(draft), fold: folded(draft) } };
}
