/** Figures of a board: what is confirmed, what is only read, what has not been reached; and the time that is left. Pure. */
import type { Counts, Node } from './api';

export interface Split {
  due: number;
  signed: number;
  read: number;
  unreached: number;
}

/** Everybody who is due is in exactly one of the three. */
export function splitOf(counts: Counts | null | undefined): Split {
  if (!counts) return { due: 0, signed: 0, read: 0, unreached: 0 };
  const { due = 0, signed = 0, read = 0 } = counts;
  return { due, signed, read, unreached: Math.max(0, due - signed - read) };
}

/** Widths of a bar in percent with one decimal. */
export function widths(split: Split): { signed: number; read: number; unreached: number } {
  const share = (n: number): number => (split.due > 0 ? Math.round((n / split.due) * 1000) / 10 : 0);
  return { signed: share(split.signed), read: share(split.read), unreached: share(split.unreached) };
}

export const percentOf = (split: Split): number => (split.due > 0 ? Math.floor((split.signed * 100) / split.due) : 0);

/** 1:03:24, or 12:05 below an hour; days are counted in hours up to 99. `late`: the limit has passed. */
export function countdown(untilMs: number, nowMs: number): { text: string; late: boolean; days: number } {
  const left = untilMs - nowMs;
  const seconds = Math.floor(Math.abs(left) / 1000);
  const pad = (n: number): string => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`;
  return { text: hours > 0 ? `${hours}:${rest}` : rest, late: left < 0, days: Math.floor(hours / 24) };
}

const STUCK = (node: Node): number => splitOf(node.counts).unreached;

/** Who has not been reached comes first; equals stay as the server has them. */
export function unreachedFirst(nodes: readonly Node[]): Node[] {
  const rank = (node: Node): number => {
    if (node.kind !== 'person') return STUCK(node) > 0 ? 0 : splitOf(node.counts).read > 0 ? 1 : 2;
    return node.state === 'unreachable' ? 0 : node.state === 'pending' || node.state === 'delivered' ? 1 : node.state === 'read' ? 2 : 3;
  };
  return nodes.map((node, at) => ({ node, at })).sort((one, two) => rank(one.node) - rank(two.node) || one.at - two.at).map(({ node }) => node);
}

/** Fresh rows take the places of those on screen; while `frozen` nothing moves and what is new comes at the end. */
export function mergeRows(shown: readonly Node[], fresh: readonly Node[], frozen: boolean): Node[] {
  if (!frozen) return unreachedFirst(fresh);
  const byId = new Map(fresh.map((node) => [node.id, node]));
  const kept = shown.map((node) => byId.get(node.id) ?? node);
  const known = new Set(shown.map((node) => node.id));
  return [...kept, ...fresh.filter((node) => !known.has(node.id))];
}

/** A row of a difference replaces its fields; a row that is not on screen changes nothing. */
export function patchRows(shown: readonly Node[], units: readonly Partial<Node>[]): Node[] {
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  return shown.map((node) => {
    const unit = byId.get(node.id);
    return unit ? ({ ...node, ...unit } as Node) : node;
  });
}

export interface TreeRow {
  node: Node;
  depth: number;
  open: boolean;
}

/** What of the tree is on screen, top down. `children` by parent id, '' for the roots. */
export function rowsOf(children: ReadonlyMap<string, readonly Node[]>, open: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  const walk = (parent: string, depth: number): void => {
    for (const node of children.get(parent) ?? []) {
      const isOpen = open.has(node.id);
      rows.push({ node, depth, open: isOpen });
      if (isOpen) walk(node.id, depth + 1);
    }
  };
  walk('', 0);
  return rows;
}
