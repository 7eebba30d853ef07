/** What else is said of a source, as a form holds it. Pure. */
import type { Settings, SettingsIn } from './api';

type Json = Record<string, unknown>;

export interface DerivedDraft {
  name: string;
  key: string;
  unit: string;
  decimals: string;
  formula: string;
}

export interface MoreDraft {
  derived: DerivedDraft[];
  writeBack: string;
  officers: { user_id: string; name: string }[];
}

export const blankMore = (): MoreDraft => ({ derived: [], writeBack: '', officers: [] });
const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

export function readMore(saved: Pick<Settings, 'derived' | 'write_back' | 'officers'>): MoreDraft {
  return {
    derived: saved.derived.map((one) => ({ name: text(one['name']), key: text(one['key']), unit: text(one['unit']), decimals: text(one['decimals']) || '2', formula: text(one['formula']) })),
    writeBack: text(saved.write_back['url']),
    officers: saved.officers.map(({ user_id, name }) => ({ user_id, name })),
  };
}

/** `before` keeps what the form does not show; a new address is known to its source as the source itself is. */
export function writeMore(draft: MoreDraft, config: Json, before: Json = {}): Required<Pick<SettingsIn, 'derived' | 'write_back' | 'officer_ids'>> {
  const url = draft.writeBack.trim();
  const fresh: Json = Object.fromEntries(['auth', 'allow_private'].flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])));
  return {
    derived: draft.derived.filter((one) => one.formula.trim() !== '').map((one) => ({ ...one, decimals: Number(one.decimals) || 0 })),
    write_back: url ? { ...(Object.keys(before).length > 0 ? before : fresh), url } : {},
    officer_ids: draft.officers.map((one) => one.user_id),
  };
}
