/** The columns of 通讯录. Pure. */
import type { Level, UnitRow } from './api';

export const LEVELS: readonly Level[] = ['province', 'prefecture', 'county', 'township', 'village'];

export interface ColumnGroup {
  /** i18n key below `directory.group.`: a level, or `own.<level>` for departments beside their government. */
  heading: string;
  units: UnitRow[];
}

export interface Column {
  parent: string | null;
  groups: ColumnGroup[];
  count: number;
}

/**
 * One column: governments of the next level first, then the bodies of the parent's own level, each in the server's
 * (protocol) order.
 */
export function columnOf(parent: UnitRow | null, units: readonly UnitRow[]): Column {
  const byLevel = new Map<Level, UnitRow[]>();
  for (const unit of units) {
    const list = byLevel.get(unit.level);
    if (list) list.push(unit);
    else byLevel.set(unit.level, [unit]);
  }
  const groups: ColumnGroup[] = [];
  const below = LEVELS.filter((level) => level !== parent?.level);
  for (const level of parent ? [...below, parent.level] : LEVELS) {
    const list = byLevel.get(level);
    if (list) groups.push({ heading: parent && level === parent.level ? `own.${level}` : level, units: list });
  }
  return { parent: parent?.id ?? null, groups, count: units.length };
}

/** The roots fill two columns: the province, and the bodies of the city below it. */
export function rootColumns(roots: readonly UnitRow[]): Column[] {
  const province = roots.filter((unit) => unit.level === 'province');
  const others = roots.filter((unit) => unit.level !== 'province');
  return [province, others].filter((list) => list.length > 0).map((list) => columnOf(null, list));
}

export interface PeopleGroup<T> {
  division: string;
  people: T[];
}

/** People by division, the leaders (no division) first; inside a division and between divisions the server's order. */
export function byDivision<T extends { division: string }>(people: readonly T[]): PeopleGroup<T>[] {
  const groups = new Map<string, T[]>([['', []]]);
  for (const person of people) {
    const list = groups.get(person.division);
    if (list) list.push(person);
    else groups.set(person.division, [person]);
  }
  return [...groups].filter(([, list]) => list.length > 0).map(([division, list]) => ({ division, people: list }));
}

/** 139 **** 5508 as the server masks it, in groups that the eye takes in; other numbers stay as they are. */
export function phoneGroups(phone: string): string {
  const match = /^(\d{3})([\d*]{4})(\d{4})$/.exec(phone);
  return match ? `${match[1]} ${match[2]} ${match[3]}` : phone;
}
