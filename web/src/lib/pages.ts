/** A list that the server gives page by page. The last question counts: the answer to an older one is dropped. */
import { type Ref, ref } from 'vue';

import { type Failure, failureOf } from '@/api/http';
import type { Page } from '@/api/types';

type RowOf<P extends Page<unknown>> = P['items'][number];

export interface Pages<T> {
  /** null until the first page has come. */
  rows: Ref<T[] | null>;
  next: Ref<string | null>;
  problem: Ref<Failure>;
  isLoading: Ref<boolean>;
  /** From the first page; what is shown stays until it has come. */
  load: () => Promise<void>;
  /** The same, with nothing shown meanwhile: another list. */
  restart: () => Promise<void>;
  /** Anew as far down as has been read, so that the list does not jump. */
  refresh: () => Promise<void>;
  more: () => Promise<void>;
}

/**
 * `fetch` asks for one page; `wanted` is how many rows are still to come, for doors that can give more at once.
 * `keyOf` tells rows apart where they may move between two pages. `onPage` takes what else an answer holds.
 */
export function usePages<P extends Page<unknown>>(
  fetch: (cursor: string | undefined, wanted: number) => Promise<P>,
  { keyOf, onPage }: { keyOf?: (row: RowOf<P>) => unknown; onPage?: (page: P) => void } = {},
): Pages<RowOf<P>> {
  type T = RowOf<P>;
  const rows = ref(null) as Ref<T[] | null>;
  const next = ref<string | null>(null);
  const problem = ref<Failure>(null);
  const isLoading = ref(false);
  let asked = 0;

  function joined(before: T[], page: P): T[] {
    const fresh = page.items as T[];
    if (!keyOf) return [...before, ...fresh];
    const known = new Set(before.map(keyOf));
    return [...before, ...fresh.filter((row) => !known.has(keyOf(row)))];
  }

  async function read(before: T[], cursor: string | undefined, least: number): Promise<void> {
    const mine = ++asked;
    isLoading.value = true;
    try {
      let page = await fetch(cursor, least);
      let found = joined(before, page);
      while (page.next && found.length < least && mine === asked) {
        page = await fetch(page.next, least - found.length);
        found = joined(found, page);
      }
      if (mine !== asked) return;
      rows.value = found;
      next.value = page.next ?? null;
      problem.value = null;
      onPage?.(page);
    } catch (error) {
      if (mine === asked) problem.value = failureOf(error);
    } finally {
      if (mine === asked) isLoading.value = false;
    }
  }

  const load = (): Promise<void> => read([], undefined, 0);
  const refresh = (): Promise<void> => read([], undefined, rows.value?.length ?? 0);
  function restart(): Promise<void> {
    rows.value = null;
    next.value = null;
    return load();
  }
  async function more(): Promise<void> {
    if (next.value && !isLoading.value) await read(rows.value ?? [], next.value, 0);
  }
  return { rows, next, problem, isLoading, load, restart, refresh, more };
}
