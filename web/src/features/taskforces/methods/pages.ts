/** The pages of the big screen: the ledger in leaves, the chart, and the released ranking where there is one. Pure. */
export interface Leaf {
  kind: 'items' | 'gantt' | 'ranking';
  from: number;
}

export function pagesOf(count: number, rows: number, hasRanking: boolean): Leaf[] {
  const leaves: Leaf[] = [];
  for (let from = 0; from === 0 || from < count; from += rows) leaves.push({ kind: 'items', from });
  if (count > 0) leaves.push({ kind: 'gantt', from: 0 });
  if (hasRanking) leaves.push({ kind: 'ranking', from: 0 });
  return leaves;
}
