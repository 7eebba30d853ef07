import { describe, expect, it } from 'vitest';
import { effectScope, nextTick, reactive, ref } from 'vue';

import { ApiError } from '@/api/http';
import { useDeed } from '@/features/items/useDeed';

function start() {
  const open = ref(true);
  const form = reactive({ name: '' });
  const deed = effectScope().run(() => useDeed('u', open, ['name'], [form]));
  if (!deed) throw new Error('no scope');
  const keys: string[] = [];
  const press = (error?: ApiError) =>
    deed.run(async (key) => {
      keys.push(key);
      if (error) throw error;
      return 'done';
    });
  return { deed, form, keys, press };
}

describe('a form that does one deed', () => {
  it('keeps its key after a lost answer and takes a new one after a refusal', async () => {
    const { deed, keys, press } = start();
    await press(new ApiError(0, { code: 'offline', message: '网络不通' }));
    expect(deed.saving.problem).toBe('网络不通');
    await press(new ApiError(400, { code: 'bad_input', message: '名称已有', field: 'name' }));
    expect(deed.saving.errors).toEqual({ name: '名称已有' });
    expect(await press()).toBe('done');
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it('drops a complaint when something is typed', async () => {
    const { deed, form } = start();
    expect(deed.saving.complain({ name: '请填写' })).toBe(false);
    form.name = '防汛专班';
    await nextTick();
    expect(deed.saving.errors).toEqual({});
  });
});
