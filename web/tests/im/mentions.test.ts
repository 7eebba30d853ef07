import { describe, expect, it } from 'vitest';

import { askedFor, matchTargets, mentionContent, namedIn, targetsOf } from '@/features/im/mentions/targets';

const person = { kind: 'person', is_owner: false, role: 'member', status: null };
const members = [
  { ...person, user_id: '@1:x', name: '罗清和', unit_id: 'u1', unit_name: '市住建局', post_id: 'p1', post_title: '局长', pinyin: 'luo qing he', initials: 'lqh' },
  { ...person, user_id: '@2:x', name: '韩以宁', unit_id: 'u2', unit_name: '市民政局', post_id: 'p2', post_title: '科员', pinyin: 'han yi ning', initials: 'hyn' },
  { ...person, user_id: '@3:x', name: '韩以', unit_id: 'u2', unit_name: '市民政局', post_id: 'p3', post_title: '', pinyin: 'han yi', initials: 'hy' },
];
const words = { all: '全体', unread: '未读', allDetail: '', unreadDetail: '', unitDetail: (people: number) => `${people} 人`, bot: '机器人' };
const targets = targetsOf(members, words);
const labels = (query: string): string[] => matchTargets(targets, query).map((target) => target.label);
const named = (text: string): string[] => namedIn(text, targets).map((target) => target.kind + target.id);

describe('mentions', () => {
  it('matches name, pinyin, initials, unit and post', () => {
    expect(labels('hyn')).toEqual(['韩以宁']);
    expect(labels('luoq')).toEqual(['罗清和']);
    expect(labels('市住')).toEqual(['市住建局', '市住建局局长', '罗清和']);
    expect(labels('wei')).toEqual(['未读']);
    expect(labels('没有')).toEqual([]);
    expect(labels('')[0]).toBe('全体');
  });

  it('takes the longest label at each @', () => {
    expect(named('@韩以宁 请看')).toEqual(['person@2:x']);
    expect(named('@韩以 请看')).toEqual(['person@3:x']);
    expect(named('@市住建局局长 阅')).toEqual(['postp1']);
    expect(named('@市住建局 阅，@全体 知悉')).toEqual(['unitu1', 'all']);
    expect(named('罗清和 没有被提及')).toEqual([]);
  });

  it('says in the content what it means, and nothing for nobody', () => {
    expect(mentionContent(askedFor([], null))).toEqual({});
    expect(mentionContent(askedFor(namedIn('@罗清和', targets), null))).toEqual({ 'm.mentions': { user_ids: ['@1:x'] } });
    expect(mentionContent(askedFor(namedIn('@未读 请尽快看', targets), '$e'))).toEqual({
      'm.mentions': { user_ids: [] }, 'org.tongzhou.mentions': { units: [], posts: [], unread: '$e' },
    });
  });
});
