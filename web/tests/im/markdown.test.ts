// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import { applyMark, type Mark, MARKS } from '@/features/im/markdown/marks';
import { safeHtml, withMarkdown } from '@/features/im/markdown/render';

const sent = (body: string): unknown => withMarkdown({ msgtype: 'm.text', body })['formatted_body'];

describe('withMarkdown', () => {
  it('formats what is Markdown and leaves plain words alone', () => {
    expect(sent('今天九时开会\n请准时')).toBeUndefined();
    expect(sent('见 https://example.gov.cn/a')).toBeUndefined();
    expect(sent('**九时**开会')).toBe('<p><strong>九时</strong>开会</p>');
    expect(sent('- 甲\n- 乙')).toContain('<li>甲</li>');
  });

  it('never makes HTML of what was typed', () => {
    expect(sent('**a** <img src=x onerror=alert(1)>')).toBe('<p><strong>a</strong> &lt;img src=x onerror=alert(1)&gt;</p>');
    expect(String(sent('**a** [b](javascript:alert(1))'))).not.toContain('href');
  });
});

describe('safeHtml', () => {
  it.each([
    '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<a href="javascript:alert(1)">a</a>', '<svg onload=alert(1)>',
    '<iframe src="https://x"></iframe>', '<p onclick="alert(1)" style="background:url(https://x)">a</p>', '<form action="https://x"><input></form>',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>', '<a href="data:text/html,x">a</a>', '<link rel=stylesheet href=//x>',
  ])('takes out what runs or is fetched: %s', (html) => {
    const shown = safeHtml(html, [], '');
    expect(shown).not.toMatch(/script|onerror|onload|onclick|javascript:|data:|src=|style|action|<link|<iframe|<svg|<form/i);
  });

  it('keeps Matrix formatting, opens links apart, marks the mentioned', () => {
    const shown = safeHtml('<mx-reply>old</mx-reply><b>请</b> @罗清和 看 <a href="https://x.cn">这里</a><code>@罗清和</code>', ['罗清和'], '罗清和');
    expect(shown).toBe(
      '<b>请</b> <span class="at is-me">@罗清和</span> 看 <a href="https://x.cn" title="https://x.cn" target="_blank" rel="noopener noreferrer nofollow">这里</a><code>@罗清和</code>',
    );
  });

  it('shows as text what is nested too deep', () => {
    expect(safeHtml(`${'<div>'.repeat(200)}深${'</div>'.repeat(200)}`, [], '')).toBe('深');
  });
});

describe('applyMark', () => {
  const mark = (key: string): Mark => MARKS.find((one) => one.key === key) as Mark;

  it('goes around words and in front of lines', () => {
    expect(applyMark('请看', 0, 2, mark('bold'))).toEqual({ text: '**请看**', from: 2, to: 4 });
    expect(applyMark('甲\n乙', 0, 3, mark('list')).text).toBe('- 甲\n- 乙');
    expect(applyMark('a\nb', 0, 3, mark('code')).text).toBe('```\na\nb\n```');
  });
});
