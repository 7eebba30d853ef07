/** Parts of a larger item as rows, and what they make together. Pure. */
import type { Item } from './api';

export interface TreeRow {
  item: Item;
  depth: number;
}

/** Open branches below `root`, depth first; `known` holds the children of those that were read. */
export function flatTree(root: string, known: ReadonlyMap<string, readonly Item[]>, open: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  const seen = new Set<string>([root]);
  const walk = (id: string, depth: number): void => {
    for (const item of known.get(id) ?? []) {
      if (seen.has(item.id)) continue;
      seen.add(item.id);
      rows.push({ item, depth });
      if (open.has(item.id)) walk(item.id, depth + 1);
    }
  };
  walk(root, 0);
  return rows;
}

/** The weighted mean of what counts: cancelled parts do not. Whole points, rounded half up. */
export function rollUp(children: readonly Pick<Item, 'percent' | 'weight' | 'state'>[]): number {
  const counted = children.filter((item) => item.state !== 'cancelled');
  const weight = counted.reduce((sum, item) => sum + (item.weight ?? 1), 0);
  if (weight === 0) return 0;
  return Math.floor(counted.reduce((sum, item) => sum + item.percent * (item.weight ?? 1), 0) / weight + 0.5);
}
