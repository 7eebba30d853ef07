import { describe, expect, it } from 'vitest';

import { dayOf, numberOf, phraseOf, recognise, titleOf } from '@/features/items/recognise';

// Friday 17 July 2026, 15:00 in Xianning.
const NOW = Date.parse('2026-07-17T15:00:00+08:00');
const MEMBERS = [
  { user_id: '@a:x', name: '罗清和', unit_name: '市住房和城市更新局' },
  { user_id: '@b:x', name: '韩以宁', unit_name: '市民政局' },
];

describe('the time in a message', () => {
  it.each([
    ['请于今日下班前更新倒排计划', '今日下班前'],
    ['本周五下班前报送', '本周五下班前'],
    ['月底前完成', '月底前'],
    ['3个工作日内反馈', '3个工作日内'],
    ['节后一周内上报', '节后一周内'],
    ['7月21日18:00前确认', '7月21日18:00前'],
    ['请各单位十五天内整改', '十五天内'],
    ['收到', ''],
  ])('%s → %s', (text, phrase) => {
    expect(phraseOf(text).phrase).toBe(phrase);
  });
  it.each([
    ['今日下班前', '2026-07-17'], ['明天', '2026-07-18'], ['后天', '2026-07-19'], ['本周日', '2026-07-19'], ['周三', '2026-07-22'],
    ['下周五前', '2026-07-24'], ['月底前', '2026-07-31'], ['下月底', '2026-08-31'], ['年底', '2026-12-31'], ['7月21日18:00前', '2026-07-21'],
    ['1月5日', '2027-01-05'], ['20号', '2026-07-20'], ['10号', '2026-08-10'], ['十五天内', '2026-08-01'], ['两周内', '2026-07-31'],
    ['2027年2月30日', null], ['3个工作日内', null], ['节后一周内', null], ['18:00前', '2026-07-17'],
  ])('%s is %s', (phrase, day) => {
    expect(dayOf(phrase, NOW)).toBe(day);
  });
  it('reads Chinese numbers', () => {
    expect(['一', '十', '十二', '二十', '三十五', '15'].map(numberOf)).toEqual([1, 10, 12, 20, 35, 15]);
  });
});

describe('a message as a task', () => {
  it('takes the sentence that asks, without the call, the courtesy and the time', () => {
    expect(titleOf('收到。@罗清和 请于今日18:00前把三处易涝点泵车位置标到时空平台上。', ['罗清和'])).toBe('把三处易涝点泵车位置标到时空平台上');
    expect(titleOf('各位：请各单位本周五下班前报送自查报告。谢谢！', [])).toBe('报送自查报告');
    expect(titleOf('请罗清和同志 3个工作日内排查三处易涝点泵站。', ['罗清和'])).toBe('排查三处易涝点泵站');
    expect(titleOf('试点社区名单本周四前由民政局牵头确认，每个县市区不少于 3 个。', [])).toBe('试点社区名单由民政局牵头确认，每个县市区不少于 3 个');
  });
  it('keeps words that hold nothing else', () => {
    expect(titleOf('明天', [])).toBe('明天');
    expect(titleOf('@罗清和', ['罗清和'])).toBe('@罗清和');
  });
  it('names who is mentioned before who is only named', () => {
    const found = recognise('请罗清和同志、@韩以宁 3个工作日内核实', ['@b:x'], MEMBERS, NOW);
    expect(found.people).toEqual(['@b:x', '@a:x']);
    expect(found).toMatchObject({ phrase: '3个工作日内', due: null });
  });
});
