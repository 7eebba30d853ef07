import { flushPromises, mount } from '../mount';
import { describe, expect, it } from 'vitest';
import { nextTick, ref } from 'vue';

import { calculate, withCalculated } from '@/features/approvals/form/calculated';
import ProcessForm from '@/features/approvals/form/ProcessForm.vue';
import { orderOf, shownNames, writablePart } from '@/features/approvals/form/rights';
import { readForm } from '@/features/approvals/form/types';
import { complaints, makeChecker } from '@/features/approvals/form/validate';
import { valueText } from '@/features/approvals/form/values';
import { t } from '@/i18n';

const leave = readForm({
  schema: {
    type: 'object',
    required: ['kind', 'from', 'to'],
    properties: {
      kind: { type: 'string', title: '请假类型', oneOf: [{ const: 'annual', title: '年休假' }, { const: 'sick', title: '病假' }] },
      from: { type: 'string', format: 'date', title: '开始日期' },
      to: { type: 'string', format: 'date', title: '结束日期' },
      days: { type: 'integer', title: '天数', minimum: 1 },
      reason: { type: 'string', title: '事由', maxLength: 5 },
      number: { type: 'string', title: '登记号' },
    },
  },
  ui: {
    type: 'VerticalLayout',
    elements: [
      { type: 'Control', scope: '#/properties/kind' },
      { type: 'HorizontalLayout', elements: [{ type: 'Control', scope: '#/properties/from' }, { type: 'Control', scope: '#/properties/to' }, { type: 'Control', scope: '#/properties/days' }] },
      { type: 'Control', scope: '#/properties/reason', options: { multi: true }, rule: { effect: 'SHOW', condition: { scope: '#/properties/kind', schema: { const: 'sick' } } } },
      { type: 'Control', scope: '#/properties/number' },
    ],
  },
  calculated: { days: 'days(from, to)' },
});

describe('what is worked out', () => {
  it('counts days with both ends, as the server does', () => {
    expect(calculate('days(from, to)', { from: '2026-07-01', to: '2026-07-03' })).toBe(3);
    expect(calculate('days(from, to)', { from: '2026-07-01' })).toBeNull();
  });
  it('reads the grammar of the server', () => {
    expect(calculate('total(rows, "price") * 2 if urgent else 0', { urgent: true, rows: [{ price: 3 }, { price: 4.5 }, {}] })).toBe(15);
    expect(calculate('a > 1 and not b', { a: 2, b: false })).toBe(true);
    expect(calculate('7 // 2 + -7 % 3', {})).toBe(5);
    expect(calculate('round(2.5)', {})).toBe(2);
    expect(calculate('amount * 2', {})).toBeNull();
    expect(calculate('kind in ["a", "b"]', { kind: 'b' })).toBe(true);
  });
  it('leaves to the server what it does not understand, and never runs it', () => {
    for (const text of ['alert(1)', 'a.constructor', 'not a == b', 'constructor("x")', 'toString()', '(((', 'a[0]']) expect(calculate(text, { a: 1, b: 2 })).toBeUndefined();
  });
  it('comes to rest', () => {
    const once = withCalculated({ from: '2026-07-01', to: '2026-07-02' }, leave.calculated);
    expect(once['days']).toBe(2);
    expect(withCalculated(once, leave.calculated)).toBe(once);
    expect(withCalculated({ days: 4 }, { days: 'unheard(from)' })).toEqual({ days: 4 });
  });
});

describe('what is wrong', () => {
  const checker = makeChecker(t);
  it('says so in a sentence beside the field, in the order of the form', () => {
    const wrong = complaints(checker, leave.schema, { from: '2026-13-40', kind: 'other', reason: '太长太长太长' });
    expect(Object.keys(wrong)).toEqual(['kind', 'from', 'to', 'reason']);
    expect(wrong['to']).toBe('请填写此项');
    expect(wrong['kind']).toBe('请从选项中选择');
    expect(wrong['reason']).toBe('最多 5 个字');
  });
  it('takes what fits', () => {
    expect(complaints(checker, leave.schema, { kind: 'annual', from: '2026-07-01', to: '2026-07-02' })).toEqual({});
  });
  it('needs no function built from text', () => {
    const built = globalThis.Function;
    globalThis.Function = (() => {
      throw new Error('the policy forbids it');
    }) as unknown as FunctionConstructor;
    try {
      expect(complaints(makeChecker(t), leave.schema, {})).toHaveProperty('kind');
    } finally {
      globalThis.Function = built;
    }
  });
});

describe('rights of a node', () => {
  it('leaves only what may be written there, and complains of nothing else', () => {
    const part = writablePart(leave, { kind: 'read', number: 'write', reason: 'hidden' });
    expect(Object.keys(part?.schema.properties ?? {})).toEqual(['number']);
    expect(part?.schema.required).toEqual([]);
    expect(writablePart(leave, { days: 'write' })).toBeNull();
  });
  it('hides and orders', () => {
    expect(orderOf(leave)).toEqual(['kind', 'from', 'to', 'days', 'reason', 'number']);
    expect(shownNames(leave, { number: 'hidden' })).not.toContain('number');
  });
});

describe('values in words', () => {
  const words = { locale: 'zh-CN', yes: '是', no: '否', names: { person: () => '李敏', unit: () => '市财政局' } };
  it('are those of the form', () => {
    expect(valueText(leave.schema.properties['kind'] ?? {}, 'annual', words)).toBe('年休假');
    expect(valueText({ type: 'number' }, 1864000, words, { money: true })).toBe('¥ 1,864,000.00');
    expect(valueText({ type: 'array', items: { type: 'string', format: 'unit' } }, ['a', 'b'], words)).toBe('市财政局、市财政局');
    expect(valueText({ type: 'boolean' }, false, words)).toBe('否');
    expect(valueText({ type: 'string' }, undefined, words)).toBe('');
  });
});

describe('the form', () => {
  it('draws, works out, hides by rule, and complains only when asked', async () => {
    const data = ref<Record<string, unknown>>({});
    const form = mount(ProcessForm, { form: leave, modelValue: data.value, 'onUpdate:modelValue': (next: Record<string, unknown>) => { data.value = next; form.set({ modelValue: next }); } });
    await flushPromises();
    expect(form.root.querySelectorAll('.field-error').length).toBe(0);
    expect(form.root.querySelector('[data-field="reason"]')).toBeNull();
    const select = form.root.querySelector('[data-field="kind"] select') as HTMLSelectElement;
    select.value = '1';
    select.dispatchEvent(new Event('change'));
    for (const [name, value] of [['from', '2026-07-01'], ['to', '2026-07-03']] as const) {
      await nextTick();
      const input = form.root.querySelector(`[data-field="${name}"] input`) as HTMLInputElement;
      input.value = value;
      input.dispatchEvent(new Event('input'));
    }
    await flushPromises();
    expect(data.value).toMatchObject({ kind: 'sick', from: '2026-07-01', to: '2026-07-03', days: 3 });
    expect(form.root.querySelector('[data-field="reason"]')).not.toBeNull();
    expect((form.root.querySelector('[data-field="days"] input') as HTMLInputElement).readOnly).toBe(true);
    form.close();
  });
  it('shows all complaints once it was to be sent', async () => {
    const form = mount(ProcessForm, { form: leave, modelValue: {} });
    await flushPromises();
    expect(Object.keys((form.exposed() as { check: () => Record<string, string> }).check())).toEqual(['kind', 'from', 'to']);
    await flushPromises();
    expect(form.root.textContent).toContain('请填写此项');
    form.close();
  });
});
