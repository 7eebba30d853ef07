import { describe, expect, it } from 'vitest';

import { matchMembers, mentionedIn, mentionQuery } from '@/features/im/mention';
import { bodyOf, splitText } from '@/features/im/text';

describe('splitText', () => {
  it('marks only mentioned names, longest first, and the own one', () => {
    expect(splitText('@罗清和平 和 @罗清和 请看 @别人', ['罗清和', '罗清和平'], '罗清和')).toEqual([
      { kind: 'mention', text: '@罗清和平', isMe: false },
      { kind: 'text', text: ' 和 ' },
      { kind: 'mention', text: '@罗清和', isMe: true },
      { kind: 'text', text: ' 请看 @别人' },
    ]);
  });

  it('ends a link before Chinese punctuation', () => {
    expect(splitText('见 http://10.0.0.1/a?b=1，谢谢', [], '')[1]).toEqual({ kind: 'link', text: 'http://10.0.0.1/a?b=1' });
  });

  it('leaves script addresses as text', () => {
    expect(splitText('javascript:alert(1)', [], '')).toEqual([{ kind: 'text', text: 'javascript:alert(1)' }]);
  });
});

describe('bodyOf', () => {
  it('drops the quoted fallback of a reply', () => {
    expect(bodyOf({ body: '> <@2:x> 原文\n> 第二行\n\n收到' }, true)).toBe('收到');
    expect(bodyOf({ body: '> 不是回复' }, false)).toBe('> 不是回复');
  });
});

describe('mentions', () => {
  const person = { kind: 'person', post_title: '', unit_id: null, is_owner: false };
  const members = [
    { ...person, user_id: '@1:x', name: '罗清和', unit_name: '市住建局', pinyin: 'luo qing he', initials: 'lqh' },
    { ...person, user_id: '@2:x', name: '韩以宁', unit_name: '市民政局', pinyin: 'han yi ning', initials: 'hyn' },
  ];

  it('opens after @ and not inside an address', () => {
    expect(mentionQuery('请 @罗', 4)).toEqual({ start: 2, query: '罗' });
    expect(mentionQuery('a@b', 3)).toBeNull();
    expect(mentionQuery('@罗清和 好', 6)).toBeNull();
  });

  it('matches name, initials and unit', () => {
    expect(matchMembers(members, 'hy').map((member) => member.name)).toEqual(['韩以宁']);
    expect(matchMembers(members, 'luoq').map((member) => member.name)).toEqual(['罗清和']);
    expect(matchMembers(members, '住建').map((member) => member.name)).toEqual(['罗清和']);
    expect(matchMembers(members, '没有')).toEqual([]);
  });

  it('finds who was meant', () => {
    expect(mentionedIn('@罗清和 请看', members)).toEqual(['@1:x']);
  });
});
