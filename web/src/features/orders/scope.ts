/** The scope of recipients as chips: added, named, taken away. Pure but for the names kept on this device. */
import { readStored, writeStored } from '@/lib/storage';

import type { Scope } from './api';

export type ScopeKind = 'units' | 'subtree' | 'posts' | 'people' | 'duty' | 'levels' | 'regions' | 'roles';

export interface Chip {
  kind: ScopeKind;
  id: string;
  /** What the directory calls it; '' while unknown. */
  name: string;
  role?: string;
  level?: string;
  region?: string;
}

export const KINDS: ScopeKind[] = ['units', 'subtree', 'duty', 'posts', 'people', 'roles', 'levels', 'regions'];
export const LEVELS = ['province', 'prefecture', 'county', 'township', 'village'] as const;
export const ROLES = ['leader', 'head', 'deputy_head', 'office', 'liaison', 'handler', 'duty_officer', 'member'] as const;

export function emptyScope(): Required<Scope> {
  return { units: [], subtree: [], posts: [], roles: [], people: [], duty: [], levels: [], regions: [], everyone: false };
}
export const fullScope = (scope: Scope | null | undefined): Required<Scope> => ({ ...emptyScope(), ...(scope ?? {}) });

export const isEmpty = (scope: Scope): boolean => KINDS.every((kind) => (scope[kind] ?? []).length === 0);

const roleId = (rule: { role: string; level?: string; region?: string }): string => [rule.role, rule.level ?? '', rule.region ?? ''].join('/');

export function chipsOf(scope: Scope, names: Readonly<Record<string, string>>): Chip[] {
  return KINDS.flatMap((kind): Chip[] => {
    if (kind === 'roles') {
      return (scope.roles ?? []).map((rule) => ({ kind, id: roleId(rule), name: names[rule.region ?? ''] ?? '', role: rule.role, level: rule.level ?? '', region: rule.region ?? '' }));
    }
    return (scope[kind] ?? []).map((id) => ({ kind, id, name: names[id] ?? '' }));
  });
}

export function withChip(scope: Scope, kind: Exclude<ScopeKind, 'roles'>, ids: readonly string[]): Required<Scope> {
  const full = fullScope(scope);
  return { ...full, [kind]: [...new Set([...full[kind], ...ids])] };
}
export function withRole(scope: Scope, rule: { role: string; level: string; region: string }): Required<Scope> {
  const full = fullScope(scope);
  return full.roles.some((one) => roleId(one) === roleId(rule)) ? full : { ...full, roles: [...full.roles, rule] };
}
export function withoutChip(scope: Scope, chip: Pick<Chip, 'kind' | 'id'>): Required<Scope> {
  const full = fullScope(scope);
  if (chip.kind === 'roles') return { ...full, roles: full.roles.filter((rule) => roleId(rule) !== chip.id) };
  return { ...full, [chip.kind]: full[chip.kind].filter((id) => id !== chip.id) };
}
/** Takes units out of wherever they were named. */
export function withoutUnits(scope: Scope, ids: readonly string[]): Required<Scope> {
  const full = fullScope(scope);
  const gone = new Set(ids);
  const left = (all: string[]): string[] => all.filter((id) => !gone.has(id));
  return { ...full, units: left(full.units), subtree: left(full.subtree), duty: left(full.duty) };
}

const NAMES = 'tz.orders.names';
const MOST = 400;
export const knownNames = (): Record<string, string> => readStored<Record<string, string>>(NAMES) ?? {};
export function keepNames(fresh: Readonly<Record<string, string>>): Record<string, string> {
  const all = Object.fromEntries(Object.entries({ ...knownNames(), ...fresh }).slice(-MOST));
  writeStored(NAMES, all);
  return all;
}
