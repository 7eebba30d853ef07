/** Where an item came from, as a key below `items.kind.`: a message says more than the kind that it was given. Pure. */
import type { Item } from '../items/api';

export function sourceKey(item: Pick<Item, 'kind' | 'origin'>): string {
  if (item.origin && (item.kind === 'message' || item.kind === 'project')) return 'message';
  return item.kind;
}
