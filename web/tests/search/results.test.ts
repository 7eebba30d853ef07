import { afterEach, describe, expect, it } from 'vitest';

import type { Found, MessageHit } from '@/features/search/api';
import { forget, recentOf, remember } from '@/features/search/recent';
import { isOpenRow, joined, marked, nextOf, rowsOf, searchedUntil, step } from '@/features/search/results';

const hit = (id: string): MessageHit => ({
  room: '!r', room_name: '汛情会商', room_kind: 'work', event_id: id, seq: 1, ts: 1, sender: '@1:t', sender_name: '罗清和',
  sender_unit: '市水利和湖泊局', snippet: '防汛值守', ranges: [[0, 2]], thread: null, card: null, file: null,
});

const found = (more: Partial<Found> = {}): Found => ({
  note: '', people: { items: [], next: null }, rooms: { items: [], next: null },
  messages: { items: [hit('$1'), hit('$2')], next: 'c', until: null }, files: { items: [], next: null, until: null }, ...more,
});

describe('rows of a search', () => {
  it('names each group that has something, and offers the rest of it', () => {
    const rows = rowsOf(found(), 'all');
    expect(rows.map((row) => row.type)).toEqual(['head', 'message', 'message']);
    expect(rows[0]).toMatchObject({ scope: 'message', hasMore: true });
  });

  it('shows one kind without a head', () => {
    expect(rowsOf(found(), 'message').every(isOpenRow)).toBe(true);
    expect(rowsOf(found(), 'file')).toEqual([]);
    expect(rowsOf(null, 'all')).toEqual([]);
  });

  it('moves over heads and round the ends', () => {
    const rows = rowsOf(found({ files: { items: [hit('$3')], next: null, until: null } }), 'all');
    expect(rows.map((row) => row.type)).toEqual(['head', 'message', 'message', 'head', 'file']);
    expect([step(rows, -1, 1), step(rows, 2, 1), step(rows, 4, 1), step(rows, 1, -1)]).toEqual([1, 4, 1, 4]);
    expect(step([], -1, 1)).toBe(-1);
  });

  it('joins pages and knows where to go on', () => {
    const one = found({ people: null, rooms: null, files: null });
    const two = found({ people: null, rooms: null, files: null, messages: { items: [hit('$9')], next: null, until: 5 } });
    const both = joined(one, two);
    expect(both.messages?.items.map((each) => each.event_id)).toEqual(['$1', '$2', '$9']);
    expect([nextOf(one, 'message'), nextOf(both, 'message'), nextOf(one, 'all')]).toEqual(['c', null, null]);
    expect([searchedUntil(both, 'message'), searchedUntil(both, 'all')]).toEqual([5, null]);
  });
});

describe('marked', () => {
  it('cuts by UTF-16 units, so that an emoji before the word moves nothing', () => {
    expect(marked('🚩防汛值守', [[2, 4]])).toEqual([
      { text: '🚩', isHit: false }, { text: '防汛', isHit: true }, { text: '值守', isHit: false },
    ]);
  });

  it('leaves out ranges that do not fit the text', () => {
    expect(marked('防汛', [[1, 9], [-1, 1]])).toEqual([{ text: '防汛', isHit: false }]);
    expect(marked('', [])).toEqual([]);
  });
});

describe('recent searches', () => {
  afterEach(() => localStorage.clear());

  it('keeps the last eight of a person, each once, the newest first', () => {
    for (let number = 0; number < 10; number += 1) remember('@1:t', `词${number}`);
    remember('@1:t', ' 词5 ');
    remember('@1:t', '  ');
    expect(recentOf('@1:t')).toEqual(['词5', '词9', '词8', '词7', '词6', '词4', '词3', '词2']);
    expect(recentOf('@2:t')).toEqual([]);
    forget('@1:t');
    expect(recentOf('@1:t')).toEqual([]);
  });

  it('survives what somebody else has stored there', () => {
    localStorage.setItem('tz.search.@1:t', '{"a":1}');
    expect(recentOf('@1:t')).toEqual([]);
  });
});
