import { nextTick } from 'vue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { setLocale } from '@/i18n';
import DeviceTable from '@/features/connectors/components/DeviceTable.vue';
import { blankDevice, type Device } from '@/features/connectors/devices';

import { mount } from '../mount';

let close = (): void => undefined;
const device = (n: number): Device => ({ ...blankDevice(), code: `MN${n}`, name: `第${n}污水处理厂` });

function shown(devices: Device[]) {
  const made = mount(DeviceTable, { kind: 'hj212', modelValue: devices });
  close = made.close;
  const all = (): HTMLDetailsElement[] => [...made.root.querySelectorAll('details')];
  const press = async (words: string): Promise<void> => {
    [...made.root.querySelectorAll('button')].reverse().find((one) => one.textContent?.includes(words))?.click();
    await nextTick();
  };
  return { all, press };
}

describe('outlets of a source', () => {
  beforeEach(() => setLocale('zh-CN'));
  afterEach(() => close());

  it('are open while they are few', () => {
    expect(shown([device(1), device(2)]).all().map((one) => one.open)).toEqual([true, true]);
  });

  it('are folded when they are many, but not those that are being added', async () => {
    const page = shown([1, 2, 3, 4].map(device));
    expect(page.all().map((one) => one.open)).toEqual([false, false, false, false]);
    await page.press('增加排口');
    expect(page.all().map((one) => one.open)).toEqual([false, false, false, false, true]);
    await page.press('去掉这个排口');
    expect(page.all().map((one) => one.open)).toEqual([false, false, false, false]);
    expect(page.all()[0]?.querySelector('summary')?.textContent).toContain('第1污水处理厂');
  });
});
