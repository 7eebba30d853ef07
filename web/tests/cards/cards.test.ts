import { describe, expect, it } from 'vitest';

import { CardBatch } from '@/cards/batch';
import { localLink, readCard } from '@/cards/schema';

const ref = (event: string) => ({ room: '!r', event });

describe('CardBatch', () => {
  it('asks once for many cards and waits a second between questions', () => {
    const batch = new CardBatch();
    expect(batch.want(ref('$1'), 1, 0, () => 0)).toBe(0);
    expect(batch.want(ref('$2'), 1, 0, () => 0)).toBeNull();
    expect(batch.take(0).map((one) => one.event)).toEqual(['$1', '$2']);
    expect(batch.want(ref('$1'), 2, 100, () => 0)).toBe(900);
  });

  it('asks again only when the version rises', () => {
    const batch = new CardBatch();
    batch.want(ref('$1'), 3, 0, () => 0);
    batch.take(0);
    expect(batch.want(ref('$1'), 3, 5000)).toBeNull();
    expect(batch.want(ref('$1'), 2, 5000)).toBeNull();
    expect(batch.want(ref('$1'), 4, 5000, () => 0)).toBe(0);
  });

  it('asks again after a failed question', () => {
    const batch = new CardBatch();
    batch.want(ref('$1'), 1, 0, () => 0);
    batch.forget(batch.take(0));
    expect(batch.want(ref('$1'), 1, 2000, () => 0)).toBe(0);
  });
});

describe('readCard', () => {
  it('fills what is optional and refuses what is no card', () => {
    const card = readCard({ 'org.tongzhou.card': { v: 1, kind: 'vote', version: 2, title: '投票' } });
    expect(card).toMatchObject({ kind: 'vote', actions: [], fields: [] });
    expect(readCard({ 'org.tongzhou.card': { kind: 5 } })).toBeNull();
    expect(readCard({ body: 'x' })).toBeNull();
  });

  it('lets links lead within the client only', () => {
    expect(localLink('/force/1?item=2')).toBe('/force/1?item=2');
    for (const link of ['//evil', '/\\evil', 'https://evil', 'javascript:1', null]) expect(localLink(link)).toBeNull();
  });
});
