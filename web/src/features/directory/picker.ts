/** What of a tree is shown, top down. Pure. */
export interface TreeNode<T> {
  unit: T;
  depth: number;
  isLeaf: boolean;
}

/** `children` by parent id ('' for the roots); only what lies below open nodes is listed. */
export function flatten<T extends { id: string; has_children: boolean }>(
  children: ReadonlyMap<string, readonly T[]>,
  open: ReadonlySet<string>,
): TreeNode<T>[] {
  const nodes: TreeNode<T>[] = [];
  const seen = new Set<string>();
  const walk = (parent: string, depth: number): void => {
    for (const unit of children.get(parent) ?? []) {
      if (seen.has(unit.id)) continue; // a unit may hang on its line and its block
      seen.add(unit.id);
      nodes.push({ unit, depth, isLeaf: !unit.has_children });
      if (open.has(unit.id)) walk(unit.id, depth + 1);
    }
  };
  walk('', 0);
  return nodes;
}
