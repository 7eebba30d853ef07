import { afterEach, describe, expect, it, vi } from 'vitest';

import { ApiError } from '@/api/http';
import TzErrorState from '@/ui/TzErrorState.vue';

import { mount } from '../mount';

const refusal = (status: number, message: string, code = 'refused'): ApiError => new ApiError(status, { code, message });
let shown: ReturnType<typeof mount> | undefined;
const show = (failure: ApiError, onRetry = vi.fn()) => {
  shown = mount(TzErrorState, { title: '台账没有取到', failure, onRetry });
  return { text: shown.root.textContent ?? '', button: shown.root.querySelector('button'), onRetry };
};
afterEach(() => shown?.close());

describe('what could not be shown', () => {
  it('says that a post may not see it, and whom to ask, with no useless retry', () => {
    const { text, button } = show(refusal(403, '当前岗位无权办理此事，请切换岗位或联系单位联络员。', 'forbidden'));
    expect(text).toContain('当前岗位不能查看');
    expect(text).toContain('联系单位联络员');
    expect(text).not.toContain('没有取到');
    expect(button).toBeNull();
  });

  it.each([404, 410])('says of a %s that it was not found, with no useless retry', (status) => {
    const { text, button } = show(refusal(status, '内容不存在或不在您的查看范围内，请核对链接。'));
    expect(text).toContain('没有找到');
    expect(text).toContain('请核对链接');
    expect(button).toBeNull();
  });

  it('offers no retry where the question itself is refused', () => {
    expect(show(refusal(400, '日期有误')).button).toBeNull();
  });

  it.each([[500, 'http_500'], [429, 'rate_limited'], [409, 'edited_meanwhile']])('offers to try again after a %s', (status, code) => {
    const { text, button, onRetry } = show(refusal(status, '请稍后重试', code));
    expect(text).toContain('台账没有取到');
    button?.click();
    expect(onRetry).toHaveBeenCalledOnce();
  });

  it('tries again by itself when the network is back, and only then', () => {
    const { onRetry } = show(refusal(0, '网络不通，请检查网络后重试', 'offline'));
    window.dispatchEvent(new Event('online'));
    expect(onRetry).toHaveBeenCalledOnce();
    shown?.close();
    window.dispatchEvent(new Event('online'));
    const broken = show(refusal(502, '服务器未能答复'));
    window.dispatchEvent(new Event('online'));
    expect([onRetry.mock.calls.length, broken.onRetry.mock.calls.length]).toEqual([1, 0]);
  });
});
