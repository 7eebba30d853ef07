/** What the wizard holds while a source is being connected, and the settings that come of it. Pure. */
import type { Settings, SettingsIn } from './api';

export type Kind = 'rest' | 'sql' | 'file' | 'webhook' | 'mqtt' | 'hj212' | 'sl651' | 'cap' | 'prometheus' | 'manual';

export interface MetricDraft {
  key: string;
  name: string;
  unit: string;
  decimals: string;
  value: string;
  warning: string;
  guarantee: string;
  near_margin: string;
}

/** What of a row makes a matter with stages: a project, a clue, a case. */
export const RECORD_PATHS = ['id', 'title', 'code', 'stage_name', 'time', 'format', 'owner_unit', 'place', 'limit_days', 'level', 'link', 'note'] as const;
export type RecordDraft = Record<'kind' | (typeof RECORD_PATHS)[number], string>;

export interface MappingDraft {
  rows: string;
  ok: string;
  code: string;
  name: string;
  place: string;
  time: string;
  format: string;
  metrics: MetricDraft[];
  record: RecordDraft | null;
}

type Json = Record<string, unknown>;

export const KINDS: readonly Kind[] = ['rest', 'sql', 'file', 'webhook', 'mqtt', 'hj212', 'sl651', 'cap', 'prometheus', 'manual'];
/** Kinds whose rows are found by paths. */
export const MAPPED: readonly Kind[] = ['rest', 'sql', 'file', 'webhook', 'mqtt', 'prometheus'];
/** Kinds that speak by themselves: a sample is pasted, not fetched. */
export const PUSHING: readonly Kind[] = ['webhook', 'mqtt', 'hj212', 'sl651', 'manual'];
export const PRESETS = ['', 'sl323_river', 'sl323_reservoir', 'sl323_rain'] as const;

/** What a kind begins with; everything that is not asked for on its own line is mended here as JSON. */
export function startOf(kind: Kind): Json {
  switch (kind) {
    case 'rest':
      return { url: '' };
    case 'cap':
      return { url: '' };
    case 'prometheus':
      return { url: '', query: 'up' };
    case 'sql':
      return { dialect: 'postgresql', host: '', database: '', user: '', secret: 'PASSWORD', preset: 'sl323_river' };
    case 'file':
      return { place: 'folder', folder: '', pattern: '*.csv' };
    case 'mqtt':
      return { host: '', port: 8883, tls: true, topics: ['river/#'] };
    case 'hj212':
      return { port: 9212 };
    case 'sl651':
      return { port: 9651 };
    default:
      return {};
  }
}

export const blankMetric = (): MetricDraft => ({ key: '', name: '', unit: '', decimals: '2', value: '', warning: '', guarantee: '', near_margin: '' });
export const blankMapping = (): MappingDraft => ({ rows: '', ok: '', code: '', name: '', place: '', time: '', format: '', metrics: [blankMetric()], record: null });
export const blankRecord = (): RecordDraft => ({ kind: 'matter', id: '', title: '', code: '', stage_name: '', time: '', format: '', owner_unit: '', place: '', limit_days: '', level: '', link: '', note: '' });

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
const object = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});

/** The lines of the mapping table from what the server keeps or suggests. */
export function readMapping(raw: unknown): MappingDraft {
  const mapping = object(raw);
  const subject = object(mapping['subject']);
  const at = object(mapping['observed_at']);
  const metrics = Array.isArray(mapping['metrics']) ? mapping['metrics'].map(object) : [];
  return {
    rows: text(mapping['rows']),
    ok: text(mapping['ok']),
    code: text(subject['code']),
    name: text(subject['name']),
    place: text(subject['place']),
    time: text(at['path']),
    format: text(at['format']),
    metrics: metrics.map((one) => ({
      key: text(one['key']),
      name: text(one['name']),
      unit: text(one['unit']),
      decimals: text(one['decimals']) || '2',
      value: text(one['value']),
      warning: text(one['warning']),
      guarantee: text(one['guarantee']),
      near_margin: text(one['near_margin']),
    })),
    record: mapping['record'] ? readRecord(object(mapping['record'])) : null,
  };
}

function readRecord(record: Json): RecordDraft {
  const at = object(record['stage_at']);
  const rest = Object.fromEntries(RECORD_PATHS.map((name) => [name, text(record[name])])) as RecordDraft;
  return { ...rest, kind: text(record['kind']) || 'matter', time: text(at['path']), format: text(at['format']) };
}

function writeRecord({ time, format, ...paths }: RecordDraft, kept: Json): Json {
  const shown = new Set<string>([...RECORD_PATHS, 'kind', 'stage_at']);
  const rest = Object.fromEntries(Object.entries(kept).filter(([name]) => !shown.has(name)));
  const at = { ...object(kept['stage_at']), path: time, format };
  return { ...rest, ...given(paths), stage_at: given(at) };
}

const given = (fields: Json): Json => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));

/** The mapping as the server takes it; `base` keeps what the table does not show (quality, references). */
export function writeMapping(draft: MappingDraft, base: unknown = {}): Json {
  const kept = object(base);
  const mapping: Json = { ...kept, rows: draft.rows };
  delete mapping['ok'];
  const metrics = draft.metrics.filter((one) => one.value.trim() !== '');
  mapping['metrics'] = metrics.map((one) => ({
    ...given({ warning: one.warning, guarantee: one.guarantee, near_margin: one.near_margin }),
    key: one.key,
    name: one.name,
    unit: one.unit,
    decimals: Number(one.decimals) || 0,
    value: one.value,
  }));
  delete mapping['record'];
  if (draft.record) mapping['record'] = writeRecord(draft.record, object(kept['record']));
  if (draft.ok) mapping['ok'] = draft.ok;
  if (draft.code) mapping['subject'] = given({ code: draft.code, name: draft.name || draft.code, place: draft.place });
  if (draft.time) mapping['observed_at'] = { ...object(kept['observed_at']), ...given({ path: draft.time, format: draft.format }) };
  if (!draft.format && draft.time) delete (mapping['observed_at'] as Json)['format'];
  return mapping;
}

/** Lines, commas and full-width commas all part a list. */
export const listOf = (lines: string): string[] => lines.split(/[\s,，、;；]+/).filter((one) => one !== '');

/** What the form says of a saved source, for saving it again. */
export function settingsOf(saved: Settings): SettingsIn {
  const { name, kind, owner_unit_id, config, interval_s, fresh_for_s, lost_after_s, owner_user_id, sources, field_allow_list, stages, missing_level, day_starts_hour, intake_days, item_days, derived, write_back, officers } = saved;
  return { name, kind, owner_unit_id, config, interval_s, fresh_for_s, lost_after_s, owner_user_id, sources, field_allow_list, stages, missing_level, day_starts_hour, intake_days, item_days, derived, write_back, officer_ids: officers.map((one) => one.user_id), secrets: {} };
}
