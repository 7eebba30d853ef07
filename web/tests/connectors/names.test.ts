import { describe, expect, it } from 'vitest';

import { namesItsField, placed } from '@/features/connectors/names';

describe('names', () => {
  it('puts the place before a name that does not say it', () => {
    expect(placed('淦河', '西河桥站')).toBe('淦河·西河桥站');
    expect(placed('咸安区', '咸安区第1污水处理厂')).toBe('咸安区第1污水处理厂');
    expect(placed('', '西河桥站')).toBe('西河桥站');
  });

  it('leaves a field out where the reason names it', () => {
    expect(namesItsField({ field: 'code', reason: '环节代码“A1”没有对应的状态。' })).toBe(true);
    expect(namesItsField({ field: 'Z', reason: '字段“Z”不在允许取用的清单内。' })).toBe(true);
    expect(namesItsField({ field: 'Z', reason: '不是数值' })).toBe(false);
  });
});
