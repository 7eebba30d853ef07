import { describe, expect, it } from 'vitest';

import { mentionQuery } from '@/features/im/mention';
import { fileOf } from '@/features/im/files/types';
import { bodyOf, splitText, unturned, visible } from '@/features/im/text';

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

describe('signs that are not seen', () => {
  it('end an address, which would not be the one that is read', () => {
    const [link, rest] = splitText('https://gov.cn\u200b.evil.example/\u202ex', [], '');
    expect(link).toEqual({ kind: 'link', text: 'https://gov.cn' });
    expect(rest?.kind).toBe('text');
  });

  it('make no mention of somebody whose name only looks the same', () => {
    expect(splitText('@罗\u200b清和', ['罗清和'], '罗清和').some((part) => part.kind === 'mention')).toBe(false);
  });

  it('are not in the name of a file, whatever its message says', () => {
    expect(fileOf({ body: '通知\u202efdp.exe' }).name).toBe('通知fdp.exe');
    expect(fileOf({ body: '请看', filename: 'a\u200b\u0007.pdf' })).toMatchObject({ name: 'a.pdf', caption: '请看' });
    expect(visible('水位 图.png')).toBe('水位 图.png');
  });

  it('do not turn the words of others in a line, while joined emoji stay', () => {
    expect(unturned('\u202e甲\u2066乙 👨‍👩‍👧')).toBe('甲乙 👨‍👩‍👧');
  });
});

describe('bodyOf', () => {
  it('drops the quoted fallback of a reply', () => {
    expect(bodyOf({ body: '> <@2:x> 原文\n> 第二行\n\n收到' }, true)).toBe('收到');
    expect(bodyOf({ body: '> 不是回复' }, false)).toBe('> 不是回复');
  });
});

describe('mentions', () => {
  it('opens after @ and not inside an address', () => {
    expect(mentionQuery('请 @罗', 4)).toEqual({ start: 2, query: '罗' });
    expect(mentionQuery('a@b', 3)).toBeNull();
    expect(mentionQuery('@罗清和 好', 6)).toBeNull();
  });
});
