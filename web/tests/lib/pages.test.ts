import { describe, expect, it, vi } from 'vitest';

import { ApiError } from '@/api/http';
import { usePages } from '@/lib/pages';

interface Row {
  id: number;
}
const rowsOf = (...ids: number[]): Row[] => ids.map((id) => ({ id }));
/** Pages of two out of `all`; the cursor is the place. */
const door = (all: () => Row[]) =>
  vi.fn(async (cursor: string | undefined) => {
    const at = Number(cursor ?? 0);
    return { items: all().slice(at, at + 2), next: at + 2 < all().length ? String(at + 2) : null };
  });

describe('a list read page by page', () => {
  it('goes on where it stood, and is read anew as far down as it was', async () => {
    let all = rowsOf(1, 2, 3, 4, 5);
    const fetch = door(() => all);
    const { rows, next, load, more, refresh } = usePages(fetch, { keyOf: (row) => row.id });
    expect(rows.value).toBeNull();
    await load();
    await more();
    expect(rows.value).toEqual(rowsOf(1, 2, 3, 4));
    all = rowsOf(9, 1, 2, 3, 4, 5);
    await refresh();
    expect(rows.value).toEqual(rowsOf(9, 1, 2, 3));
    expect(next.value).toBe('4');
    await load();
    expect(rows.value).toEqual(rowsOf(9, 1));
  });

  it('shows a row once that moved between two pages', async () => {
    let all = rowsOf(1, 2, 3);
    const { rows, load, more } = usePages(door(() => all), { keyOf: (row) => row.id });
    await load();
    all = rowsOf(0, 1, 2, 3);
    await more();
    expect(rows.value).toEqual(rowsOf(1, 2, 3));
  });

  it('drops the answer to an older question', async () => {
    const answers: ((rows: Row[]) => void)[] = [];
    const { rows, isLoading, load, restart } = usePages(() => new Promise<{ items: Row[] }>((resolve) => answers.push((items) => resolve({ items }))));
    const first = load();
    const second = restart();
    answers[1]?.(rowsOf(2));
    answers[0]?.(rowsOf(1));
    await Promise.all([first, second]);
    expect([rows.value, isLoading.value]).toEqual([rowsOf(2), false]);
  });

  it('keeps what is shown when the next page fails, and says why', async () => {
    let isDown = false;
    const fetch = door(() => rowsOf(1, 2, 3));
    const { rows, problem, load, more } = usePages(async (cursor) => {
      if (isDown) throw new ApiError(503, { code: 'http_503', message: '请稍后重试' });
      return fetch(cursor);
    });
    await load();
    isDown = true;
    await more();
    expect([rows.value, problem.value?.message]).toEqual([rowsOf(1, 2), '请稍后重试']);
    isDown = false;
    await more();
    expect([rows.value, problem.value]).toEqual([rowsOf(1, 2, 3), null]);
  });
});
