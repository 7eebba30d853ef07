import { describe, expect, it } from 'vitest';

import { ago, dayLabel, monthDay, shortTime, toMs } from '@/lib/time';
import { bucketOf, groupPending } from '@/features/home/group';

const NOW = Date.parse('2026-07-17T07:40:00Z'); // 15:40 in Shanghai, a Friday

describe('time', () => {
  it('is relative within two days, then a date', () => {
    expect(shortTime('2026-07-17T06:12:00Z', 'zh-CN', NOW)).toBe('14:12');
    expect(shortTime('2026-07-16T15:59:00Z', 'zh-CN', NOW)).toBe('昨天');
    expect(shortTime('2026-07-10T02:00:00Z', 'zh-CN', NOW)).toBe('7月10日');
    expect(shortTime('2025-12-31T15:59:00Z', 'zh-CN', NOW)).toBe('2025年12月31日');
  });

  it('names the day', () => {
    expect(dayLabel(NOW, 'zh-CN', NOW)).toBe('今天 · 7月17日 星期五');
  });

  it('reads a date as that day in Shanghai', () => {
    expect(monthDay(toMs('2026-07-18'), 'zh-CN', NOW)).toBe('7月18日');
  });

  it('tells ages', () => {
    expect(ago(NOW - 30_000, 'zh-CN', NOW)).toBe('刚刚');
    expect(ago(NOW - 3 * 60_000, 'zh-CN', NOW)).toBe('3 分钟前');
    expect(ago(NOW - 50 * 3_600_000, 'zh-CN', NOW)).toBe('2 天前');
  });
});

describe('pending', () => {
  const item = (subject: string, due_on: string | null, code = 'green') => ({
    subject, source: 'report', source_title: '待反馈', home: '防汛专班', chip: '', title: subject, detail: '', link: '/', due_on, code,
  });

  it('is due until the end of the day', () => {
    expect(bucketOf(item('a', '2026-07-17'), NOW)).toBe('today');
    expect(bucketOf(item('a', '2026-07-16'), NOW)).toBe('overdue');
    expect(bucketOf(item('a', null), NOW)).toBe('undated');
  });

  it('keeps the order that the server gave, under headings by time, source or force', () => {
    const rows = [item('c', '2026-07-10'), { ...item('b', '2026-07-20'), source: 'sign_for', source_title: '待签收' }, item('a', '2026-07-20', 'red')];
    const shown = (by: 'due' | 'source' | 'home') => groupPending(rows, by, NOW).map((group) => [group.title, group.rows.map((one) => one.subject)]);
    expect(shown('due')).toEqual([['overdue', ['c']], ['later', ['b', 'a']]]);
    expect(shown('source')).toEqual([['待反馈', ['c', 'a']], ['待签收', ['b']]]);
    expect(shown('home')).toEqual([['防汛专班', ['c', 'b', 'a']]]);
  });
});
