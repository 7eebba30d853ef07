import { describe, expect, it } from 'vitest';

import { blankOf, bodyOf, type FormSpec, missing } from '@/features/taskforces/methods/fields';
import { pagesOf } from '@/features/taskforces/methods/pages';
import { checkBytes, qrModules } from '@/features/taskforces/methods/qr';

const SPEC: FormSpec = {
  title: 't', submit: 's', path: '/x', fixed: { is_on: true },
  fields: [
    { key: 'title', label: '', kind: 'text' },
    { key: 'every_days', label: '', kind: 'number', optional: true },
    { key: 'items', label: '', kind: 'many' },
    { key: 'meets_at', label: '', kind: 'datetime', optional: true },
    { key: 'conflict', label: '', kind: 'switch' },
  ],
};

describe('a form as a list of fields', () => {
  it('names what is missing, and sends only what was filled in', () => {
    expect(missing(SPEC, blankOf(SPEC))).toEqual(['title', 'items']);
    const values = { ...blankOf(SPEC), title: ' 供电 ', items: ['a'], meets_at: '2026-07-06T09:00', conflict: 'yes' };
    expect(missing(SPEC, values)).toEqual([]);
    expect(bodyOf(SPEC, values)).toEqual({ is_on: true, title: '供电', items: ['a'], meets_at: '2026-07-06T09:00:00+08:00', conflict: true });
  });
});

describe('pages of the big screen', () => {
  it('has leaves of items, the chart, and the ranking only when there is one', () => {
    expect(pagesOf(25, 12, false).map((leaf) => leaf.kind)).toEqual(['items', 'items', 'items', 'gantt']);
    expect(pagesOf(0, 12, true).map((leaf) => leaf.kind)).toEqual(['items', 'ranking']);
  });
});

describe('codes for phones', () => {
  it('makes the check bytes of the standard', () => {
    const data = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17];
    expect(checkBytes(data, 10)).toEqual([196, 35, 39, 119, 235, 215, 231, 226, 93, 23]);
  });
  it('grows with the address, and gives up beyond what it can hold', () => {
    expect(qrModules('x')).toHaveLength(21);
    expect(qrModules(`https://tongzhou.example/force/${'0'.repeat(36)}`)).toHaveLength(33);
    expect(qrModules('x'.repeat(231))).toBeNull();
    // Three finders, each with its dark centre.
    const code = qrModules('x') ?? [];
    expect([code[3]?.[3], code[3]?.[17], code[17]?.[3], code[17]?.[17]]).toEqual([true, true, true, expect.any(Boolean)]);
  });
});
